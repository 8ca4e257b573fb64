//! What a builder attested of an image, lifted out of its index.

use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::store::Store;

use super::{MadeArtifact, StatementFault, name_part, read_manifest};
use crate::domain::wanted_statement::Wanted;
use crate::make::build::{REFERENCE_DIGEST, REFERENCE_TYPE};
use crate::statement::artifact::{STATED, STATEMENT};
use crate::statement::in_toto::{PREDICATE_LIMIT, Predicate, parse_predicate};
use crate::world::workshop::missing;

/// What BuildKit attested of an image for a platform: a statement that nobody has signed, in a manifest beside it.
pub(super) async fn lift(
    bench: &dyn Store,
    wanted: &Wanted<'_>,
    made: &MadeArtifact,
    subject: &Descriptor,
) -> Result<Predicate, StatementFault> {
    let about = subject.digest.to_string();
    let mut found = Vec::new();
    let index = read_manifest(bench, &made.root.digest).await?;
    let attests = |child: &&Descriptor| {
        child.annotations.contains_key(REFERENCE_TYPE)
            && child.annotations.get(REFERENCE_DIGEST) == Some(&about)
    };
    for child in index.children().iter().filter(attests) {
        let manifest = read_manifest(bench, &child.digest).await?;
        for layer in manifest.blobs().filter(|layer| layer.media_type == STATEMENT) {
            let stated = layer.annotations.get(STATED).map_or("", String::as_str);
            if stated != wanted.predicate_type.uri() {
                found.push(stated.to_owned());
                continue;
            }
            let content = bench.blob(layer).await?.ok_or_else(|| missing(&layer.digest))?;
            let bytes = read_whole(&*content, PREDICATE_LIMIT).await?;
            return parse_predicate(&bytes, wanted.predicate_type.clone()).map_err(|error| {
                let (artifact, what) = (wanted.artifact.clone(), format!("the builder's {}", layer.digest));
                StatementFault::Predicate { artifact, what, error }
            });
        }
    }
    Err(StatementFault::NotAttested {
        artifact: wanted.artifact.clone(),
        platform: name_part(&wanted.part),
        predicate_type: wanted.predicate_type.clone(),
        found,
    })
}
