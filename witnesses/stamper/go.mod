module stamper

go 1.25.0

require github.com/digitorus/timestamp v0.0.0-20231217203849-220c5c2851b7

require github.com/digitorus/pkcs7 v0.0.0-20230818184609-3a137a874352 // indirect
