module github.com/tonistiigi/go-archvariant

go 1.25.0
