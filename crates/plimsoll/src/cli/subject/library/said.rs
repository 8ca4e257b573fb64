//! What was said of releases later, and which release is the newest by it.

use futures_util::{StreamExt as _, stream};
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::marks::ComponentMarks;
use plimsoll_engine::domain::target::Necessity;
use plimsoll_engine::ledger::catalogue::Catalogue;
use plimsoll_engine::ledger::doubt::{Doubt, Reason};
use plimsoll_engine::ledger::entry::Entry;
use plimsoll_engine::ledger::marks::{Heard, MarksError};
use plimsoll_engine::ledger::release::Belief;
use plimsoll_engine::ledger::standing::find_newest;
use plimsoll_engine::run::mirrors::repositories;
use plimsoll_engine::world::ledger::Coverage;
use plimsoll_tags::version::Version;

use super::Library;
use crate::cli::ending::Failure;
use crate::explain::Explain as _;

/// How many repositories are asked at once.
const REPOSITORIES_AT_ONCE: usize = 8;

/// What was said of releases later, as far as it is known.
pub(crate) struct Said {
    /// What was said.
    pub(crate) marks: ComponentMarks,
    /// Why there may be more.
    unread: Vec<MarksError>,
    /// Optional mirrors that are silent: what they could have said is in the required repositories, too.
    silent: Vec<MarksError>,
}

impl Said {
    fn of(heard: Heard) -> Said {
        Said { marks: heard.marks, unread: heard.unread, silent: Vec::new() }
    }

    /// Adds what was heard in a repository.
    fn add(&mut self, heard: Heard, necessity: Necessity) {
        self.marks.merge(heard.marks);
        for error in heard.unread {
            let place = match (necessity, &error) {
                (Necessity::Optional, MarksError::World(_)) => &mut self.silent,
                (Necessity::Optional | Necessity::Required, _) => &mut self.unread,
            };
            // One registry says the same of all of its repositories.
            if place.iter().all(|known| known.to_string() != error.to_string()) {
                place.push(error);
            }
        }
    }
}

impl Library {
    /// What was said of releases later, as far as somebody can be asked.
    pub(crate) async fn read_said(&self) -> Said {
        let Some(component) = &self.component else {
            // Where no project is known, of whatever components the place has that the user has named.
            let mut heard = Heard::default();
            match self.archive.place() {
                Some(repository) => heard.listen_to(&*self.archive.stores, repository, None).await,
                None => heard.listen_to_files(&*self.archive.ledger, None).await,
            }
            return Said::of(heard);
        };
        // What the registries say and, unless they are a checkout of any time, the ledger's files; of files that the user has
        // named, what they say.
        let mut heard = Heard::default();
        let ledger = &*self.archive.ledger;
        if self.belief == Belief::AsWritten || ledger.coverage() == Coverage::All {
            heard.listen_to_files(ledger, Some(component)).await;
        }
        let mut said = Said::of(heard);
        if let (Some(subject), Belief::Confirmed) = (&self.subject, self.belief) {
            let asked = repositories(subject.project());
            let listening = asked.iter().map(async |(repository, necessity)| {
                let mut heard = Heard::default();
                heard.listen_to(&*self.archive.stores, repository, Some(component)).await;
                (heard, *necessity)
            });
            // Who does not answer keeps nobody from being heard, and nobody waits for one after the other.
            let all: Vec<_> = stream::iter(listening).buffered(REPOSITORIES_AT_ONCE).collect().await;
            for (heard, necessity) in all {
                said.add(heard, necessity);
            }
        }
        said
    }

    /// The same, and why there may be more, as warnings.
    pub(crate) async fn read_marks(&self) -> (ComponentMarks, Vec<Diagnostic>) {
        let said = self.read_said().await;
        let warnings = self.warn_of(&said);
        (said.marks, warnings)
    }

    /// Why more may have been said than is known.
    pub(crate) fn warn_of(&self, said: &Said) -> Vec<Diagnostic> {
        let errors = said.unread.iter().chain(&said.silent);
        errors.map(|error| error.explain(&self.asked).as_warning()).collect()
    }

    /// The newest release that counts; none if none does.
    ///
    /// # Errors
    /// It is not known: something that was said can't be read, and may be about it, or a higher version may be released, whose
    /// record can't be read or which nobody could be asked about.
    pub(crate) fn find_newest<'a>(
        &self,
        catalogue: &'a Catalogue,
        said: &Said,
    ) -> Result<Option<&'a Entry>, Failure> {
        let Some(newest) = find_newest(catalogue.entries(), &said.marks) else { return Ok(None) };
        if let Some(error) = said.unread.first() {
            return Err(error.explain(&self.asked).into());
        }
        let hidden = |doubt: &&Doubt| {
            let unknown = matches!(doubt.why, Reason::Silent { .. } | Reason::Broken(_));
            let listed = catalogue.entries().iter().any(|entry| entry.written == doubt.version);
            let higher = Version::parse(newest.version.scheme(), &doubt.version);
            unknown && !listed && higher.is_ok_and(|version| version > newest.version)
        };
        match catalogue.doubts.iter().find(hidden) {
            Some(doubt) => Err(self.explain_doubt(doubt).into()),
            None => Ok(Some(newest)),
        }
    }
}
