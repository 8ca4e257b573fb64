//! What a release needs beside registries: a git remote that takes claims and records, a forge, whoever signs.

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::attestation::Posting;
use plimsoll_engine::domain::deployment::Keeper;
use plimsoll_engine::domain::diagnostic::{Diagnostic, Severity};
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::domain::project::ClaimPolicy;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::error::GitError;
use plimsoll_engine::world::forge_error::ForgeError;

use super::answered;
use crate::cli::ending::Failure;
use crate::cli::session::Session;
use crate::cli::subject::{Stage, Subject, Voyage};
use crate::config::Means;
use crate::explain::Explain as _;
use crate::output::json::doctor::{Answered, ForgeInfo, RemoteInfo, SigningInfo};
use crate::wire::{Purpose, RepositoryError};

/// What was asked, and what was amiss.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) remote: Option<RemoteInfo>,
    pub(super) forge: Option<ForgeInfo>,
    pub(super) signing: Option<SigningInfo>,
    pub(super) problems: Findings,
}

/// Asks all of them, side by side.
pub(super) async fn ask(session: &Session<'_>, subject: &Subject, commit: &Oid) -> Result<Asked, Failure> {
    let holds_claims = matches!(subject.project().claim, ClaimPolicy::Held { .. });
    if holds_claims && subject.remote.is_none() {
        // With `--local` a release needs none.
        let missing = RepositoryError::NoRemote.explain(&subject.asked);
        let missing = Diagnostic { severity: Severity::Warning, ..missing };
        return Ok(Asked { problems: missing.into(), ..Asked::default() });
    }
    let voyage = subject.voyage(session, commit, Purpose::Look, Stage::Real)?;
    let (remote, forge, signing) = futures_util::future::join3(
        ask_remote(session, subject, commit, &voyage),
        ask_forge(session, subject, &voyage),
        ask_signer(subject, &voyage),
    )
    .await;
    let mut problems = Findings::new();
    let (remote, refused) = remote.unzip();
    problems.extend(refused.into_iter().flatten());
    let (forge, refused) = forge.unzip();
    problems.extend(refused.flatten());
    let (signing, refused) = signing.unzip();
    problems.extend(refused.flatten());
    Ok(Asked { remote, forge, signing, problems })
}

async fn ask_remote(
    session: &Session<'_>,
    subject: &Subject,
    commit: &Oid,
    voyage: &Voyage,
) -> Option<(RemoteInfo, Vec<Diagnostic>)> {
    let remote = subject.remote.as_ref()?;
    let claims = async {
        match subject.project().claim {
            ClaimPolicy::Held { .. } => {
                Some(subject.repository.check_push(remote, commit).await.map_err(WorldError::from))
            }
            ClaimPolicy::None => None,
        }
    };
    let records = async {
        match subject.config.committing {
            Some(_) => Some(subject.check_records(session, commit, voyage).await),
            None => None,
        }
    };
    let (claims, records) = futures_util::future::join(claims, records).await;
    let is_refusal = |error: &WorldError| {
        matches!(error, WorldError::Git(GitError::Denied { .. } | GitError::BranchDenied { .. }))
    };
    let describe = |asked: &Option<Result<(), WorldError>>| match asked {
        Some(answer) => answered(answer, is_refusal),
        None => Answered::NotAsked,
    };
    let info = RemoteInfo { remote: remote.shown(), claims: describe(&claims), records: describe(&records) };
    let mut refused: Vec<Diagnostic> = Vec::new();
    for error in [claims, records].into_iter().flatten().filter_map(Result::err) {
        let said = error.explain(&subject.asked);
        // A remote that does not answer is told of once.
        if !refused.iter().any(|other| other.code == said.code && other.message == said.message) {
            refused.push(said);
        }
    }
    Some((info, refused))
}

async fn ask_forge(
    session: &Session<'_>,
    subject: &Subject,
    voyage: &Voyage,
) -> Option<(ForgeInfo, Option<Diagnostic>)> {
    let (settings, project) = (&subject.config.forge, subject.project());
    let deploys = !project.deployments.wanted.is_empty() && project.deployments.keeper == Keeper::Forge;
    let posts = settings.posting == Posting::Posted;
    let has_pages = project.pages != PagePolicy::Never;
    let address = settings.address.as_ref().filter(|_| has_pages || deploys || posts)?;
    let answer = voyage.world.eyes().forge().check_writable().await;
    let is_refusal = |error: &WorldError| {
        matches!(error, WorldError::Forge(ForgeError::Unauthorized { .. } | ForgeError::Denied { .. }))
    };
    let logins = session.logins().ok()?;
    let token = subject.forge(session, logins).has_token();
    let info = ForgeInfo {
        kind: address.kind.name(),
        url: address.web.to_string(),
        token,
        pages: if has_pages { answered(&answer, is_refusal) } else { Answered::NotAsked },
        deployments: only_refused(&answer, deploys, is_refusal),
        attestations: only_refused(&answer, posts, is_refusal),
    };
    Some((info, answer.err().map(|error| error.explain(&subject.asked))))
}

/// What is known of a permission that is told by nobody before it is used: who may not write at all has it not.
fn only_refused<T>(
    answer: &Result<T, WorldError>,
    is_wanted: bool,
    is_refusal: impl Fn(&WorldError) -> bool,
) -> Answered {
    match answered(answer, is_refusal) {
        _ if !is_wanted => Answered::NotAsked,
        Answered::No => Answered::No,
        Answered::Yes | Answered::Unknown | Answered::NotAsked => Answered::Unknown,
    }
}

async fn ask_signer(subject: &Subject, voyage: &Voyage) -> Option<(SigningInfo, Option<Diagnostic>)> {
    let signer = subject.config.signing.signer.as_ref()?;
    let with = match signer.means {
        Means::Key(_) => "key",
        Means::Identity { .. } => "identity",
    };
    let answer = voyage.world.eyes().signatures().ready().await;
    let info = SigningInfo { with, ready: answer.is_ok() };
    Some((info, answer.err().map(|error| error.explain(&subject.asked))))
}
