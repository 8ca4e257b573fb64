//! How a run ended that did not reach its end.

use plimsoll_engine::act::verify::TagFate;
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::claim::{Holder, State, Why};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::make::MakeError;
use plimsoll_engine::run::stop::{LostClaim, Stop};

use super::chart::chart_fault;
use super::claim::write_again;
use super::make::{deployment, in_image};
use super::released_tag::{moved_since, point_back, put_back};
use super::{Asked, Explain, Keeping, mirror};

/// Everything that a stop has to say: several findings where several things are wrong.
pub fn findings(stop: &Stop, asked: &Asked) -> Findings {
    match stop {
        Stop::Unsealable(faults) if !faults.is_empty() => {
            faults.iter().map(|fault| fault.explain(asked)).collect()
        }
        Stop::Make(make) => match &**make {
            MakeError::Deployment(fault) => deployment(fault, asked).into_iter().collect(),
            MakeError::Chart(fault) => chart_fault(fault, asked).into_iter().collect(),
            other => other.explain(asked).into(),
        },
        other => other.explain(asked).into(),
    }
}

impl Explain for Stop {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let error = |code, cure, message: &str| Diagnostic::error(code, cure, message);
        let said = |code, cure| error(code, cure, &self.to_string());
        match self {
            Stop::Held { holder, state } => {
                let held = error(Code::ClaimHeld, Cure::RunAgain, "another run is releasing this version");
                with_holder(held, holder)
                    .fact("state", state)
                    .help(format!("wait for it, and look with `{}`", asked.command("status")))
                    .help(format!("if it is dead: `{} --take-over`", asked.command("release")))
            }
            Stop::Taken { repository, tag, found, claim } => {
                let taken = said(Code::TagTaken, Cure::NewVersion).fact("found", found);
                let taken = match claim {
                    Some(state) => taken.fact("claim", state),
                    None => taken,
                };
                let taken = taken
                    .help("a version tag is never moved; release the next version")
                    .help(format!("what was released must stay: `plimsoll whatis {found}` says whether that is"))
                    .help(format!("or, if it was pushed by mistake, delete {repository}:{tag} and run again"));
                match claim {
                    Some(State::Reserved | State::Sealed) => taken.help(format!(
                        "the claim of this version stays: `{}` takes it back, and the git tag with it",
                        asked.command("withdraw")
                    )),
                    Some(State::Committed | State::Published | State::Burnt) | None => taken,
                }
            }
            Stop::ClaimLost(lost) => {
                let LostClaim { released, now, repository, tag, record } = &**lost;
                let lost = said(Code::ClaimLost, Cure::FixThenRunAgain)
                    .of_a_published_release()
                    .fact("released from", &released.commit)
                    .fact("record", format_args!("{repository}:{record}"));
                let lost = match *now == released.object {
                    true => lost,
                    false => {
                        let lost = lost.fact("the git tag was moved since, from", &released.object);
                        put_back(lost, released, TagFate::Moved, asked)
                    }
                };
                lost.help(write_again(asked))
                    .help(format!("leave {repository}:{tag} where it is: it is what was released"))
            }
            Stop::Recorded { file, found, of_other: Some(other) } => {
                let taken = said(Code::RecordTaken, Cure::FixThenRunAgain)
                    .fact("file", file)
                    .fact("found", found)
                    .fact("a record of", other);
                match asked.keeping {
                    Keeping::Local => taken
                        .help("with `--local` all projects of a repository keep their records in one folder")
                        .help(format!("release a version that {other} does not have, or rehearse this one: `plimsoll rehearse`")),
                    Keeping::Remote => taken
                        .help(format!("keep the records of this project where none of {other} are: `directory = \"releases/NAME\"` under `[records]`"))
                        .help("and move there what it has released before"),
                }
            }
            Stop::Recorded { file, found, of_other: None } => said(Code::RecordTaken, Cure::NewVersion)
                .fact("file", file)
                .fact("found", found)
                .help("a record never changes; release the next version")
                .help("or, if the file was put there by mistake, take it away and run again"),
            Stop::OwnTagTaken { tag, found } => said(Code::GitTagTaken, Cure::NewVersion)
                .fact("found", found)
                .help("a chart's version is tagged once; release the next version")
                .help(format!("or, if it was made by mistake, delete {tag} on the remote and run again")),
            Stop::NumberTaken { release, .. } => said(Code::ChartTaken, Cure::NewVersion)
                .help(format!("that release makes it: `plimsoll status` shows how far {release} is"))
                .help("a chart that is released by itself gets the next number: `plimsoll chart release`"),
            Stop::Listed { listed, found } => said(Code::ChartTaken, Cure::NewVersion)
                .fact("branch", &listed.branch)
                .fact("found", found)
                .help("a version of a chart is published once; release the next version")
                .help("or, if it was listed by mistake, take its entry out of index.yaml and run again"),
            Stop::TagMoved { tag, now: now @ Some(_) } => moved(said(Code::TagMoved, Cure::RunAgain), &tag.object, now.as_ref())
                .help("nothing of this run is visible; running again releases what the tag says then"),
            Stop::TagMoved { tag, now: None } => {
                withdrawn(moved(said(Code::TagMoved, Cure::FixThenRunAgain), &tag.object, None), asked)
            }
            Stop::TagMovedSince { released } => moved_since(released, asked),
            Stop::Deposed { by } => {
                let see = format!("see how far it is: `{}`", asked.command("status"));
                match by {
                    Some(holder) => with_holder(said(Code::Deposed, Cure::RunAgain), holder).help(see),
                    None => {
                        let message = "this version was withdrawn while it was released";
                        let deposed = error(Code::Deposed, Cure::FixThenRunAgain, message);
                        withdrawn(deposed.fact("by", "`plimsoll withdraw`"), asked)
                    }
                }
            }
            Stop::Burnt { why } => {
                let burnt = error(Code::Burnt, Cure::NewVersion, "this version was burnt: it can't be released any more");
                let burnt = match why {
                    Some(Why::Conflict { repository, found }) => {
                        burnt.fact("why", format_args!("a version tag in {repository} was somebody else's")).fact("found", found)
                    }
                    Some(Why::Gone { repository, missing }) => {
                        burnt.fact("why", format_args!("content was lost from {repository}")).fact("missing", missing)
                    }
                    None => burnt,
                };
                burnt.help("release the next patch")
            }
            Stop::Drift { tag, found } => said(Code::Drift, Cure::FixThenRunAgain)
                .of_a_published_release()
                .fact("want", &tag.digest)
                .fact("found", found)
                .help(point_back(&tag.repository, &tag.tag, &tag.digest, asked.keeping))
                .help("find out who moved it; who pulls by digest gets what was released"),
            Stop::Lost { repository, missing } => said(Code::Drift, Cure::FixThenRunAgain)
                .of_a_published_release()
                .fact("missing", missing)
                .fact("in", repository)
                .help("push the content back from any copy of it, then run again: what is there is repaired from it"),
            Stop::GitTagDrift { tag, now } => {
                let message = match (now, asked.keeping) {
                    (Some(_), _) => self.to_string(),
                    (None, Keeping::Local) => format!("git tag {} is gone since the release was committed", tag.name),
                    (None, Keeping::Remote) => {
                        format!("git tag {} is not on the remote any more, which it was released from", tag.name)
                    }
                };
                let drift = error(Code::GitTagDrift, Cure::FixThenRunAgain, &message);
                let drift = moved(drift, &tag.object, now.as_ref())
                    .of_a_published_release()
                    .fact("released from", &tag.commit);
                let fate = if now.is_some() { TagFate::Moved } else { TagFate::Gone };
                put_back(drift, tag, fate, asked).help("protect release tags on the remote")
            }
            Stop::OwnTagDrift { tag, want, found } => {
                let drift = said(Code::GitTagDrift, Cure::FixThenRunAgain).of_a_published_release();
                let drift = match found {
                    Some(found) => drift.fact("found", found),
                    None => drift,
                };
                drift
                    .fact("released from", want)
                    .help(format!("delete {tag} on the remote if it was made by mistake, and run again"))
            }
            Stop::Gone { repository, missing, holder } => {
                let gone = error(Code::ContentGone, Cure::RunAgain, "content of this release is nowhere to be found")
                    .fact("missing", missing)
                    .fact("in", repository);
                match holder {
                    Some(holder) => with_holder(gone, holder)
                        .help("run it again on that machine, which may still have the content")
                        .help(format!("if that run is dead for good: `{} --take-over`", asked.command("release"))),
                    None => gone.help("push the content back from any copy of it"),
                }
            }
            Stop::Mirrors { troubles } => mirror::explain(troubles, asked),
            Stop::Unsettled => said(Code::Unsettled, Cure::RunAgain)
                .of_a_published_release()
                .help("somebody else moves the same tags: look who writes to these repositories"),
            Stop::Outpaced => said(Code::Incomplete, Cure::RunAgain)
                .help(format!("see who is at it: `{}`", asked.command("status"))),
            Stop::Collision(collision) => Diagnostic::from(&**collision).help(format!(
                "the claim of this version stays: `{}` takes it back, and the git tag with it",
                asked.command("withdraw")
            )),
            Stop::NothingToShip => said(Code::MissingKey, Cure::FixThenRunAgain)
                .help("add an [[image]] table with a `repository` to plimsoll.toml"),
            Stop::Mark(error) => error.explain(asked)
                .of_a_published_release()
                .fact("moving tags", "left where they are"),
            Stop::Unsayable(unsayable) => unsayable.explain(asked),
            Stop::Contested { announcements, repository } => {
                let mut contested = said(Code::Contested, Cure::FixThenRunAgain).fact("in", repository);
                for tag in announcements {
                    contested = contested.fact("announced", tag);
                }
                contested
                    .help("delete all of these tags but the one that is meant, then run again")
                    .help("with a claim this is decided without you: take out `claim = \"none\"`")
            }
            Stop::NotWithdrawable { state } => {
                let refused = said(Code::NotWithdrawable, Cure::NewVersion).fact("state", state);
                match state {
                    State::Committed => {
                        refused.help(format!("it can only be finished: `{}`", asked.command("release")))
                    }
                    State::Published => refused
                        .of_a_published_release()
                        .help("its number is spent; release the next version"),
                    State::Burnt | State::Reserved | State::Sealed => {
                        refused.help("its number is spent; release the next version")
                    }
                }
            }
            Stop::PublicUnclaimed { repository, tag, found } => {
                said(Code::NotWithdrawable, Cure::FixThenRunAgain)
                    .fact("found", found)
                    .help("if it is this release, its number is spent; release the next version")
                    .help(format!("if it was pushed by mistake, delete {repository}:{tag} and run again"))
            }
            Stop::OtherCommit { found, wanted, .. } => said(Code::CommitTagTaken, Cure::FixThenRunAgain)
                .fact("want", wanted)
                .fact("found", found)
                .help("the commits begin alike: take `{commit}`, all of its digits, into the tag in the place of `{sha}`"),
            Stop::CommitImage { repository, tag, image, fault } => in_image(image.as_str(), fault.explain(asked))
                .fact("under", format_args!("{repository}:{tag}"))
                .help("the first image of a commit is kept; delete the tag, then run again, and it is made anew"),
            Stop::Inspection(error) => error.explain(asked),
            Stop::Make(make) => make.explain(asked),
            Stop::Unsealable(faults) => match faults.first() {
                Some(first) => first.explain(asked),
                None => said(Code::Bug, Cure::ReportBug),
            },
            Stop::ClaimFormat(format) => format.explain(asked),
            Stop::Record(record) => record.explain(asked),
            Stop::Ship(ship) => ship.explain(asked),
        }
    }
}

pub(crate) fn with_holder(diagnostic: Diagnostic, holder: &Holder) -> Diagnostic {
    let diagnostic = diagnostic.fact("by", &holder.host).fact("since", holder.since);
    match &holder.url {
        Some(url) => diagnostic.fact("run", url),
        None => diagnostic,
    }
}

/// What was withdrawn is released again by whoever has its git tag still.
fn withdrawn(diagnostic: Diagnostic, asked: &Asked) -> Diagnostic {
    let tag = asked.tag.as_deref().unwrap_or("TAG");
    diagnostic
        .help(format!("if somebody withdrew it, delete the git tag here, too: `git tag -d {tag}`; running again would release it from the tag that is left in this clone"))
        .help(format!("if it is to be released all the same: `git push origin {tag}`, then run again"))
}

fn moved(diagnostic: Diagnostic, want: &Oid, now: Option<&Oid>) -> Diagnostic {
    let found = now.map_or("nothing: the tag is gone".to_owned(), ToString::to_string);
    diagnostic.fact("want", want).fact("found", found)
}
