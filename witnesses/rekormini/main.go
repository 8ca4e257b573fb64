// rekormini HOST PORT KEY: version 1 of Rekor with its tree in memory, made of Rekor's own parts: what is taken in, how it is
// written down, promised and put into checkpoints is its code. What is ours is what stands between them in Rekor: the paths of its
// OpenAPI description, and a tree that forgets everything when it ends, in the place of Trillian.
package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/cyberphone/json-canonicalization/go/src/webpki.org/jsoncanonicalizer"
	"github.com/go-openapi/runtime"
	"github.com/go-openapi/strfmt"
	"github.com/go-openapi/swag/conv"
	"github.com/sigstore/rekor/pkg/generated/models"
	"github.com/sigstore/rekor/pkg/types"
	_ "github.com/sigstore/rekor/pkg/types/dsse/v0.0.1"
	_ "github.com/sigstore/rekor/pkg/types/hashedrekord/v0.0.1"
	_ "github.com/sigstore/rekor/pkg/types/intoto/v0.0.1"
	_ "github.com/sigstore/rekor/pkg/types/intoto/v0.0.2"
	"github.com/sigstore/rekor/pkg/util"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
)

const (
	entriesPath = "/api/v1/log/entries"
	// The tree that entries are added to, among the closed ones of a log that has run for years: an entry has another number in the
	// whole log than in its tree.
	treeID  = 1193050959916656506
	earlier = 4163431
	largest = 32 << 20
	// As many as Rekor looks for at once.
	mostQueries = 10
)

// What one tree holds, with the key of its log.
type shard struct {
	host   string
	signer signature.Signer
	pem    []byte
	id     string

	lock   sync.Mutex
	tree   *testonly.Tree
	leaves []leaf
	found  map[string]int
}

type leaf struct {
	body []byte
	time int64
}

// A refusal, with the status of Rekor.
type refusal struct {
	status int
	err    error
}

func (r refusal) Error() string { return r.err.Error() }

func main() {
	log.SetFlags(log.Ltime | log.Lmicroseconds)
	if len(os.Args) != 4 {
		log.Fatal("say HOST PORT KEY")
	}
	tree, err := open(os.Args[1], os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /ping", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("POST "+entriesPath, tree.create)
	http.HandleFunc("GET "+entriesPath, tree.getByIndex)
	http.HandleFunc("GET "+entriesPath+"/{id}", tree.getByID)
	http.HandleFunc("POST "+entriesPath+"/retrieve", tree.search)
	http.HandleFunc("GET /api/v1/log", tree.info)
	http.HandleFunc("GET /api/v1/log/proof", tree.consistency)
	http.HandleFunc("GET /api/v1/log/publicKey", func(writer http.ResponseWriter, _ *http.Request) {
		writer.Header().Set("Content-Type", "application/x-pem-file")
		_, _ = writer.Write(tree.pem)
	})
	log.Fatal(http.ListenAndServe(net.JoinHostPort(os.Args[1], os.Args[2]), nil))
}

func open(host, keyFile string) (*shard, error) {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	key, err := cryptoutils.UnmarshalPEMToPrivateKey(text, nil)
	if err != nil {
		return nil, err
	}
	signer, err := signature.LoadSignerVerifier(key, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	public, err := signer.PublicKey()
	if err != nil {
		return nil, err
	}
	pem, err := cryptoutils.MarshalPublicKeyToPEM(public)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(der)
	return &shard{
		host:   host,
		signer: signer,
		pem:    pem,
		id:     hex.EncodeToString(id[:]),
		tree:   testonly.New(rfc6962.DefaultHasher),
		found:  map[string]int{},
	}, nil
}

func (s *shard) create(writer http.ResponseWriter, request *http.Request) {
	body, err := canonicalize(request.Context(), http.MaxBytesReader(writer, request.Body, largest))
	if err != nil {
		refuse(writer, request, refusal{http.StatusBadRequest, fmt.Errorf("error processing entry: %w", err)})
		return
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	hash := hex.EncodeToString(rfc6962.DefaultHasher.HashLeaf(body))
	at := entriesPath + "/" + entryID(hash)
	if _, there := s.found[hash]; there {
		writer.Header().Set("Location", at)
		refuse(writer, request, refusal{http.StatusConflict,
			fmt.Errorf("an equivalent entry already exists in the transparency log with UUID %s", entryID(hash))})
		return
	}
	s.found[hash] = len(s.leaves)
	s.leaves = append(s.leaves, leaf{body: body, time: time.Now().Unix()})
	s.tree.AppendData(body)
	entry, err := s.entry(request.Context(), len(s.leaves)-1)
	if err != nil {
		refuse(writer, request, err)
		return
	}
	writer.Header().Set("Location", at)
	writer.Header().Set("ETag", entryID(hash))
	send(writer, request, http.StatusCreated, entry)
}

// What is written down of a proposed entry, if it may be.
func canonicalize(ctx context.Context, proposed interface{ Read([]byte) (int, error) }) ([]byte, error) {
	read, err := models.UnmarshalProposedEntry(proposed, runtime.JSONConsumer())
	if err != nil {
		return nil, err
	}
	if err := read.Validate(strfmt.Default); err != nil {
		return nil, err
	}
	entry, err := types.CreateVersionedEntry(read)
	if err != nil {
		return nil, err
	}
	return types.CanonicalizeEntry(ctx, entry)
}

// An entry with the proof that it is in the tree as it is now.
func (s *shard) entry(ctx context.Context, index int) (models.LogEntry, error) {
	kept := s.leaves[index]
	entry := models.LogEntryAnon{
		LogID:          conv.Pointer(s.id),
		LogIndex:       conv.Pointer(int64(index + earlier)),
		Body:           kept.body,
		IntegratedTime: conv.Pointer(kept.time),
	}
	promise, err := s.promise(entry)
	if err != nil {
		return nil, err
	}
	size := s.tree.Size()
	path, err := s.tree.InclusionProof(uint64(index), size)
	if err != nil {
		return nil, err
	}
	checkpoint, err := s.checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	entry.Verification = &models.LogEntryAnonVerification{
		SignedEntryTimestamp: promise,
		InclusionProof: &models.InclusionProof{
			TreeSize:   conv.Pointer(int64(size)),
			RootHash:   conv.Pointer(hex.EncodeToString(s.tree.Hash())),
			LogIndex:   conv.Pointer(int64(index)),
			Hashes:     inHex(path),
			Checkpoint: conv.Pointer(checkpoint),
		},
	}
	return models.LogEntry{entryID(hex.EncodeToString(s.tree.LeafHash(uint64(index)))): entry}, nil
}

// The log's signature over an entry and when it was taken in: signEntry of Rekor's pkg/api, which is not exported.
func (s *shard) promise(entry models.LogEntryAnon) ([]byte, error) {
	text, err := entry.MarshalBinary()
	if err != nil {
		return nil, err
	}
	canonical, err := jsoncanonicalizer.Transform(text)
	if err != nil {
		return nil, err
	}
	return s.signer.SignMessage(bytes.NewReader(canonical))
}

func (s *shard) checkpoint(ctx context.Context) (string, error) {
	text, err := util.CreateAndSignCheckpoint(ctx, s.host, treeID, s.tree.Size(), s.tree.Hash(), s.signer)
	return string(text), err
}

func (s *shard) getByIndex(writer http.ResponseWriter, request *http.Request) {
	index, err := strconv.ParseInt(request.URL.Query().Get("logIndex"), 10, 64)
	if err != nil || index < 0 {
		refuse(writer, request, refusal{http.StatusUnprocessableEntity, errors.New("logIndex in query must be a number")})
		return
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	s.sendEntry(writer, request, int(index-earlier))
}

func (s *shard) getByID(writer http.ResponseWriter, request *http.Request) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.sendEntry(writer, request, s.find(request.PathValue("id")))
}

func (s *shard) sendEntry(writer http.ResponseWriter, request *http.Request, index int) {
	if index < 0 || index >= len(s.leaves) {
		refuse(writer, request, refusal{http.StatusNotFound, errors.New("entry not found")})
		return
	}
	entry, err := s.entry(request.Context(), index)
	if err != nil {
		refuse(writer, request, err)
		return
	}
	send(writer, request, http.StatusOK, entry)
}

func (s *shard) search(writer http.ResponseWriter, request *http.Request) {
	var query models.SearchLogQuery
	if err := json.NewDecoder(http.MaxBytesReader(writer, request.Body, largest)).Decode(&query); err != nil {
		refuse(writer, request, refusal{http.StatusBadRequest, err})
		return
	}
	if len(query.EntryUUIDs)+len(query.Entries())+len(query.LogIndexes) > mostQueries {
		refuse(writer, request, refusal{http.StatusUnprocessableEntity,
			fmt.Errorf("more than max allowed %d entries in request", mostQueries)})
		return
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	var wanted []int
	for _, id := range query.EntryUUIDs {
		wanted = append(wanted, s.find(id))
	}
	for _, proposed := range query.Entries() {
		entry, err := types.UnmarshalEntry(proposed)
		var body []byte
		if err == nil {
			body, err = types.CanonicalizeEntry(request.Context(), entry)
		}
		if err != nil {
			refuse(writer, request, refusal{http.StatusBadRequest, err})
			return
		}
		wanted = append(wanted, s.find(hex.EncodeToString(rfc6962.DefaultHasher.HashLeaf(body))))
	}
	for _, index := range query.LogIndexes {
		wanted = append(wanted, int(conv.Value(index)-earlier))
	}
	found := []models.LogEntry{}
	for _, index := range wanted {
		if index < 0 || index >= len(s.leaves) {
			continue
		}
		entry, err := s.entry(request.Context(), index)
		if err != nil {
			refuse(writer, request, err)
			return
		}
		found = append(found, entry)
	}
	send(writer, request, http.StatusOK, found)
}

func (s *shard) info(writer http.ResponseWriter, request *http.Request) {
	s.lock.Lock()
	defer s.lock.Unlock()
	checkpoint, err := s.checkpoint(request.Context())
	if err != nil {
		refuse(writer, request, err)
		return
	}
	send(writer, request, http.StatusOK, models.LogInfo{
		RootHash:       conv.Pointer(hex.EncodeToString(s.tree.Hash())),
		TreeSize:       conv.Pointer(int64(s.tree.Size())),
		SignedTreeHead: conv.Pointer(checkpoint),
		TreeID:         conv.Pointer(strconv.Itoa(treeID)),
	})
}

func (s *shard) consistency(writer http.ResponseWriter, request *http.Request) {
	query := request.URL.Query()
	last, err := strconv.ParseUint(query.Get("lastSize"), 10, 64)
	first := uint64(1)
	if text := query.Get("firstSize"); err == nil && text != "" {
		first, err = strconv.ParseUint(text, 10, 64)
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if err != nil || first < 1 || first > last || last > s.tree.Size() {
		refuse(writer, request, refusal{http.StatusBadRequest, errors.New("there are no trees of these sizes, one within the other")})
		return
	}
	path, err := s.tree.ConsistencyProof(first, last)
	if err != nil {
		refuse(writer, request, err)
		return
	}
	send(writer, request, http.StatusOK, models.ConsistencyProof{
		RootHash: conv.Pointer(hex.EncodeToString(s.tree.Hash())),
		Hashes:   inHex(path),
	})
}

// The place of an entry by its identifier, with or without that of the tree before it; -1 if there is none.
func (s *shard) find(id string) int {
	tree := entryID("")
	if len(id) > len(tree) && id[:len(tree)] == tree {
		id = id[len(tree):]
	}
	if index, there := s.found[id]; there {
		return index
	}
	return -1
}

func entryID(hash string) string { return fmt.Sprintf("%016x%s", treeID, hash) }

func inHex(path [][]byte) []string {
	hashes := []string{}
	for _, node := range path {
		hashes = append(hashes, hex.EncodeToString(node))
	}
	return hashes
}

func refuse(writer http.ResponseWriter, request *http.Request, err error) {
	status := http.StatusInternalServerError
	var known refusal
	if errors.As(err, &known) {
		status = known.status
	}
	send(writer, request, status, models.Error{Code: int64(status), Message: err.Error()})
}

func send(writer http.ResponseWriter, request *http.Request, status int, answer any) {
	log.Print(request.Method, " ", request.URL, " ", status)
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(status)
	if err := json.NewEncoder(writer).Encode(answer); err != nil {
		log.Print(err)
	}
}
