module oidc-issuer

go 1.24
