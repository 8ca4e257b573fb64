package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Where no browser can bring a code, it is shown.
const outOfBand = "urn:ietf:wg:oauth:2.0:oob"

// A login whose code was not exchanged yet.
type login struct {
	client, redirect, challenge, nonce, email string
}

// The authorization code flow with PKCE (RFC 6749, RFC 7636), for programs without a secret. Whoever opens the login is asked for
// his address, and believed; with `deny` he refuses.
type logins struct {
	mutex sync.Mutex
	open  map[string]login
}

const form = `<!DOCTYPE html><title>Log in</title><form>%s<input name="email"><button>Log in</button><button name="deny" value="1">Don't</button></form>
`

func (l *logins) authorize(answer http.ResponseWriter, request *http.Request) {
	query := request.URL.Query()
	redirect, err := url.Parse(query.Get("redirect_uri"))
	isHere := err == nil && redirect.Scheme == "http" && redirect.Hostname() == "localhost"
	if query.Get("client_id") != "sigstore" || !isHere && query.Get("redirect_uri") != outOfBand {
		http.Error(answer, "no such client, or it is not reached there", http.StatusBadRequest)
		return
	}
	back := url.Values{"state": {query.Get("state")}}
	switch {
	case query.Get("response_type") != "code" || query.Get("code_challenge_method") != "S256" || query.Get("code_challenge") == "":
		back.Set("error", "invalid_request")
	case !strings.Contains(" "+query.Get("scope")+" ", " openid "):
		back.Set("error", "invalid_scope")
	case query.Get("deny") != "":
		back.Set("error", "access_denied")
		back.Set("error_description", "the person refused")
	case query.Get("email") == "":
		fields := ""
		for name := range query {
			fields += fmt.Sprintf(`<input type="hidden" name="%s" value="%s">`, html.EscapeString(name), html.EscapeString(query.Get(name)))
		}
		answer.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(answer, form, fields)
		return
	default:
		code := rand.Text()
		l.mutex.Lock()
		l.open[code] = login{query.Get("client_id"), query.Get("redirect_uri"), query.Get("code_challenge"), query.Get("nonce"), query.Get("email")}
		l.mutex.Unlock()
		back.Set("code", code)
	}
	if !isHere {
		fmt.Fprintln(answer, back.Get("code")+back.Get("error"))
		return
	}
	redirect.RawQuery = back.Encode()
	http.Redirect(answer, request, redirect.String(), http.StatusSeeOther)
}

func (l *logins) exchange(answer http.ResponseWriter, request *http.Request, issuer string, key *rsa.PrivateKey) {
	code := request.PostFormValue("code")
	l.mutex.Lock()
	found, there := l.open[code]
	delete(l.open, code)
	l.mutex.Unlock()
	proof := sha256.Sum256([]byte(request.PostFormValue("code_verifier")))
	fits := there && request.PostFormValue("grant_type") == "authorization_code" && request.PostFormValue("client_id") == found.client &&
		request.PostFormValue("redirect_uri") == found.redirect && encode(proof[:]) == found.challenge
	var text string
	var err error
	if fits {
		now := time.Now().Unix()
		text, err = token(key, object{"iss": issuer, "aud": found.client, "sub": found.email, "email": found.email,
			"email_verified": true, "nonce": found.nonce, "iat": now, "nbf": now - 5, "exp": now + 60})
	}
	if !fits || err != nil {
		answer.WriteHeader(http.StatusBadRequest)
		respond(answer, object{"error": "invalid_grant"})
		return
	}
	respond(answer, object{"access_token": encode(proof[:]), "token_type": "Bearer", "id_token": text})
}
