// ctmini: the promises of a log of certificates, for tests. It takes the flags of TesseraCT that it is started with, and
// answers a certificate or precertificate of one of its roots with the timestamp that a log signs (RFC 6962, section 3.2).
// Nothing is kept: a promise is all that a signature carries.
package main

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"time"

	ct "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/tls"
)

type promiser struct {
	key   *ecdsa.PrivateKey
	name  [sha256.Size]byte
	roots []*x509.Certificate
}

func main() {
	address := flag.String("http_endpoint", "127.0.0.1:6962", "host:port")
	keyFile := flag.String("private_key", "", "key that signs, PEM")
	rootsFile := flag.String("roots_pem_file", "", "certificates whose certificates are taken, PEM")
	for _, without := range []string{"origin", "storage_dir", "ext_key_usages", "enable_publication_awaiter"} {
		flag.String(without, "", "of TesseraCT, without meaning here")
	}
	flag.Parse()
	promises, err := load(*keyFile, *rootsFile)
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/ct/v1/get-roots", promises.sendRoots)
	http.HandleFunc("/ct/v1/add-chain", promises.answer(ct.X509LogEntryType))
	http.HandleFunc("/ct/v1/add-pre-chain", promises.answer(ct.PrecertLogEntryType))
	log.Fatal(http.ListenAndServe(*address, nil))
}

func load(keyFile, rootsFile string) (*promiser, error) {
	var promises promiser
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New(keyFile + " is not PEM")
	}
	if promises.key, err = x509.ParseECPrivateKey(block.Bytes); err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(&promises.key.PublicKey)
	if err != nil {
		return nil, err
	}
	promises.name = sha256.Sum256(public)
	if text, err = os.ReadFile(rootsFile); err != nil {
		return nil, err
	}
	for block, text = pem.Decode(text); block != nil; block, text = pem.Decode(text) {
		root, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		promises.roots = append(promises.roots, root)
	}
	return &promises, nil
}

func (promises *promiser) sendRoots(writer http.ResponseWriter, _ *http.Request) {
	roots := ct.GetRootsResponse{}
	for _, root := range promises.roots {
		roots.Certificates = append(roots.Certificates, base64.StdEncoding.EncodeToString(root.Raw))
	}
	send(writer, roots)
}

func (promises *promiser) answer(kind ct.LogEntryType) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		var asked ct.AddChainRequest
		if err := json.NewDecoder(http.MaxBytesReader(writer, request.Body, 1<<20)).Decode(&asked); err != nil {
			http.Error(writer, err.Error(), http.StatusBadRequest)
			return
		}
		promise, err := promises.promise(kind, asked.Chain)
		if err != nil {
			log.Print(err)
			http.Error(writer, err.Error(), http.StatusBadRequest)
			return
		}
		send(writer, promise)
	}
}

func (promises *promiser) promise(kind ct.LogEntryType, chain [][]byte) (*ct.AddChainResponse, error) {
	if len(chain) < 2 {
		return nil, errors.New("the chain lacks the certificate of who issued the first")
	}
	if err := promises.issued(chain[0]); err != nil {
		return nil, err
	}
	raw := make([]ct.ASN1Cert, len(chain))
	for at, certificate := range chain {
		raw[at] = ct.ASN1Cert{Data: certificate}
	}
	now := uint64(time.Now().UnixMilli())
	leaf, err := ct.MerkleTreeLeafFromRawChain(raw, kind, now)
	if err != nil {
		return nil, err
	}
	stamp := ct.SignedCertificateTimestamp{SCTVersion: ct.V1, LogID: ct.LogID{KeyID: promises.name}, Timestamp: now}
	signed, err := ct.SerializeSCTSignatureInput(stamp, ct.LogEntry{Leaf: *leaf})
	if err != nil {
		return nil, err
	}
	signature, err := tls.CreateSignature(*promises.key, tls.SHA256, signed)
	if err != nil {
		return nil, err
	}
	encoded, err := tls.Marshal(signature)
	if err != nil {
		return nil, err
	}
	return &ct.AddChainResponse{SCTVersion: ct.V1, ID: promises.name[:], Timestamp: now, Signature: encoded}, nil
}

func (promises *promiser) issued(raw []byte) error {
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		return err
	}
	for _, root := range promises.roots {
		if certificate.CheckSignatureFrom(root) == nil {
			return nil
		}
	}
	return errors.New("none of the roots issued this")
}

func send(writer http.ResponseWriter, answer any) {
	writer.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(writer).Encode(answer); err != nil {
		log.Print(err)
	}
}
