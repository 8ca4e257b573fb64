// oidc-issuer: an OpenID Connect issuer for tests, on loopback.
//
//	oidc-issuer serve PORT
//
// Discovery and keys are served at http://127.0.0.1:PORT/NAME, whatever NAME; who POSTs claims to /token gets a token. People log in
// at /NAME/auth (login.go).
package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"os"
	"strings"
)

const (
	keyID     = "loopback"
	discovery = "/.well-known/openid-configuration"
)

type object = map[string]any

func encode(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }

func encodeJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		log.Fatal(err)
	}
	return encode(text)
}

func token(key *rsa.PrivateKey, claims object) (string, error) {
	signed := encodeJSON(object{"alg": "RS256", "typ": "JWT", "kid": keyID}) + "." + encodeJSON(claims)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	return signed + "." + encode(signature), err
}

func keys(key *rsa.PrivateKey) object {
	exponent := big.NewInt(int64(key.E)).Bytes()
	return object{"keys": []object{{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID,
		"n": encode(key.N.Bytes()), "e": encode(exponent)}}}
}

func respond(answer http.ResponseWriter, value any) {
	answer.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(answer).Encode(value); err != nil {
		log.Print(err)
	}
}

func main() {
	if len(os.Args) != 3 || os.Args[1] != "serve" {
		log.Fatal("usage: oidc-issuer serve PORT")
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	logins := logins{open: map[string]login{}}
	base := "http://127.0.0.1:" + os.Args[2]
	serve := func(answer http.ResponseWriter, request *http.Request) {
		path := request.URL.Path
		switch {
		case strings.HasSuffix(path, discovery):
			issuer := base + strings.TrimSuffix(path, discovery)
			respond(answer, object{"issuer": issuer, "jwks_uri": issuer + "/jwks",
				"authorization_endpoint": issuer + "/auth", "token_endpoint": issuer + "/token",
				"response_types_supported": []string{"code"}, "code_challenge_methods_supported": []string{"S256"},
				"subject_types_supported":               []string{"public"},
				"id_token_signing_alg_values_supported": []string{"RS256"}})
		case strings.HasSuffix(path, "/jwks"):
			respond(answer, keys(key))
		case path == "/healthz":
			respond(answer, object{"ok": true})
		case path == "/token" && request.Method == http.MethodPost:
			var claims object
			body, err := io.ReadAll(request.Body)
			if err == nil {
				err = json.Unmarshal(body, &claims)
			}
			var text string
			if err == nil {
				text, err = token(key, claims)
			}
			if err != nil {
				http.Error(answer, err.Error(), http.StatusBadRequest)
				return
			}
			fmt.Fprint(answer, text)
		case strings.HasSuffix(path, "/auth") && request.Method == http.MethodGet:
			logins.authorize(answer, request)
		case strings.HasSuffix(path, "/token") && request.Method == http.MethodPost:
			logins.exchange(answer, request, base+strings.TrimSuffix(path, "/token"), key)
		default:
			http.NotFound(answer, request)
		}
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[2], http.HandlerFunc(serve)))
}
