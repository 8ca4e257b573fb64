//! What is said of errors that no command line leads to by itself: races, and services that misbehave rarely.

mod builders;
mod registries;
mod signing;

use insta::assert_snapshot;
use plimsoll_engine::check::seal::{ImageFault, SealFault};
use plimsoll_engine::domain::claim::{CiRun, Holder, State, Why};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::git::{GitTag, Oid, TagAt};
use plimsoll_engine::domain::step::StepId;
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::ledger::marks::MarksError;
use plimsoll_engine::run::stop::{LostClaim, MirrorTrouble, Stop};
use plimsoll_engine::ship::ShipError;
use plimsoll_engine::ship::version_tag::VersionTag;
use plimsoll_engine::statement::mark::MarkError;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::error::{FileProblem, GitError};
use plimsoll_oci::name::{Digest, ImageRepository};

use super::*;
use crate::output::Ink;
use crate::output::diagnostic::render_diagnostics;
use crate::wire::RepositoryError;

fn digest(of: &str) -> Digest {
    Digest::of(of.as_bytes())
}

fn repository() -> ImageRepository {
    "ghcr.io/acme/app".parse().unwrap()
}

fn oid(digit: &str) -> Oid {
    digit.repeat(40).parse().unwrap()
}

fn tag() -> Box<TagAt> {
    let name = GitTag("v1.0.0".into());
    Box::new(TagAt { name, object: oid("a"), commit: oid("b"), on_remote: true })
}

fn holder() -> Box<Holder> {
    let ci = CiRun {
        server: "https://github.com".into(),
        repository: "acme/app".into(),
        id: "7".into(),
        attempt: 1,
    };
    Box::new(Holder {
        run: "0".repeat(32),
        url: Some("https://github.com/acme/app/actions/runs/7".into()),
        ci: Some(ci),
        host: "runner-7".into(),
        boot: None,
        process: None,
        since: Moment(1_795_216_475),
    })
}

/// What a user sees, digests shortened.
fn shown(errors: &[&dyn Explain]) -> String {
    let asked = Asked { verb: "release", tag: Some("v1.0.0".into()), keeping: Keeping::Remote };
    let explained: Vec<String> =
        errors.iter().map(|error| render_diagnostics(&[error.explain(&asked)], Ink::Plain)).collect();
    crate::output::human::shorten(&explained.join("\n\n"))
}

#[test]
fn tags_of_commits() {
    let (repository, name) = (repository(), "sha-0000000");
    let image = "app".parse().unwrap();
    let lacks =
        ImageFault::Lacks { lacking: vec!["linux/arm64".parse().unwrap()], has: vec!["linux/amd64".into()] };
    let errors: [&dyn Explain; 1] =
        [&Stop::CommitImage { repository, tag: name.parse().unwrap(), image, fault: Box::new(lacks) }];
    assert_snapshot!(shown(&errors), @r"
    error[platform-missing]: image `app`: the image lacks linux/arm64
     |
     = want: linux/arm64
     = found: linux/amd64
     = under: ghcr.io/acme/app:sha-0000000
     = help: build the missing platforms, or take them out of the image's `platforms`
     = help: the first image of a commit is kept; delete the tag, then run again, and it is made anew
    ");
}

#[test]
fn releases_whose_claim_is_lost() {
    let lost = |now| {
        Stop::ClaimLost(Box::new(LostClaim {
            released: *tag(),
            now,
            repository: repository(),
            tag: "1.0.0".parse().unwrap(),
            record: "plimsoll-1.0.0-aaaaaaaaaaaa".parse().unwrap(),
        }))
    };
    assert_snapshot!(shown(&[&lost(tag().object), &lost(oid("c"))]), @r"
    error[claim-lost]: v1.0.0 is released already, and its claim is lost
     |
     = released from: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
     = record: ghcr.io/acme/app:plimsoll-1.0.0-aaaaaaaaaaaa
     = help: `plimsoll audit --repair` writes the claim again, from the record
     = help: leave ghcr.io/acme/app:1.0.0 where it is: it is what was released

    error[claim-lost]: v1.0.0 is released already, and its claim is lost
     |
     = released from: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
     = record: ghcr.io/acme/app:plimsoll-1.0.0-aaaaaaaaaaaa
     = the git tag was moved since, from: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
     = help: put it back: `git update-ref refs/tags/v1.0.0 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`, then `git push --force origin v1.0.0`
     = help: if git does not know that object, do it in a clone that still has the tag: made anew it is another one
     = help: `plimsoll audit --repair` writes the claim again, from the record
     = help: leave ghcr.io/acme/app:1.0.0 where it is: it is what was released
    ");
}

#[test]
fn runs_that_met_others() {
    let errors: [&dyn Explain; 7] = [
        &Stop::Deposed { by: Some(holder()) },
        &Stop::Deposed { by: None },
        &Stop::TagMoved { tag: tag(), now: Some(oid("c")) },
        &Stop::GitTagDrift { tag: tag(), now: None },
        &Stop::OwnTagDrift { tag: tag().name, want: tag().commit, found: Some(oid("c")) },
        &Stop::Unsettled,
        &Stop::Contested {
            announcements: vec![
                "plimsoll-1.0.0-aaaaaaaaaaaa".parse().unwrap(),
                "plimsoll-1.0.0-bbbbbbbbbbbb".parse().unwrap(),
            ],
            repository: repository(),
        },
    ];
    assert_snapshot!(shown(&errors), @r#"
    error[deposed]: another run took this release over
     |
     = by: runner-7
     = since: 2026-11-20T23:14:35Z
     = run: https://github.com/acme/app/actions/runs/7
     = help: see how far it is: `plimsoll status v1.0.0`

    error[deposed]: this version was withdrawn while it was released
     |
     = by: `plimsoll withdraw`
     = help: if somebody withdrew it, delete the git tag here, too: `git tag -d v1.0.0`; running again would release it from the tag that is left in this clone
     = help: if it is to be released all the same: `git push origin v1.0.0`, then run again

    error[tag-moved]: git tag v1.0.0 was moved while the release was under way
     |
     = want: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
     = found: cccccccccccccccccccccccccccccccccccccccc
     = help: nothing of this run is visible; running again releases what the tag says then

    error[git-tag-drift]: git tag v1.0.0 is not on the remote any more, which it was released from
     |
     = want: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
     = found: nothing: the tag is gone
     = released from: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
     = help: put it back: `git update-ref refs/tags/v1.0.0 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`, then `git push origin v1.0.0`
     = help: if git does not know that object, do it in a clone that still has the tag: made anew it is another one
     = help: protect release tags on the remote

    error[git-tag-drift]: git tag v1.0.0 is on another commit than the chart that it names
     |
     = found: cccccccccccccccccccccccccccccccccccccccc
     = released from: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
     = help: delete v1.0.0 on the remote if it was made by mistake, and run again

    error[unsettled]: moving tags did not come to rest
     |
     = help: somebody else moves the same tags: look who writes to these repositories

    error[contested]: several sets of content announce themselves as this version
     |
     = in: ghcr.io/acme/app
     = announced: plimsoll-1.0.0-aaaaaaaaaaaa
     = announced: plimsoll-1.0.0-bbbbbbbbbbbb
     = help: delete all of these tags but the one that is meant, then run again
     = help: with a claim this is decided without you: take out `claim = "none"`
    "#);
}

#[test]
fn releases_that_are_past_their_commit_point() {
    let version_tag =
        VersionTag { repository: repository(), tag: "1.0.0".parse().unwrap(), digest: digest("ours") };
    let errors: [&dyn Explain; 6] = [
        &Stop::Drift { tag: Box::new(version_tag), found: digest("theirs") },
        &Stop::Gone { repository: repository(), missing: digest("ours"), holder: None },
        &Stop::Burnt { why: Some(Why::Gone { repository: repository(), missing: digest("ours") }) },
        &Stop::NotWithdrawable { state: State::Committed },
        &Stop::PublicUnclaimed {
            repository: repository(),
            tag: "1.0.0".parse().unwrap(),
            found: digest("theirs"),
        },
        &Stop::Mirrors {
            troubles: vec![
                (
                    repository(),
                    MirrorTrouble::Foreign { tag: "1.0.0".parse().unwrap(), found: digest("theirs") },
                ),
                (repository(), MirrorTrouble::Gone { missing: digest("ours") }),
            ],
        },
    ];
    assert_snapshot!(shown(&errors), @r"
    error[drift]: ghcr.io/acme/app:1.0.0 was changed after the release
     |
     = want: sha256:ae0bec9e9d33
     = found: sha256:4c55a8552a2c
     = help: put it back: `plimsoll copy ghcr.io/acme/app@sha256:ae0bec9e9d33 ghcr.io/acme/app:1.0.0`
     = help: find out who moved it; who pulls by digest gets what was released

    error[content-gone]: content of this release is nowhere to be found
     |
     = missing: sha256:ae0bec9e9d33
     = in: ghcr.io/acme/app
     = help: push the content back from any copy of it

    error[burnt]: this version was burnt: it can't be released any more
     |
     = why: content was lost from ghcr.io/acme/app
     = missing: sha256:ae0bec9e9d33
     = help: release the next patch

    error[not-withdrawable]: the release is committed and can't be withdrawn
     |
     = state: committed
     = help: it can only be finished: `plimsoll release v1.0.0`

    error[not-withdrawable]: there is no claim on this version, and its version tag ghcr.io/acme/app:1.0.0 is there
     |
     = found: sha256:4c55a8552a2c
     = help: if it is this release, its number is spent; release the next version
     = help: if it was pushed by mistake, delete ghcr.io/acme/app:1.0.0 and run again

    error[drift]: the release is done, but not in every optional mirror
     |
     = mirror: ghcr.io/acme/app: tag `1.0.0` points at sha256:4c55a8552a2c
     = mirror: ghcr.io/acme/app: sha256:ae0bec9e9d33 is missing
     = help: what is foreign is never overwritten: point that tag back yourself, then run again
    ");
}

#[test]
fn steps_and_claims_that_did_not_come_to_rest() {
    let step = || StepId::new("push", "ghcr.io/acme/app");
    let errors: [&dyn Explain; 5] = [
        &ShipError::Conflict { step: step(), found: digest("theirs") },
        &ShipError::Gone { step: step(), missing: digest("ours") },
        &ShipError::NoEffect { step: step() },
        &WorldError::Refused,
        &WorldError::Stopped,
    ];
    assert_snapshot!(shown(&errors), @r"
    error[drift]: something else is there, and it is never overwritten
     |
     = step: push ghcr.io/acme/app
     = found: sha256:4c55a8552a2c
     = help: see what is there: `plimsoll status v1.0.0`

    error[content-gone]: content is missing that is nowhere to be found
     |
     = step: push ghcr.io/acme/app
     = missing: sha256:ae0bec9e9d33

    error[incomplete]: a step was done again and again but does not take effect
     |
     = step: push ghcr.io/acme/app
     = help: the registry may be slow to show what was written: wait a little

    error[incomplete]: the claim was changed by somebody else
     |
     = help: see who: `plimsoll status v1.0.0`

    error[interrupted]: the run was interrupted
    ");
}

#[test]
fn git_and_files() {
    let remote = || "https://github.com/acme/app".to_owned();
    let errors: [&dyn Explain; 5] = [
        &GitError::Denied { remote: remote(), why: "403".into() },
        &GitError::Failed { command: "cat-file".into(), why: "bad object".into() },
        &RepositoryError::RemoteRefused { address: "ext::sh".into() },
        &WorldError::File { path: "../x".into(), why: "it leads outside".into(), kind: FileProblem::Escapes },
        &WorldError::File { path: "dist".into(), why: "it is a socket".into(), kind: FileProblem::Broken },
    ];
    assert_snapshot!(shown(&errors), @r#"
    error[git-denied]: git remote https://github.com/acme/app does not allow this
     |
     = cause: 403
     = help: give the account the right to push to refs/plimsoll/claims/*; in GitHub Actions: `permissions: { contents: write }`
     = help: or go without a claim: claim = "none"

    error[git-failed]: git cat-file failed
     |
     = cause: bad object

    error[invalid-value]: `ext::sh` is no address that a configuration may name as a git remote
     |
     = found: ext::sh
     = help: name an https or ssh address in `project.source`

    error[path-escape]: ../x leads outside of where it must stay
    --> ../x
     = cause: it leads outside

    error[layout-invalid]: dist can't be used
    --> dist
     = cause: it is a socket
    "#);
}

#[test]
fn what_can_not_be_followed_or_understood() {
    let tag = || "plimsoll-mark-aaaaaaaaaaaa".parse().unwrap();
    let kind = MarkError::Kind { why: "unknown variant `recall`".into() };
    let broken = MarkError::Broken { why: "EOF while parsing".into() };
    let errors: [&dyn Explain; 4] = [
        &Stop::Outpaced,
        &Stop::NothingToShip,
        &Stop::Mark(MarksError::Mark { repository: repository(), tag: tag(), why: kind }),
        &MarksError::Mark { repository: repository(), tag: tag(), why: broken },
    ];
    assert_snapshot!(shown(&errors), @r"
    error[incomplete]: the claim was changed again and again while this run tried to follow it
     |
     = help: see who is at it: `plimsoll status v1.0.0`

    error[missing-key]: the plan ships nothing
     |
     = help: add an [[image]] table with a `repository` to plimsoll.toml

    error[claim-format]: something was said of a released version that this Plimsoll does not understand
     |
     = cause: it says something that this version does not understand: unknown variant `recall`
     = mark: ghcr.io/acme/app:plimsoll-mark-aaaaaaaaaaaa
     = moving tags: left where they are
     = help: a newer Plimsoll wrote it: use that one, then run again

    error[claim-format]: something was said of a released version that this Plimsoll does not understand
     |
     = cause: it can't be read: EOF while parsing
     = mark: ghcr.io/acme/app:plimsoll-mark-aaaaaaaaaaaa
     = help: look who wrote it; if it is nothing, delete the tag plimsoll-mark-aaaaaaaaaaaa in ghcr.io/acme/app, then run again
    ");
}

#[test]
fn several_findings_stay_several() {
    let fault = |image: &str| SealFault::Differs { image: image.parse().unwrap() };
    let stop = Stop::Unsealable(vec![fault("one"), fault("two")]);
    assert_eq!(findings(&stop, &Asked::default()).all().len(), 2);
    let empty = Stop::Unsealable(Vec::new());
    assert_eq!(empty.explain(&Asked::default()).code, Code::Bug);
}

#[test]
fn advice_names_the_next_command_as_it_would_be_typed() {
    let asked = Asked { verb: "release", tag: Some("v1.0.0".into()), keeping: Keeping::Local };
    assert_eq!(asked.command("status"), "plimsoll status v1.0.0 --local");
    assert_eq!(asked.command("rehearse"), "plimsoll rehearse v1.0.0", "it has no such option");
    assert_eq!(Asked { tag: None, ..asked }.command("list"), "plimsoll list --local");
    assert!(
        Asked { verb: "check", ..Asked::default() }.stay_here().ends_with("`plimsoll release TAG --local`")
    );
}

#[test]
fn local_is_advised_for_the_commands_that_take_it() {
    fn check(command: &clap::Command, path: &str) {
        for below in command.get_subcommands() {
            let path = format!("{path} {}", below.get_name());
            let has_option = below.get_arguments().any(|argument| argument.get_long() == Some("local"));
            assert_eq!(takes_local(path.trim()), has_option, "{path}");
            check(below, &path);
        }
    }
    check(&crate::cli::command(), "");
    for verb in ["tag", "check", "rehearse", "release", "status"] {
        for tag in [None, Some("v1.0.0".to_owned())] {
            let advice = Asked { verb, tag, ..Asked::default() }.stay_here();
            let has_option = advice.split("plimsoll ").nth(1).and_then(|command| command.split(' ').next());
            assert!(has_option.is_none_or(takes_local), "{advice}");
        }
    }
}
