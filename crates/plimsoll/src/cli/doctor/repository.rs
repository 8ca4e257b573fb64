//! What the registries of a project do: who may write and read, how they list signatures, what time it is there.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::target::Necessity;
use plimsoll_engine::run::mirrors::repositories;
use plimsoll_engine::world::WorldError;
use plimsoll_oci::name::{ImageRepository, RegistryHost};
use plimsoll_oci::remote::{Access, collects_untagged};
use plimsoll_oci::store::{Pull as _, StoreError};

use super::advice::{Known, Runs, TagForms, advise};
use super::answered;
use crate::cli::ending::Failure;
use crate::cli::session::Session;
use crate::cli::subject::Subject;
use crate::explain::{Asked, Explain as _};
use crate::output::json::doctor::{Answered, ClockInfo, RepositoryInfo};
use crate::wire::{Logins, Registries};

/// How many repositories are asked at a time.
const AT_ONCE: usize = 8;
/// How long a registry may take over each of its answers.
const PATIENCE: Duration = Duration::from_secs(60);
/// By how many seconds a clock may be wrong: tokens and certificates allow for about as much.
const CLOCK_TOLERANCE: u64 = 60;

/// What was asked, and what was amiss.
pub(super) struct AskedAll {
    pub(super) infos: Vec<RepositoryInfo>,
    pub(super) clock: Option<ClockInfo>,
    pub(super) problems: Findings,
}

/// How registries are asked: as whoever releases, and as a stranger.
struct Askers<'a> {
    own: Registries,
    stranger: Registries,
    runs: Runs,
    asked: &'a Asked,
}

/// Asks every repository that a release writes to.
pub(super) async fn ask_all(session: &Session<'_>, subject: &Subject) -> Result<AskedAll, Failure> {
    let (configured, root) = (&subject.config.registries, subject.repository.root());
    let registries = |logins| Registries::new(configured, root, session.variables, &session.redactor, logins);
    let askers = Askers {
        own: registries(session.logins()?),
        stranger: registries(Logins::None),
        runs: if session.in_github_actions() { Runs::InActions } else { Runs::Elsewhere },
        asked: &subject.asked,
    };
    let project = subject.project();
    let forms = TagForms::of(project);
    let mut all = repositories(project);
    // Charts go to repositories of their own, beside those of images.
    all.extend(project.charts.iter().map(|chart| (chart.repository.clone(), Necessity::Required)));
    let asks: Vec<_> =
        all.into_iter().map(|(repository, necessity)| ask(&askers, repository, necessity, &forms)).collect();
    let answers: Vec<_> = stream::iter(asks).buffered(AT_ONCE).collect().await;
    let mut found = AskedAll { infos: Vec::new(), clock: None, problems: Findings::new() };
    let mut leads: BTreeMap<RegistryHost, i64> = BTreeMap::new();
    for answer in answers {
        leads.extend(answer.lead);
        found.infos.push(answer.info);
        found.problems.extend(answer.problem);
    }
    // Where several disagree, the one that agrees most with this machine is believed.
    let nearest = leads.into_iter().min_by_key(|(_, lead)| lead.unsigned_abs());
    if let Some((host, lead)) = nearest {
        found.problems.extend(explain_clock(&host, lead));
        found.clock = Some(ClockInfo { registry: host.to_string(), ahead: lead });
    }
    Ok(found)
}

/// What one repository answered.
struct Answer {
    info: RepositoryInfo,
    problem: Option<Diagnostic>,
    /// By how many seconds this machine's clock is ahead of the registry's.
    lead: Option<(RegistryHost, i64)>,
}

async fn ask(
    askers: &Askers<'_>,
    repository: ImageRepository,
    necessity: Necessity,
    forms: &TagForms,
) -> Answer {
    let login = askers.own.find_credentials(&repository).await;
    let pushed = patiently(PATIENCE, &repository, askers.own.check_push(&repository)).await;
    let is_refusal = |error: &WorldError| {
        matches!(error, WorldError::Store(StoreError::Unauthorized { .. } | StoreError::Denied { .. }))
    };
    let push = answered(&pushed, is_refusal);
    let is_silent = matches!(
        pushed,
        Err(WorldError::Store(StoreError::Unreachable { .. } | StoreError::NotARegistry { .. }))
    );
    // Who does not answer once is not asked again.
    let (listing, public, lead) = match is_silent {
        true => (None, Answered::Unknown, None),
        false => {
            let rest = async {
                let listing = lists_referrers(&askers.own, &repository).await;
                let public = is_public(askers, &repository).await;
                let lead = askers.own.read_clock_lead(&repository).await.ok().flatten();
                Ok((listing, public, lead))
            };
            patiently(PATIENCE, &repository, rest).await.unwrap_or((None, Answered::Unknown, None))
        }
    };
    let referrers = match listing {
        Some(true) => Answered::Yes,
        Some(false) => Answered::No,
        None => Answered::Unknown,
    };
    let (credentials, amiss) = match login.there {
        true => (login.source, None),
        false => (None, login.source),
    };
    let tags = forms.of_repository(&repository);
    let known = Known { repository: &repository, push, public, referrers, runs: askers.runs, tags };
    let info = RepositoryInfo {
        repository: repository.to_string(),
        required: necessity == Necessity::Required,
        credentials,
        amiss,
        push,
        public,
        referrers,
        collects_untagged: collects_untagged(repository.registry()),
        hold_tags: true,
        moving_tags: tags.moving().iter().map(ToString::to_string).collect(),
        advice: advise(&known),
    };
    let problem = pushed.err().map(|error| {
        let said = error.explain(askers.asked);
        let said = Diagnostic { message: format!("{repository}: {}", said.message), ..said };
        if necessity == Necessity::Required { said } else { said.as_warning() }
    });
    Answer { info, problem, lead: lead.map(|lead| (repository.registry().clone(), lead)) }
}

/// What a registry answers, if it does in time: who looks what is amiss is told soon, and one that takes connections and says
/// nothing would be waited for much longer.
async fn patiently<T>(
    limit: Duration,
    repository: &ImageRepository,
    asking: impl Future<Output = Result<T, WorldError>>,
) -> Result<T, WorldError> {
    tokio::time::timeout(limit, asking).await.unwrap_or_else(|_| {
        let place = repository.registry().to_string();
        let why = format!("it did not answer within {} s", limit.as_secs());
        Err(StoreError::Unreachable { place, why }.into())
    })
}

async fn lists_referrers(registries: &Registries, repository: &ImageRepository) -> Option<bool> {
    registries.repository(repository, Access::Pull).ok()?.lists_referrers().await.ok().flatten()
}

/// Whether people without a login may pull. A registry refuses them what is not there, too: a no takes something that we
/// see and they do not.
async fn is_public(askers: &Askers<'_>, repository: &ImageRepository) -> Answered {
    let tag = "latest".parse().expect("it is a tag by the grammar");
    let look = async || {
        askers.stranger.repository(repository, Access::Pull)?.resolve(&tag).await.map_err(WorldError::from)
    };
    match look().await {
        // Without the tag, too: reading was not refused.
        Ok(_) => Answered::Yes,
        Err(WorldError::Store(StoreError::Unauthorized { .. } | StoreError::Denied { .. })) => {
            match has_tags(&askers.own, repository).await {
                true => Answered::No,
                false => Answered::Unknown,
            }
        }
        Err(_) => Answered::Unknown,
    }
}

async fn has_tags(registries: &Registries, repository: &ImageRepository) -> bool {
    let Ok(repository) = registries.repository(repository, Access::Pull) else { return false };
    repository.tags().await.is_ok_and(|tags| !tags.is_empty())
}

fn explain_clock(registry: &RegistryHost, lead: i64) -> Option<Diagnostic> {
    let off = lead.unsigned_abs();
    if off <= CLOCK_TOLERANCE {
        return None;
    }
    let side = if lead > 0 { "ahead of" } else { "behind" };
    let message = format!("the clock of this machine is {off} s {side} that of {registry}");
    Some(
        Diagnostic::warning(Code::ClockWrong, message)
            .because("tokens and certificates are good for minutes, and claims and records say when things were done")
            .help("set it, by NTP for example"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_registry_that_says_nothing_is_not_waited_for_for_long() {
        let repository = "registry.example/app".parse().unwrap();
        let limit = Duration::from_secs(1);
        let silent: Result<(), WorldError> = patiently(limit, &repository, std::future::pending()).await;
        let said = silent.unwrap_err().to_string();
        assert_eq!(said, "registry.example can't be reached: it did not answer within 1 s");
        assert_eq!(patiently(limit, &repository, async { Ok(1) }).await.unwrap(), 1);
    }

    #[test]
    fn a_clock_may_be_a_little_wrong() {
        let registry = "ghcr.io".parse().unwrap();
        assert!([-60, 0, 60].into_iter().all(|lead| explain_clock(&registry, lead).is_none()));
        let said = explain_clock(&registry, -61).unwrap();
        assert_eq!(said.message, "the clock of this machine is 61 s behind that of ghcr.io");
        assert!(explain_clock(&registry, 3600).unwrap().message.contains("3600 s ahead of"));
    }
}
