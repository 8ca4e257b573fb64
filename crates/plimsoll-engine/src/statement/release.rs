//! The release as an in-toto Statement (`docs/formats/release-statement.md`): what is signed, and what a claim names.
//!
//! Subjects are every digest of the release and every file of it; the predicate is the record.

use plimsoll_oci::name::Digest;
use serde_json::{Value, json};

use super::record::{Facts, Record, RecordError, file_name};
use crate::domain::canonical;
use crate::world::ledger::LedgerFile;

/// `_type` of a Statement (in-toto attestation framework, v1).
const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// What the predicate is.
pub const PREDICATE: &str = "https://github.com/plimsoll-release/plimsoll/release/v2";

/// What the names of statement files end with.
pub const STATEMENT_ENDING: &str = "-release.intoto.json";

/// The name of a version's statement file.
pub fn statement_name(version: &str) -> String {
    format!("v{version}{STATEMENT_ENDING}")
}

/// What the names of files end with that hold the bundle of a signed statement: the second for tools that know no other.
pub const BUNDLE_ENDINGS: [&str; 2] = ["-release.sigstore.json", "-release.sigstore"];
/// The same for the envelope alone, one to a line.
pub const ENVELOPE_ENDING: &str = "-release.intoto.jsonl";

/// What a file of a signature holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureFile {
    /// The bundle.
    Bundle,
    /// The envelope alone.
    Envelope,
}

/// The names of the files of a version's signature, and what is in each. The first is the one that is read.
pub fn signature_file_names(version: &str) -> Vec<(String, SignatureFile)> {
    let named = |ending: &str, kind| (format!("v{version}{ending}"), kind);
    let bundles = BUNDLE_ENDINGS.iter().map(|ending| named(ending, SignatureFile::Bundle));
    bundles.chain([named(ENVELOPE_ENDING, SignatureFile::Envelope)]).collect()
}

/// True if a file of the ledger is one of a version's signature.
pub fn is_signature(version: &str, name: &str) -> bool {
    signature_file_names(version).iter().any(|(known, _)| known == name)
}

/// The files of a version's signature. A bundle without an envelope gives no file for one.
pub fn signature_files(version: &str, bundle: &[u8]) -> Vec<LedgerFile> {
    let file = |(name, kind)| {
        let bytes = match kind {
            SignatureFile::Bundle => bundle.to_vec(),
            SignatureFile::Envelope => render_envelope(bundle)?,
        };
        Some(LedgerFile { name, bytes })
    };
    signature_file_names(version).into_iter().filter_map(file).collect()
}

/// The envelope of a bundle as one line of JSON (in-toto bundles, `.intoto.jsonl`); `None` if it has none.
pub fn render_envelope(bundle: &[u8]) -> Option<Vec<u8>> {
    let mut bundle: Value = serde_json::from_slice(bundle).ok()?;
    Some(canonical::render_compact(&bundle.get_mut("dsseEnvelope")?.take()))
}

/// An envelope as it is attached in cosign's older form, as one line of JSON; `None` if it is none.
pub fn render_line(envelope: &[u8]) -> Option<Vec<u8>> {
    Some(canonical::render_compact(&serde_json::from_slice(envelope).ok()?))
}

/// The name of the file with the bundle of a version's signed statement.
pub fn bundle_name(version: &str) -> String {
    let [first, _] = BUNDLE_ENDINGS;
    format!("v{version}{first}")
}

/// The statement's bytes: sorted keys, indented, one newline at the end.
pub fn render_statement(record: &Record) -> Vec<u8> {
    let mut subjects: Vec<Value> = Vec::new();
    let mut subject = |name: String, digest: &Digest| {
        subjects.push(json!({ "name": name, "digest": { digest.algorithm().name(): digest.hex() } }));
    };
    for image in record.docker_images.values() {
        subject(image.name.to_string(), &image.digest);
        for (platform, digest) in &image.platforms {
            subject(format!("{} {platform}", image.name), digest);
        }
    }
    let whole = record.whole.iter();
    for chart in whole.clone().flat_map(|whole| whole.charts.values()) {
        subject(chart.repository.to_string(), &chart.digest);
    }
    subject(file_name(&record.version), &Digest::of(&record.bytes()));
    for (name, digest) in whole.flat_map(|whole| &whole.files) {
        subject(name.clone(), digest);
    }
    canonical::render_pretty(&json!({
        "_type": STATEMENT,
        "subject": subjects,
        "predicateType": PREDICATE,
        "predicate": record.value(),
    }))
}

/// The record in a statement.
pub fn parse_statement(file: &str, bytes: &[u8]) -> Result<Record, RecordError> {
    let broken = |why: String| RecordError::Broken { file: file.into(), why };
    let mut value: Value = serde_json::from_slice(bytes).map_err(|error| broken(error.to_string()))?;
    let kind = value.get("predicateType").and_then(Value::as_str).unwrap_or_default();
    if kind != PREDICATE {
        return Err(broken(format!("it is no statement about a release but `{kind}`")));
    }
    let predicate = value.get_mut("predicate").map(Value::take).unwrap_or_default();
    let record = Record::from_value(file, predicate)?;
    match render_statement(&record) == bytes {
        true => Ok(record),
        false => Err(RecordError::Edited { file: file.into() }),
    }
}

/// The digest by which claims name a record: the statement's, in the first format the file's own.
pub fn name_record(record: &Record) -> Digest {
    match record.format {
        0 | 1 => Digest::of(&record.bytes()),
        _ => Digest::of(&render_statement(record)),
    }
}

/// The digest of what is about to be sealed.
pub fn name_facts(facts: Facts<'_>) -> Digest {
    name_record(&Record::of(facts))
}

/// The name of the file with the digests of a release's images and charts.
pub const DIGESTS: &str = "digests.txt";

/// The digests of a release's images and charts, a line each, as `sha256sum` writes them: what GitHub's attest action takes for
/// `subject-checksums`. `None` if the release has neither, or was made before Plimsoll wrote its record.
pub fn render_digests(record: &Record) -> Option<LedgerFile> {
    if record.was_written_later() {
        return None;
    }
    let images = record.docker_images.values().map(|image| (&image.digest, &image.name));
    let charts = record.whole.iter().flat_map(|whole| whole.charts.values());
    let charts = charts.map(|chart| (&chart.digest, &chart.repository));
    let lines = images.chain(charts).map(|(digest, name)| format!("{}  {name}\n", digest.hex()));
    let text: String = lines.collect();
    (!text.is_empty()).then(|| LedgerFile { name: DIGESTS.to_owned(), bytes: text.into_bytes() })
}

/// The files that follow from a record alone: itself, and the statement about it.
pub fn release_files(record: &Record) -> Vec<LedgerFile> {
    let mut files = vec![LedgerFile { name: file_name(&record.version), bytes: record.bytes() }];
    if record.whole.is_some() {
        files.push(LedgerFile { name: statement_name(&record.version), bytes: render_statement(record) });
    }
    files
}
