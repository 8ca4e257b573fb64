//! What is said of a release where it was imported: what came along, and what was said there before.

use std::collections::BTreeMap;

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::marks::Marks;
use plimsoll_engine::ledger::marks::{MarksError, read_tagged};
use plimsoll_oci::name::ImageRepository;

use crate::cli::passed_over::warn_of_marks;
use crate::explain::{Asked, Explain as _};
use crate::release_archive::{Destination, Parcel};

/// What is said of a release in its new place.
pub(super) struct Heard {
    /// All of it.
    pub(super) marks: Marks,
    /// Why there may be more.
    unread: Vec<MarksError>,
}

impl Heard {
    /// Hears the marks of the release's component in every repository that the release went to.
    pub(super) async fn listen(
        parcel: &Parcel,
        destinations: &BTreeMap<ImageRepository, Destination>,
    ) -> Heard {
        let mut heard = Heard { marks: parcel.said.marks.clone(), unread: Vec::new() };
        for Destination { repository, store } in destinations.values() {
            let said = match store.tags().await {
                Ok(tags) => read_tagged(&**store, repository, &parcel.record.component, &tags).await,
                Err(error) => Err(error.into()),
            };
            match said {
                Ok(said) => {
                    for statement in said {
                        heard.marks.add(statement.digest(), statement.mark);
                    }
                }
                Err(error) => heard.unread.push(error),
            }
        }
        heard
    }

    /// That the version must not be used, and who says so; and what could not be heard.
    pub(super) fn warn(&self, parcel: &Parcel, asked: &Asked) -> Findings {
        let (tag, version) = (parcel.record.tag().name, &parcel.record.version);
        let told = warn_of_marks(&self.marks, &tag, version).map(|told| {
            match parcel.said.marks.pass_over(version) {
                true => told.help(
                    "whoever asks there is told so: what was said of it lies there, too; import a release that counts",
                ),
                false => told.help(
                    "that was said there before, and not where it was exported: whoever asks there is told so, and `latest` and moving tags pass it over",
                ),
            }
        });
        let unread = self.unread.iter().map(|error| {
            error
                .explain(asked)
                .help("whether it was yanked there before is not known; it is imported all the same")
                .as_warning()
        });
        told.into_iter().chain(unread).collect::<Vec<Diagnostic>>().into_iter().collect()
    }
}
