//! What was said of releases later, and which release is the newest by it.

use std::collections::BTreeMap;

use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::marks::ComponentMarks;
use plimsoll_engine::domain::project::ClaimPolicy;
use plimsoll_engine::ledger::catalogue::Catalogue;
use plimsoll_engine::ledger::doubt::{Doubt, Reason};
use plimsoll_engine::ledger::entry::Entry;
use plimsoll_engine::ledger::marks::Heard;
use plimsoll_engine::ledger::release::{Belief, Release};
use plimsoll_engine::ledger::standing::find_newest;
use plimsoll_engine::run::hearing::{Hearing, Unheard, hear};
use plimsoll_tags::version::{Scheme, Version};

use super::{Library, Subject};
use crate::cli::ending::Failure;
use crate::explain::{self, Asked, Keeping, explain_former, explain_spared, explain_unheard};
use crate::output::json::whatis::Certainty;

impl Library {
    /// What was said of releases later, as far as somebody can be asked; also where these were announced.
    pub(crate) async fn read_said(&self, releases: &[Release]) -> Hearing {
        if let (Some(subject), Belief::Confirmed) = (&self.subject, self.belief) {
            return hear(self.archive.sources(), subject.project(), releases).await;
        }
        // What the user has named is asked alone: of the project's releases or, where none is known, of all that it has.
        let (mut heard, place) = (Heard::default(), self.archive.place());
        match place {
            Some(repository) => {
                heard.listen_to(&*self.archive.stores, repository, self.component.as_ref()).await;
            }
            None => heard.listen_to_files(&*self.archive.ledger, self.component.as_ref()).await,
        }
        Hearing::of(heard, place)
    }

    /// What was said of all releases. Those that neither a claim nor a file tells of, but a record in a registry, are doubts of the
    /// catalogue from then on.
    pub(crate) async fn hear(&self, catalogue: &mut Catalogue) -> Result<Hearing, Failure> {
        let known = catalogue.entries().iter().map(|entry| entry.written.clone());
        let known = known.chain(catalogue.doubts.iter().map(|doubt| doubt.version.clone())).collect();
        let (said, lost) =
            futures_util::join!(self.read_said(catalogue.releases()), self.find_lost_claims(&known));
        catalogue.doubts.extend(lost?.iter().map(Doubt::unclaimed));
        Ok(said)
    }

    /// The same, and why there may be more, as warnings.
    pub(crate) async fn read_marks(&self, releases: &[Release]) -> (ComponentMarks, Vec<Diagnostic>) {
        let said = self.read_said(releases).await;
        let warnings = self.warn_of(&said);
        (said.marks, warnings)
    }

    /// Why more may have been said than is known.
    pub(crate) fn warn_of(&self, said: &Hearing) -> Vec<Diagnostic> {
        warn_of_unheard(said, &self.asked)
    }

    /// The newest release that counts, where that is known, and how much is.
    pub(crate) fn judge_newest<'a>(
        &self,
        catalogue: &'a Catalogue,
        said: &Hearing,
    ) -> (Option<&'a Entry>, Certainty) {
        match self.find_newest(catalogue, said) {
            _ if !said.unread.is_empty() => (None, Certainty::MarksUnheard),
            Ok(newest) => (newest, Certainty::Whole),
            Err(_) => (None, Certainty::HigherHidden),
        }
    }

    /// Refuses to say that there is no release where none is known and whoever knows of some could not be asked.
    pub(crate) fn check_emptiness(&self, catalogue: &Catalogue, said: &Hearing) -> Result<(), Failure> {
        match said.unread.first() {
            Some(unheard) if catalogue.entries().is_empty() && !self.has_claims() => {
                Err(explain_unheard([unheard], &self.asked).into())
            }
            _ => Ok(()),
        }
    }

    /// Refuses to say that nothing was released where repositories hold releases whose claims were lost.
    pub(crate) fn check_lost(&self, catalogue: &Catalogue) -> Result<(), Failure> {
        match lost_tags(&catalogue.doubts) {
            lost if catalogue.entries().is_empty() && !lost.is_empty() => {
                Err(explain::claim::lost(&lost, &self.asked).into())
            }
            _ => Ok(()),
        }
    }

    /// Whether claims say which releases there are.
    fn has_claims(&self) -> bool {
        let held = |subject: &Subject| matches!(subject.project().claim, ClaimPolicy::Held { .. });
        self.asked.keeping == Keeping::Local || self.subject.as_ref().is_some_and(held)
    }

    /// The newest release that counts; none if none does.
    ///
    /// # Errors
    /// It is not known: something that was said can't be read, and may be about it, the place that it was announced in is
    /// silent, or a higher version may be released, whose record can't be read or which nobody could be asked about.
    pub(crate) fn find_newest<'a>(
        &self,
        catalogue: &'a Catalogue,
        said: &Hearing,
    ) -> Result<Option<&'a Entry>, Failure> {
        if catalogue.entries().is_empty() && self.has_claims() && lost_tags(&catalogue.doubts).is_empty() {
            return Ok(None);
        }
        if let Some(unheard) = said.unread.first() {
            return Err(explain_unheard([unheard], &self.asked).into());
        }
        let newest = find_newest(catalogue.entries(), &said.marks);
        if let Some(former) = newest.and_then(|newest| said.find_doubt(&newest.written)) {
            return Err(explain_former([former], &self.asked).into());
        }
        let hidden = |doubt: &&Doubt| {
            let listed = catalogue.entries().iter().any(|entry| entry.written == doubt.version);
            doubt.may_hide_release() && !listed && self.may_be_newest(doubt, newest, said)
        };
        match catalogue.doubts.iter().find(hidden) {
            Some(doubt) => Err(self.explain_doubt(doubt).into()),
            None => Ok(newest),
        }
    }

    /// Whether the version of a doubt would be the newest release that counts.
    fn may_be_newest(&self, doubt: &Doubt, newest: Option<&Entry>, said: &Hearing) -> bool {
        let passed_over = |name| said.marks.of(name).pass_over(&doubt.version);
        let scheme = newest.map(|newest| newest.version.scheme()).or(self.scheme).unwrap_or(Scheme::Semver);
        Version::parse(scheme, &doubt.version).is_ok_and(|version| {
            !version.is_prerelease()
                && newest.is_none_or(|newest| version > newest.version)
                && !self.component.as_ref().is_some_and(passed_over)
        })
    }
}

/// The git tags of releases whose claims were lost.
pub(super) fn lost_tags(doubts: &[Doubt]) -> Vec<&str> {
    let lost = doubts.iter().filter_map(|doubt| match &doubt.why {
        Reason::Unclaimed { tag } => Some(tag.0.as_str()),
        _ => None,
    });
    lost.collect()
}

/// Why more may have been said than is known. One registry says the same of all of its repositories: that is told once.
pub(crate) fn warn_of_unheard(said: &Hearing, asked: &Asked) -> Vec<Diagnostic> {
    let unread = alike(&said.unread, |unheard| unheard);
    let former = alike(&said.former, |former| &former.unheard);
    let spared = alike(&said.spared, |unheard| unheard);
    let explained = unread.into_values().map(|alike| explain_unheard(alike, asked));
    let explained = explained.chain(former.into_values().map(|alike| explain_former(alike, asked)));
    let explained = explained.chain(spared.into_values().map(|alike| explain_spared(alike, asked)));
    explained.map(Diagnostic::as_warning).collect()
}

/// Those that are silent for the same reason, by that.
fn alike<T>(all: &[T], unheard: impl Fn(&T) -> &Unheard) -> BTreeMap<String, Vec<&T>> {
    let mut alike: BTreeMap<String, Vec<&T>> = BTreeMap::new();
    for one in all {
        alike.entry(unheard(one).why.to_string()).or_default().push(one);
    }
    alike
}
