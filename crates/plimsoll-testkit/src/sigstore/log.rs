//! The log of signatures of a Sigstore.

use crate::registry::free_port;

use super::START;

/// Which Rekor it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// Version 1, which promises and signs the time, as that of the public-good instance does.
    V1,
    /// Version 2, which proves only.
    V2,
}

impl Log {
    pub(super) fn program(self) -> &'static str {
        match self {
            Log::V1 => "rekormini",
            Log::V2 => "rekor-server",
        }
    }

    /// How openssl makes its key, `rekor.key`, and takes the public half out of it, `rekor.pub`.
    pub(super) fn key(self) -> [&'static str; 2] {
        match self {
            Log::V1 => [
                "ecparam -name prime256v1 -genkey -noout -out rekor.key",
                "ec -in rekor.key -pubout -out rekor.pub",
            ],
            Log::V2 => {
                ["genpkey -algorithm ed25519 -out rekor.key", "pkey -in rekor.key -pubout -out rekor.pub"]
            }
        }
    }

    pub(super) fn arguments(self, port: u16) -> Vec<String> {
        let line = match self {
            Log::V1 => format!("127.0.0.1 {port} rekor.key"),
            Log::V2 => format!(
                "serve --http-address 127.0.0.1 --http-port {port} --grpc-address 127.0.0.1 --grpc-port {} \
                 --http-metrics-port {} --hostname 127.0.0.1 --storage-dir log --signer-filepath rekor.key \
                 --checkpoint-interval 200ms --batch-max-age 50ms",
                free_port(),
                free_port()
            ),
        };
        line.split(' ').map(str::to_owned).collect()
    }

    /// What answers as soon as it is there.
    pub(super) fn ready(self) -> &'static str {
        match self {
            Log::V1 => "/ping",
            Log::V2 => "/healthz",
        }
    }

    /// How it is named to whoever trusts it.
    pub(super) fn trusted(self, url: &str) -> String {
        let origin = match self {
            Log::V1 => "",
            Log::V2 => ",origin=127.0.0.1",
        };
        format!("--rekor={url},public-key=rekor.pub,start-time={START}{origin}")
    }

    pub(super) fn api_version(self) -> u32 {
        match self {
            Log::V1 => 1,
            Log::V2 => 2,
        }
    }
}
