// refreg ADDRESS serves an in-memory OCI registry with the referrers API, which neither `crane registry serve`
// nor CNCF Distribution switches on.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: refreg ADDRESS")
	}
	log.Fatal(http.ListenAndServe(os.Args[1], registry.New(registry.WithReferrersSupport(true))))
}
