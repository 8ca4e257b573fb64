module github.com/tink-crypto/tink-go-awskms/v3

go 1.25.0

require github.com/tink-crypto/tink-go/v2 v2.6.0
