module goa.design/goa/v3

go 1.25.0

require google.golang.org/grpc v1.81.1
