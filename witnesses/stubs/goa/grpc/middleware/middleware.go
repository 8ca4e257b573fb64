// Package middleware stands for that of goa, which gives requests identifiers for what is logged of them.
package middleware

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// RequestIDMetadataKey is where the identifier of a request is.
const RequestIDMetadataKey = "x-request-id"

// UseXRequestIDMetadataOption has no effect.
func UseXRequestIDMetadataOption(bool) struct{} { return struct{}{} }

// XRequestMetadataLimitOption has no effect.
func XRequestMetadataLimitOption(int) struct{} { return struct{}{} }

// UnaryRequestID gives every request the same.
func UnaryRequestID(...struct{}) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		known, _ := metadata.FromIncomingContext(ctx)
		known = metadata.Join(known, metadata.Pairs(RequestIDMetadataKey, "-"))
		return handle(metadata.NewIncomingContext(ctx, known), request)
	}
}
