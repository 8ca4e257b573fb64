# `just` lists what there is. Everything works without just, too: each recipe is one or two commands.

_default:
    @just --list --unsorted

# Builds a sample repository, releases it twice into a local registry and verifies it
demo:
    cargo run --release -- demo

# Runs the tests; those that need a witness which is not there say SKIPPED
test:
    cargo test --workspace

# Installs the programs that judge us in tests: all, or the ones named
witnesses *names='all':
    witnesses/install {{ names }}

# Runs the tests that need witnesses, and fails where one is missing
test-witnesses *arguments: (witnesses 'all')
    witnesses/test {{ arguments }}

# Feeds each reader of what strangers send with made-up bytes, for so many seconds each
fuzz seconds='60':
    #!/usr/bin/env bash
    set -euo pipefail
    command -v cargo-fuzz >/dev/null || { echo 'first: rustup toolchain install nightly; cargo install --locked cargo-fuzz' >&2; exit 1; }
    for crate in plimsoll-oci plimsoll-sigstore; do
        cd "{{ justfile_directory() }}/crates/$crate"
        for target in $(cargo +nightly fuzz list); do
            found=$(mktemp -d)
            cargo +nightly fuzz run --sanitizer none "$target" "$found" "fuzz/corpus/$target" -- -max_total_time={{ seconds }} -rss_limit_mb=1024
        done
    done

# Measures everything that docs/benchmarks.md has a table of
bench: bench-ledger bench-tags bench-charts bench-signing bench-transfers

# Times transfers beside crane, regctl, oras and skopeo: all of it, or some parts
bench-transfers *arguments: (witnesses 'crane regctl oras skopeo registry3')
    benches/transfers {{ arguments }}

# Times `plimsoll chart` beside Helm 3 and 4
bench-charts *program: (witnesses 'helm3 helm4 registry3')
    benches/charts {{ program }}

# Times signing and verifying beside cosign
bench-signing *program: (witnesses 'cosign crane refreg')
    benches/signing {{ program }}

# Times `plimsoll tags` on repositories of 10,000 tags
bench-tags *program:
    benches/tags {{ program }}

# Builds the program that `plimsoll.toml` takes into our image; `arch` is the image's word, amd64 or arm64
dist target='x86_64-unknown-linux-musl' arch='amd64':
    cargo build --locked --profile dist --package plimsoll --target {{ target }}
    mkdir -p dist/linux-{{ arch }}
    cp "${CARGO_TARGET_DIR:-target}/{{ target }}/dist/plimsoll" dist/linux-{{ arch }}/plimsoll

# Measures how long questions to a ledger of 5,000 releases take
bench-ledger:
    cargo bench --package plimsoll --bench ledger

# Tries each way to install Plimsoll in an empty root; a static program that was built already saves some minutes
install-paths *program:
    .ci/install-paths {{ program }}

# Makes the documentation's site in a folder that is not there yet
docs folder='target/site':
    cargo run --quiet --package plimsoll-docs -- {{ folder }}

# Formats
format:
    cargo fmt --all

# Checks format, lints, and that the engine stands alone
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo check --package plimsoll-engine

# Does what CI does
ci:
    .ci/run
