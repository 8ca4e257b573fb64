// tsamini HOST PORT KEY CHAIN: Sigstore's timestamp authority without its metrics server, which takes a fixed port, and
// without its clock monitor, which asks the network.
package main

import (
	"log"
	"os"
	"strconv"
	"time"

	"github.com/sigstore/timestamp-authority/v2/pkg/server"
	"github.com/spf13/viper"
)

func main() {
	for key, value := range map[string]any{
		"timestamp-signer":         "file",
		"timestamp-signer-hash":    "sha256",
		"enforce-intermediate-eku": true,
		"file-signer-key-path":     os.Args[3],
		"certificate-chain-path":   os.Args[4],
		"max-request-body-size":    uint64(1 << 20),
	} {
		viper.Set(key, value)
	}
	port, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	authority := server.NewRestAPIServer(os.Args[1], port, []string{"http"}, false, 30*time.Second, 30*time.Second)
	defer authority.Shutdown()
	log.Fatal(authority.Serve())
}
