//! `tag`: the git tag that a release or promotion is made from, once nothing stands against it.

use clap::builder::FalseyValueParser;
use clap::{ArgAction, ArgGroup, Args, ValueEnum};
use plimsoll_engine::act;
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::claim::{Claim, State};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::{GitTag, Oid, TagAt};
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::plan::Plan;
use plimsoll_engine::run::order::Takeover;
use plimsoll_engine::run::stop::Stop;
use plimsoll_tags::git_tag::TagVerdict;
use plimsoll_tags::version::{Bump, Version};

use super::ending::{Ended, Failure, Outcome, usage};
use super::promote::{check_version_tag, find_promotable_tag};
use super::release::tell_warnings;
use super::session::Session;
use super::status::version_of;
use super::subject::{Look, Stage, Standing, Subject, Tagged};
use crate::explain::{self, Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::tagged::{TaggedInfo, TaggedStatus};
use crate::wire::{Purpose, Remote, RepositoryError, Signed};

/// Makes the git tag of a version or promotion, after every check
///
/// HEAD is tagged as the version that is named; with --bump as the one after the highest version tag of this clone. What
/// `plimsoll check` finds stops it, and so do modified files, and a version that a claim, a registry or the ledger knows already. The tag is
/// annotated, and signed where git is set up so (`tag.gpgSign`). With --stable the promotion tag of a version is made, on the
/// commit that it was released from.
///
/// Without --push the tag stays in this clone. A tag that is there already, on the right commit, is left as it is.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["tag", "bump", "stable"]), after_help = "\
Examples:
  plimsoll tag v1.4.0 --push
  plimsoll tag --bump minor
  plimsoll tag --stable v1.4.0 --push")]
pub(super) struct Tag {
    /// The git tag to make, on HEAD
    #[arg(value_name = "TAG")]
    pub tag: Option<String>,
    /// The version after the highest version tag: which part of it is raised
    #[arg(long, value_name = "PART", env = "PLIMSOLL_BUMP")]
    pub bump: Option<Part>,
    /// Make the promotion tag of the version with this tag, on the commit that was released
    #[arg(long, value_name = "TAG", env = "PLIMSOLL_STABLE")]
    pub stable: Option<String>,
    /// What the tag says; without it `Release TAG` or `Stable release TAG`
    #[arg(short, long, value_name = "TEXT", env = "PLIMSOLL_MESSAGE")]
    pub message: Option<String>,
    /// Push the tag; the branch that it is on is not pushed
    #[arg(long, env = "PLIMSOLL_PUSH", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub push: bool,
}

const WITHOUT_PUSH: &str = "or make it in this clone alone: the same without `--push`";

/// A part of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// The third number
    Patch,
    /// The second number
    Minor,
    /// The first number
    Major,
}

/// A tag that is to be made.
struct Wanted {
    subject: Subject,
    tag: GitTag,
    commit: Oid,
    occasion: &'static str,
    message: String,
    /// As it is, if it is there.
    there: Option<TagAt>,
}

impl Tag {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.change(async {
            let wanted = match (&self.tag, self.bump, &self.stable) {
                (Some(tag), ..) => self.version(session, tag).await?,
                (None, Some(part), _) => self.version(session, &next_tag(session, part).await?).await?,
                (None, None, Some(stable)) => self.promotion(session, stable).await?,
                (None, None, None) => return Err(usage("which tag?").into()),
            };
            self.make(wanted).await
        })
    }

    /// The tag of a version, on HEAD.
    async fn version(&self, session: &Session<'_>, name: &str) -> Result<Wanted, Failure> {
        let look = Look::EverywhereOrOnHead;
        let tagged = Tagged::read(session, "tag", name, Keeping::Remote, look).await?;
        if let Occasion::Promotion(_) = &tagged.occasion {
            let message = format!("`{name}` is a promotion tag");
            let help = format!(
                "name the version that it promotes: `plimsoll tag --stable {}`",
                version_tag(&tagged)
            );
            return Err(usage(&message).help(help).into());
        }
        // Whether the tag is pushed is what this is about.
        let told = |warning: &Diagnostic| warning.code != Code::TagNotPushed || tagged.tag.on_remote;
        tell_warnings(
            session,
            &tagged.warnings.all().iter().filter(|warning| told(warning)).cloned().collect(),
        );
        let plan = tagged.plan()?;
        if let Some(missing) = tagged.find_missing_notes().await?.filter(|_| !tagged.tag.on_remote) {
            return Err(missing.into());
        }
        let asked = &tagged.subject.asked;
        let head = tagged.subject.repository.read_head().await.map_err(|error| error.explain(asked))?.commit;
        let there = match tagged.standing {
            Standing::Exists => Some(tagged.tag.clone()),
            Standing::AsIfOnHead => {
                tagged.subject.check_clean().await?;
                check_free(session, &tagged, &plan).await?;
                None
            }
        };
        Ok(Wanted {
            tag: tagged.tag.name.clone(),
            commit: head,
            occasion: tagged.occasion.name(),
            message: format!("Release {name}"),
            there,
            subject: tagged.subject,
        })
    }

    /// The promotion tag of a version, on the commit of its own tag.
    async fn promotion(&self, session: &Session<'_>, named: &str) -> Result<Wanted, Failure> {
        let asked = Asked { verb: "tag", tag: Some(named.to_owned()), keeping: Keeping::Remote };
        let subject = Subject::of_worktree(session, asked).await?;
        let policy = &subject.project().tags;
        let version = version_of(subject.project(), named)?;
        let Some(pattern) = policy.stable() else { return Err(promotes_nothing().into()) };
        let (own, tag) = (GitTag(policy.version().render(&version)), GitTag(pattern.render(&version)));
        let released = find_promotable_tag(session, &subject, &version).await?;
        check_version_tag(&subject, &released).await?;
        let there = match subject.repository.read_tag(&tag, subject.remote.as_ref()).await {
            Ok(there) => Some(there),
            Err(RepositoryError::TagMissing { .. }) => None,
            Err(error) => return Err(error.explain(&subject.asked).into()),
        };
        let message = format!("Stable release {own}");
        let occasion = Occasion::Promotion(version);
        if let Some(missing) = subject.find_missing_notes(&occasion, &released.commit).await?
            && there.is_none()
        {
            return Err(missing.into());
        }
        let occasion = occasion.name();
        Ok(Wanted { subject, tag, commit: released.commit, occasion, message, there })
    }

    async fn make(&self, wanted: Wanted) -> Outcome {
        let Wanted { subject, tag, commit, occasion, message, there } = wanted;
        let (repository, asked) = (&subject.repository, &subject.asked);
        let remote = subject.find_push_remote().await;
        let remote = if self.push { remote? } else { remote.unwrap_or_default() };
        // First: a tag that can't be pushed is not made.
        let there = match (self.push, &remote) {
            (false, _) => there,
            (true, None) => return Err(nowhere_to_push().into()),
            (true, Some(remote)) => find_on_remote(&subject, &tag, remote).await?.or(there),
        };
        let (at, status) = match there {
            Some(at) if at.commit == commit => (at, TaggedStatus::ThereAlready),
            Some(at) => return Err(elsewhere(&tag, &commit, &at).into()),
            None => {
                let message = self.message.as_deref().unwrap_or(&message);
                let made = repository.make_tag(&tag, &commit, message).await;
                (made.map_err(|error| error.explain(asked))?, TaggedStatus::Made)
            }
        };
        let mut pushed = at.on_remote;
        if let (true, false, Some(remote)) = (self.push, at.on_remote, &remote) {
            let unpushed = |error: RepositoryError| unpushed(error.explain(asked), &tag, status, occasion);
            repository.push_tag(&at, remote).await.map_err(unpushed)?;
            pushed = true;
        }
        let signed = repository.observe_signature(&at).await.map_err(|error| error.explain(asked))?;
        // The tag is made: what is only a hint is left out where it can't be known.
        let commit_pushed = repository.is_on_remote_branch(&commit).await.unwrap_or(true);
        let branch = repository.read_head().await.ok().filter(|head| head.commit == commit);
        Ok(Ended::well(Answer::Tagged(TaggedInfo {
            schema: TaggedInfo::SCHEMA,
            tag: tag.0,
            occasion,
            commit: commit.to_string(),
            object: at.object.to_string(),
            status,
            signed: signed == Signed::Yes,
            pushed,
            commit_pushed,
            branch: branch.and_then(|head| head.branch),
            remote: remote.map(|remote| remote.shown()),
        })))
    }
}

/// The tag of the version after the highest one.
async fn next_tag(session: &Session<'_>, part: Part) -> Result<String, Failure> {
    let asked = Asked { verb: "tag", tag: None, keeping: Keeping::Remote };
    let subject = Subject::of_worktree(session, asked).await?;
    let policy = &subject.project().tags;
    let tags = subject.repository.read_local_tags().await.map_err(|error| error.explain(&subject.asked))?;
    let versions = tags.iter().filter_map(|tag| match policy.read(&tag.name.0) {
        TagVerdict::Version(version) => Some(version),
        TagVerdict::Prerelease(_)
        | TagVerdict::Promotion(_)
        | TagVerdict::Outside { .. }
        | TagVerdict::Refused(_) => None,
    });
    let bump = match part {
        Part::Patch => Bump::Patch,
        Part::Minor => Bump::Minor,
        Part::Major => Bump::Major,
    };
    let Some(highest) = versions.max() else {
        return Err(usage("there is no version tag to count from")
            .help("name the first: `plimsoll tag v0.1.0`")
            .into());
    };
    let next: Version = highest.bump(&bump).map_err(|error| usage(error.to_string()))?;
    Ok(policy.version().render(&next))
}

/// Refuses a tag whose release would end at once: its version was released, or burnt, or has its tags taken. What can't be
/// looked at is a warning: whoever tags may not be who releases.
async fn check_free(session: &Session<'_>, tagged: &Tagged, plan: &Plan) -> Result<(), Failure> {
    let subject = &tagged.subject;
    if subject.asked.keeping == Keeping::Remote && subject.remote.is_none() {
        return Ok(());
    }
    let Some(version) = tagged.occasion.released() else { return Ok(()) };
    let voyage = subject.voyage(session, &tagged.tag.commit, Purpose::Look, Stage::Real)?;
    let name = tagged.claim_name();
    let order = tagged.order(plan, &name, &voyage, Takeover::WhenDead);
    let preview = act::preview(&voyage.world, &order, version).await;
    voyage.display.clear();
    let unseen = match preview {
        Ok(preview) => match find_occupant(preview.claim.as_ref()).or(preview.stop) {
            Some(stop) => return Err(tagged.findings(&stop).into()),
            None => preview.unreachable,
        },
        Err(stop) => Some(stop),
    };
    if let Some(stop) = unseen {
        let findings = explain::findings(&stop, &subject.asked);
        let warnings: Findings = findings.all().iter().cloned().map(Diagnostic::as_warning).collect();
        tell_warnings(session, &warnings);
    }
    Ok(())
}

/// How a release of a new tag would end whose version a claim knows as released: with the tag of then it has nothing in common.
fn find_occupant(claim: Option<&Claim>) -> Option<Stop> {
    let claim = claim.filter(|claim| matches!(claim.state, State::Committed | State::Published))?;
    Some(Stop::TagMovedSince { released: Box::new(claim.tag.clone()) })
}

/// The version's own tag of a promotion tag.
fn version_tag(tagged: &Tagged) -> String {
    let policy = &tagged.subject.project().tags;
    match &tagged.occasion {
        Occasion::Promotion(version) => policy.version().render(version),
        Occasion::Version(_) | Occasion::Prerelease(_) | Occasion::Branch(_) | Occasion::PullRequest(_) => {
            tagged.tag.name.0.clone()
        }
    }
}

/// A tag as the remote that it is to be pushed to has it, or as this clone has it; `None` if neither does.
async fn find_on_remote(subject: &Subject, tag: &GitTag, remote: &Remote) -> Result<Option<TagAt>, Failure> {
    // Where releases are kept on the remote, it was asked already.
    if subject.asked.keeping == Keeping::Remote {
        return Ok(None);
    }
    match subject.repository.read_tag(tag, Some(remote)).await {
        Ok(there) => Ok(Some(there)),
        Err(RepositoryError::TagMissing { .. }) => Ok(None),
        Err(error) => Err(error.explain(&subject.asked).help(WITHOUT_PUSH).into()),
    }
}

/// There is nothing to push to.
fn nowhere_to_push() -> Diagnostic {
    let message = "there is no git remote to push the tag to, so it was not made";
    Diagnostic::error(Code::NoRemote, Cure::FixThenRunAgain, message)
        .help("add one: `git remote add origin URL`")
        .help(WITHOUT_PUSH)
}

/// The tag is here, and could not be pushed.
fn unpushed(diagnostic: Diagnostic, tag: &GitTag, status: TaggedStatus, occasion: &str) -> Diagnostic {
    let option = if occasion == "promotion" { "--stable " } else { "" };
    let again = format!("the tag stays in this clone; to push it: `plimsoll tag {option}{tag} --push`");
    match status {
        TaggedStatus::Made => diagnostic
            .fact("made, in this clone alone", tag)
            .help(again)
            .help(format!("or take it away again: `git tag -d {tag}`")),
        TaggedStatus::ThereAlready => diagnostic.fact("in this clone alone", tag).help(again),
    }
}

/// There is such a tag on another commit.
fn elsewhere(tag: &GitTag, want: &Oid, at: &TagAt) -> Diagnostic {
    let message = format!("git tag {tag} is there, on another commit");
    Diagnostic::error(Code::GitTagTaken, Cure::NewVersion, message)
        .fact("want", want)
        .fact("found", &at.commit)
        .help("a tag that others may have seen is never moved: tag the next version")
}

/// The project has no promotion tags.
pub(super) fn promotes_nothing() -> Diagnostic {
    usage("this project promotes nothing by tag")
        .help("name a pattern: `stable = \"v{version}-stable\"` under `[tags]`")
}
