module github.com/chainguard-dev/clog

go 1.25.0
