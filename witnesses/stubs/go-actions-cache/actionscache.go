// Package actionscache stands for the module of that name, the cache of GitHub's runners. Nothing here runs on one.
package actionscache

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

var errNone = errors.New("this build has no cache of GitHub Actions")

// Log is never called.
var Log func(string, ...any)

// Opt has no effect.
type Opt struct {
	Client    *http.Client
	Timeout   time.Duration
	UserAgent string
}

// Permission is what a scope may do.
type Permission int

// PermissionWrite lets a scope be written.
const PermissionWrite Permission = 1

// Scope is a part of a cache.
type Scope struct {
	Scope      string
	Permission Permission
}

// ReaderAtCloser is content.
type ReaderAtCloser interface {
	io.ReaderAt
	io.Closer
}

// Blob is content whose size is known.
type Blob interface {
	ReaderAtCloser
	Size() int64
}

// NewBlob makes nothing.
func NewBlob([]byte) Blob { return nil }

// Entry is never had.
type Entry struct{}

// WriteTo writes nothing.
func (*Entry) WriteTo(context.Context, io.Writer) error { return errNone }

// Download gives nothing.
func (*Entry) Download(context.Context) ReaderAtCloser { return nil }

// RestAPI is never had.
type RestAPI struct{}

// NewRestAPI says that there is none.
func NewRestAPI(string, string, Opt) (*RestAPI, error) { return nil, errNone }

// Cache is never had.
type Cache struct{}

// New says that there is none.
func New(string, string, bool, Opt) (*Cache, error) { return nil, errNone }

// Scopes has none.
func (*Cache) Scopes() []Scope { return nil }

// AllKeys has none.
func (*Cache) AllKeys(context.Context, *RestAPI, string) (map[string]struct{}, error) {
	return nil, errNone
}

// Load has none.
func (*Cache) Load(context.Context, string) (*Entry, error) { return nil, errNone }

// Save saves nothing.
func (*Cache) Save(context.Context, string, Blob) error { return errNone }

// SaveMutable saves nothing.
func (*Cache) SaveMutable(context.Context, string, time.Duration, func(*Entry) (Blob, error)) error {
	return errNone
}
