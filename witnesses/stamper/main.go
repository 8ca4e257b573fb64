// stamper HOST PORT KEY CHAIN: a timestamp authority (RFC 3161) at the address and with the answers of Sigstore's, made
// with the library that Sigstore's is made with.
package main

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/digitorus/timestamp"
)

// The policy that Sigstore's names when it is asked for none.
var policy = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 2}

func main() {
	key, err := x509.ParseECPrivateKey(read(os.Args[3]))
	if err != nil {
		log.Fatal(err)
	}
	// The chain begins with the certificate of the key.
	certificate, err := x509.ParseCertificate(read(os.Args[4]))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/ping", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("/api/v1/timestamp", func(writer http.ResponseWriter, request *http.Request) {
		body := http.MaxBytesReader(writer, request.Body, 1<<20)
		var asked *timestamp.Request
		var err error
		switch kind := request.Header.Get("Content-Type"); kind {
		case "application/timestamp-query":
			asked, err = fromQuery(body)
		case "application/json":
			asked, err = fromJSON(body)
		default:
			http.Error(writer, "not a timestamp query: "+kind, http.StatusUnsupportedMediaType)
			return
		}
		var answer []byte
		if err == nil {
			answer, err = stamp(asked, key, certificate)
		}
		if err != nil {
			log.Print(err)
			http.Error(writer, err.Error(), http.StatusBadRequest)
			return
		}
		writer.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = writer.Write(answer)
	})
	log.Fatal(http.ListenAndServe(net.JoinHostPort(os.Args[1], os.Args[2]), nil))
}

// read gives what the first PEM block of a file holds.
func read(file string) []byte {
	text, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		log.Fatal(file + " is not PEM")
	}
	return block.Bytes
}

func fromQuery(body io.Reader) (*timestamp.Request, error) {
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	return timestamp.ParseRequest(raw)
}

// fromJSON reads the form that Sigstore's takes besides that of the standard.
func fromJSON(body io.Reader) (*timestamp.Request, error) {
	var asked struct {
		ArtifactHash  []byte
		Certificates  bool
		HashAlgorithm string
		Nonce         *big.Int
	}
	if err := json.NewDecoder(body).Decode(&asked); err != nil {
		return nil, err
	}
	if asked.HashAlgorithm != "sha256" || len(asked.ArtifactHash) != sha256.Size {
		return nil, errors.New("only SHA-256 is stamped")
	}
	return &timestamp.Request{
		HashAlgorithm: crypto.SHA256,
		HashedMessage: asked.ArtifactHash,
		Certificates:  asked.Certificates,
		Nonce:         asked.Nonce,
	}, nil
}

func stamp(asked *timestamp.Request, key crypto.Signer, certificate *x509.Certificate) ([]byte, error) {
	answer := timestamp.Timestamp{
		HashAlgorithm:     asked.HashAlgorithm,
		HashedMessage:     asked.HashedMessage,
		Time:              time.Now().UTC(),
		Accuracy:          time.Second,
		Nonce:             asked.Nonce,
		Policy:            asked.TSAPolicyOID,
		AddTSACertificate: asked.Certificates,
		ExtraExtensions:   asked.Extensions,
	}
	if len(answer.Policy) == 0 {
		answer.Policy = policy
	}
	return answer.CreateResponseWithOpts(certificate, key, crypto.SHA256)
}
