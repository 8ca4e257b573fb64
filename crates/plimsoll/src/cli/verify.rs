//! `verify`: is a release still what was released? And is a file signed by whom it must be?

mod file;
mod image;
mod unsigned;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, Subcommand};
use plimsoll_engine::act;
use plimsoll_engine::act::verify::{
    Authorship, Check, Demand, Outcome as CheckOutcome, Place as CheckPlace, Verification,
};
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::TagAt;
use plimsoll_engine::ledger::release::{Comparing, Release};
use plimsoll_sigstore::policy::RequiredSigner;
use plimsoll_sigstore::trust::TrustedRoot;

use super::arguments::{Place, Where};
use super::chart_installs::warn_of_installed;
use super::ending::{Ended, Failure, Outcome, usage};
use super::passed_over::warn_of_release;
use super::required_signer::{Signer, contradiction};
use super::session::Session;
use super::subject::{Library, Reach, Subject};
use crate::explain::released_tag::{in_this_clone_alone, point_back, put_back};
use crate::explain::{self, Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::verification::{VerificationInfo, gravest, gravest_of};
use crate::wire;
pub(super) use unsigned::explain_unsigned;

/// Verifies a release, or the signature of a file or image
///
/// Is the release still what was released? Every manifest, blob, tag and record is looked at, in every repository, and the git tag. A moving tag that has
/// rightly moved on is right. Only checks that were made are named.
///
/// Exit codes: 0 it is, 5 the version is burnt, 6 bytes do not have their digest, 7 something else is there, 8 a registry
/// can't be reached, 9 the release is not finished, or an optional mirror can't be reached. Exit code 6 is also that of a release which is not signed by whom it must be.
///
/// Of a release that is signed every signature is verified, too. Who must have signed is said by [[trust]] in plimsoll.toml, by
/// default whoever [signing] names, or by the options. Where nothing says so nobody is vouched for. A release that was recorded as
/// unsigned is looked at without, unless the options ask for signatures, or [signing] says that releases of its version are signed.
///
/// `verify file` and `verify image` verify the signature of a file or image, and take neither project nor configuration.
#[derive(Clone, Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  plimsoll verify v1.4.0
  plimsoll verify v1.4.0 -o json
  plimsoll verify v1.4.0 --output-signatures signatures
  plimsoll verify file app.tar.gz --bundle app.tar.gz.sigstore.json --key release.pub
  plimsoll verify image ghcr.io/acme/app:v1.0.0 --key release.pub"
)]
pub(super) struct Verify {
    /// What else is verified than a release
    #[command(subcommand)]
    pub what: Option<What>,
    /// The git tag, or the version
    #[arg(value_name = "TAG", required = true)]
    pub tag: Option<String>,
    /// Who must have signed.
    #[command(flatten)]
    pub signer: Signer,
    /// Ask nobody who signed: only whether it is what was released
    #[arg(long, env = "PLIMSOLL_INTEGRITY_ONLY", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub integrity_only: bool,
    /// Write what is signed of it into a folder: the bundle of each image and chart, and the envelopes of what is stated of it
    #[arg(long, value_name = "DIR", env = "PLIMSOLL_OUTPUT_SIGNATURES", conflicts_with = "integrity_only")]
    pub output_signatures: Option<PathBuf>,
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

/// What else is verified than a release.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum What {
    File(Box<file::VerifyFile>),
    Image(Box<image::VerifyImage>),
}

impl Verify {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match (&self.what, &self.tag) {
            (Some(What::File(file)), _) => file.run(session),
            (Some(What::Image(image)), _) => image.run(session),
            (None, Some(tag)) => {
                let asking = self.asking(session)?;
                let output = self.output_signatures.as_deref();
                let verified = session.look(verify(session, tag, self.place, asking, output));
                verified.map_err(|failure| advise_other(session, tag, failure))
            }
            (None, None) => {
                Err(usage("verify what?").help("name a git tag: `plimsoll verify v1.4.0`").into())
            }
        }
    }
}

impl Verify {
    /// What is asked of signatures.
    fn asking(&self, session: &Session<'_>) -> Result<Asking, Failure> {
        let signer = self.signer.read(session)?;
        match (signer, self.integrity_only) {
            (RequiredSigner::Unstated, false) => Ok(Asking::Policy),
            (RequiredSigner::Unstated, true) => Ok(Asking::Nobody),
            (signer, false) => {
                let root = self.signer.find_root(session, &signer)?;
                Ok(Asking::Stated(Box::new(signer), root.map(Box::new)))
            }
            (_, true) => Err(contradiction()),
        }
    }
}

/// What is named as a release may be a file or an image.
fn advise_other(session: &Session<'_>, named: &str, failure: Failure) -> Failure {
    let is_about_name = |problem: &Diagnostic| {
        use Code::{ConfigMissing, NoRepository, TagInvalid, TagMissing, UnknownRelease};
        matches!(problem.code, ConfigMissing | NoRepository | TagInvalid | TagMissing | UnknownRelease)
    };
    let advice = match named {
        _ if !failure.problems.all().iter().all(is_about_name) => return failure,
        _ if session.path(Path::new(named)).is_file() => {
            format!(
                "to verify who signed the file: `plimsoll verify file {named} --bundle {named}.sigstore.json --key KEY`"
            )
        }
        // No git tag has a colon.
        _ if named.contains(':') => {
            format!("to verify who signed an image: `plimsoll verify image {named} --key KEY`")
        }
        _ => return failure,
    };
    let problems = failure.problems.into_iter().map(|problem| problem.help(advice.clone())).collect();
    Failure { problems, ..failure }
}

/// What is asked of the signatures of a release.
pub(crate) enum Asking {
    /// That they are by whom the configuration says.
    Policy,
    /// That they are by whom the command line says.
    Stated(Box<RequiredSigner>, Option<Box<TrustedRoot>>),
    /// Nothing.
    Nobody,
}

/// Verifies one release; where it is right, what is signed of it is written into a folder, if one is named.
pub(crate) async fn verify(
    session: &Session<'_>,
    tag: &str,
    place: Place,
    asking: Asking,
    output: Option<&Path>,
) -> Outcome {
    let at = Where::of(place);
    let library = Library::open(session, "verify", Some(tag), &at, Reach::Everything).await?;
    let release = library.find(tag, Comparing::Later).await?;
    let (Some(subject), Some(voyage)) = (&library.subject, &library.voyage) else {
        return Err(Diagnostic::error(Code::Bug, Cure::ReportBug, "verification has no world").into());
    };
    let mut world = voyage.world.clone();
    let demand = match asking {
        Asking::Policy => Demand::Policy,
        Asking::Nobody => Demand::Nothing,
        Asking::Stated(signer, root) => {
            world.signatures = wire::signatures_by(vec![*signer], root.as_deref());
            Demand::Signatures
        }
    };
    let verification = act::verify(world.eyes(), subject.project(), &release, demand).await;
    let (marks, unread) = library.read_marks(std::slice::from_ref(&release)).await;
    library.quiet();
    let asked = &library.asked;
    let verification = verification.map_err(|stop| explain::findings(&stop, asked))?;
    if let Some(folder) = output
        && gravest(&verification).is_none()
    {
        let files = act::verify::read_signed_files(world.eyes(), &release).await;
        let files = files.map_err(|error| error.explain(asked))?;
        if files.is_empty() {
            session.say("nothing is written: it was recorded as unsigned");
        }
        for file in &files {
            // The tag of a component has a name with `/` in it.
            let path = folder.join(file.name.replace('/', "-"));
            wire::write_whole(&session.path(&path), &file.bytes).map_err(|error| error.explain(asked))?;
            session.say(&format!("wrote {}", path.display()));
        }
    }
    let info = VerificationInfo::of(&release, &verification, &marks);
    let mut problems = library.warnings(&[]);
    problems.extend(warn_of_release(&marks, &release));
    problems.extend(unread);
    problems.extend(warn_of_installed(session, &library, &release).await);
    problems.extend(find_unpushed(subject, &release.tag).await);
    let unstated = verification.authorship == Authorship::Unstated;
    problems.extend(explain_lost_claim(&release, &verification.checks, asked));
    let others = Verification { checks: without_lost_claims(&verification.checks), ..verification };
    problems.extend(gravest(&others).map(|code| match code {
        Code::SignatureRefused if unstated => explain_unstated(tag),
        code => {
            let explained = explain_code(code, tag, &others.checks, (asked, demand));
            let explained = advise_put_back(explained, &release, &others.checks, asked);
            let explained = advise_environments(explained, tag, &others.checks, asked);
            advise_pointing_back(explained, &others.checks, asked)
        }
    }));
    Ok(Ended::with(Answer::Verification(info), Findings::from_iter(problems)))
}

/// A release that was made from a tag of one clone is right there, and drift everywhere else.
async fn find_unpushed(subject: &Subject, tag: &TagAt) -> Option<Diagnostic> {
    let remote = subject.remote.as_ref().filter(|_| !tag.on_remote)?;
    let there = subject.repository.read_tag(&tag.name, Some(remote)).await.ok()?;
    (!there.on_remote).then(|| in_this_clone_alone(&tag.name))
}

/// Why a release is not promoted that is not what it was.
pub(super) fn explain_verification(release: &Release, checks: &[Check], asked: &Asked) -> Diagnostic {
    let code = gravest_of(checks).unwrap_or(Code::Drift);
    let tag = release.tag.name.to_string();
    let about = Asked { tag: Some(tag.clone()), ..asked.clone() };
    let others = without_lost_claims(checks);
    let mut explained =
        match explain_lost_claim(release, checks, &about).filter(|_| gravest_of(&others).is_none()) {
            Some(lost) => lost,
            None => advise_put_back(
                explain_code(code, &tag, checks, (&about, Demand::Policy)),
                release,
                checks,
                &about,
            ),
        };
    let mut reasons = BTreeSet::new();
    for Check { subject, outcome, .. } in checks {
        match outcome {
            CheckOutcome::Ok | CheckOutcome::Superseded(_) => {}
            // Of what nobody could look at it is not known whether it is as released.
            CheckOutcome::Unreachable(why) | CheckOutcome::Denied(why) => {
                reasons.insert(why);
                explained = explained.fact("not looked at", subject);
            }
            CheckOutcome::Lies(_) if is_damaged_file(checks) => {}
            _ => explained = explained.fact("not as released", subject),
        }
    }
    explained = reasons.into_iter().fold(explained, Diagnostic::because);
    explained.help(format!("see all: `{}`; nothing was promoted", about.command("verify")))
}

/// What is said of a release whose claim is gone.
fn explain_lost_claim(release: &Release, checks: &[Check], asked: &Asked) -> Option<Diagnostic> {
    let is_lost = checks.iter().any(Check::is_of_lost_claim);
    is_lost.then(|| explain::claim::lost(&[release.tag.name.0.as_str()], asked))
}

fn without_lost_claims(checks: &[Check]) -> Vec<Check> {
    checks.iter().filter(|check| !check.is_of_lost_claim()).cloned().collect()
}

/// How the git tag comes back, where that is not what it was: no release writes it again.
fn advise_put_back(
    mut explained: Diagnostic,
    release: &Release,
    checks: &[Check],
    asked: &Asked,
) -> Diagnostic {
    let fate_of = |check: &Check| check.find_tag_fate(&release.tag.name);
    let Some(fate) = checks.iter().find_map(fate_of) else { return explained };
    let is_drift = |check: &&Check| matches!(check.outcome, CheckOutcome::Drift { .. });
    if checks.iter().filter(is_drift).all(|check| fate_of(check).is_some()) {
        explained.help.clear();
    }
    put_back(explained, &release.tag, fate, asked)
}

/// How version tags come back that somebody has pointed at something else: no release writes over what is foreign.
fn advise_pointing_back(explained: Diagnostic, checks: &[Check], asked: &Asked) -> Diagnostic {
    let moved = checks.iter().filter_map(Check::find_moved_tag);
    moved.fold(explained, |explained, (repository, tag, released)| {
        explained.help(point_back(repository, tag, released, asked.keeping))
    })
}

/// How environments come to this release in which one stands that counts no more.
fn advise_environments(explained: Diagnostic, tag: &str, checks: &[Check], asked: &Asked) -> Diagnostic {
    let stale: Vec<&str> = checks.iter().filter_map(Check::find_stale_environment).collect();
    if stale.is_empty() {
        return explained;
    }
    let about = Asked { tag: Some(tag.to_owned()), ..asked.clone() };
    explained.help(format!("to put {tag} into {}: `{}`", stale.join(", "), about.command("rollback")))
}

fn explain_unstated(tag: &str) -> Diagnostic {
    let message = format!("it is not said whose signatures count, so who released {tag} is not vouched for");
    Diagnostic::error(Code::SignatureRefused, Cure::FixThenRunAgain, message)
        .help("say it once, in [[trust]] of plimsoll.toml: a `key`, or `issuer` and `identity`")
        .help("or here: `--key FILE`, or `--certificate-identity ID --certificate-oidc-issuer URL`")
        .help("`--integrity-only` looks only whether it is what was released")
}

/// Whether what does not have its digest is files of the ledger, and nothing else.
fn is_damaged_file(checks: &[Check]) -> bool {
    let mut lies = checks.iter().filter(|check| matches!(check.outcome, CheckOutcome::Lies(_))).peekable();
    lies.peek().is_some() && lies.all(|check| check.place == CheckPlace::Ledger)
}

/// What is wrong where files of the ledger alone are damaged: the registry has what was released.
fn explain_damaged_file(tag: &str, checks: &[Check], asked: &Asked) -> Diagnostic {
    let message = format!("the ledger has files of {tag} that are not what was released");
    let mut damaged = Diagnostic::error(Code::VerificationFailed, Cure::FixThenRunAgain, message);
    for check in checks.iter().filter(|check| matches!(check.outcome, CheckOutcome::Lies(_))) {
        damaged = damaged.fact("damaged", &check.subject);
    }
    let rebuild = Asked { tag: None, ..asked.clone() }.command("ledger rebuild");
    damaged.help(format!("`{rebuild}` puts what was released in their place, and keeps what is there now"))
}

fn explain_code(code: Code, tag: &str, checks: &[Check], (asked, demand): (&Asked, Demand)) -> Diagnostic {
    if code == Code::SignatureRefused && checks.iter().any(Check::is_of_unsigned_record) {
        let unsigned = explain_unsigned(&[tag], demand);
        return match (asked.verb, demand) {
            ("verify", Demand::Policy) => {
                unsigned.help("`--integrity-only` looks only whether it is what was recorded")
            }
            _ => unsigned,
        };
    }
    if code == Code::VerificationFailed && is_damaged_file(checks) {
        return explain_damaged_file(tag, checks, asked);
    }
    let (message, cure, help) = match code {
        Code::VerificationFailed => (
            format!("{tag} has content that does not have its digest"),
            Cure::FixThenRunAgain,
            match asked.keeping {
                Keeping::Local => format!(
                    "delete what has other bytes, `.plimsoll/registry/REPOSITORY/blobs/sha256/DIGEST`; `{}` writes it again",
                    asked.command("release")
                ),
                Keeping::Remote => {
                    "do not use what failed; look at the registry, and at what stands between".to_owned()
                }
            },
        ),
        Code::SignatureRefused => (
            format!("{tag} is not signed by whom it must be"),
            Cure::FixThenRunAgain,
            format!(
                "what is ours and lost is attached again by `{}`; do not use what nobody vouches for",
                asked.command("release")
            ),
        ),
        Code::Drift => (
            format!("{tag} is not what was released"),
            Cure::FixThenRunAgain,
            format!(
                "what is missing is written again by `{}`; what is foreign never is",
                asked.command("release")
            ),
        ),
        Code::Burnt => (
            format!("{tag} was burnt: it is not released, and never will be"),
            Cure::NewVersion,
            format!("see why: `{}`; release the next version", asked.command("status")),
        ),
        Code::Incomplete => (
            format!("{tag} is past its commit point, but not finished"),
            Cure::RunAgain,
            format!("`{}` finishes it, from any machine", asked.command("release")),
        ),
        Code::RegistryDenied => (
            format!("{tag} may not be looked at everywhere with the logins at hand"),
            Cure::FixThenRunAgain,
            "log in where it was denied (`docker login REGISTRY`), or name a login under `[registries]`"
                .to_owned(),
        ),
        _ => (
            format!("{tag} could not be looked at everywhere"),
            Cure::RunAgain,
            "what could not be looked at is neither right nor wrong: verify again".to_owned(),
        ),
    };
    Diagnostic::error(code, cure, message).help(help)
}
