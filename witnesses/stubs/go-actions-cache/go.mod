module github.com/tonistiigi/go-actions-cache

go 1.25.0
