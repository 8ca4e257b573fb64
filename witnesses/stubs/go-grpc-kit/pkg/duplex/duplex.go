// Package duplex stands for that of go-grpc-kit, which serves gRPC and HTTP on one port. Nothing here asks for that.
package duplex

import (
	"context"
	"errors"
	"net"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
)

// Duplex serves nothing.
type Duplex struct{ Server *grpc.Server }

// New makes one whose Server takes services, so that what is said of it in the end is what Serve says.
func New(int, ...any) *Duplex { return &Duplex{Server: grpc.NewServer()} }

// RegisterHandler forgets the handler.
func (*Duplex) RegisterHandler(context.Context, func(context.Context, *runtime.ServeMux, string, []grpc.DialOption) error) error {
	return nil
}

// RegisterListenAndServeMetrics forgets the port.
func (*Duplex) RegisterListenAndServeMetrics(int, bool) {}

// Serve says that it does not.
func (*Duplex) Serve(context.Context, net.Listener) error {
	return errors.New("this build serves gRPC and HTTP on two ports only")
}
