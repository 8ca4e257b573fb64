//! What is in an image, as a program lists it.

use plimsoll_oci::model::Descriptor;

use super::{Circumstances, StatementFault, name_part};
use crate::domain::project::Project;
use crate::domain::sbom::SbomFormat;
use crate::domain::wanted_statement::{MadeOf, Part, Wanted, wanted};
use crate::statement::in_toto::{PREDICATE_LIMIT, Predicate};
use crate::statement::sbom::settle_sbom;
use crate::world::Eyes;
use crate::world::scanner::{ScanError, ScanOrder};

/// Demands the program that lists what is in images, if a release has such a list: before anything is claimed or made.
///
/// # Errors
/// [`StatementFault::NoScanner`].
pub async fn demand_scanner(eyes: Eyes<'_>, project: &Project) -> Result<(), StatementFault> {
    let wanted = wanted(project);
    let Some(first) = wanted.iter().find(|wanted| wanted.made_of.is_scanned()) else { return Ok(()) };
    eyes.scanner().ready().await.map_err(|error| match error {
        ScanError::World(error) => error.into(),
        error => {
            let asking = project.statements.others.iter().find(|one| MadeOf::Other(&one.origin).is_scanned());
            let place = asking.and_then(|one| one.place.clone()).map(Box::new);
            StatementFault::NoScanner { artifact: first.artifact.clone(), place, error: Box::new(error) }
        }
    })
}

/// What is in an image for a platform, as it is stated.
pub(super) async fn scan(
    eyes: Eyes<'_>,
    circumstances: Circumstances<'_>,
    wanted: &Wanted<'_>,
    manifest: &Descriptor,
    format: SbomFormat,
) -> Result<Predicate, StatementFault> {
    let (artifact, named) = (wanted.artifact.clone(), name_part(&wanted.part));
    let Part::Platform(platform) = &wanted.part else {
        return Err(StatementFault::NoPlatform { artifact, platform: named });
    };
    let name = circumstances.name(wanted.artifact);
    let order = ScanOrder {
        image: wanted.artifact,
        platform,
        manifest,
        name: &name,
        version: circumstances.version,
        format,
        limit: PREDICATE_LIMIT,
    };
    let written = eyes.scanner().scan(order).await.map_err(|error| match error {
        ScanError::World(error) => error.into(),
        error => {
            let (artifact, platform) = (artifact.clone(), named.clone());
            StatementFault::NotScanned { artifact, platform, error: Box::new(error) }
        }
    })?;
    let (kind, time) = (wanted.predicate_type.clone(), circumstances.time);
    settle_sbom(kind, format, &written, &manifest.digest, time).map_err(|error| StatementFault::Scanned {
        artifact,
        platform: named,
        error,
    })
}
