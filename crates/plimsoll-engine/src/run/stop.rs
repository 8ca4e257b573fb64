//! Why a run stops. Every reason is true when it is said, and running again is safe after each of them.

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use crate::check::seal::{ImageFault, SealFault};
use crate::domain::artifact::ArtifactName;
use crate::domain::chart::ListedVersion;
use crate::domain::claim::{ClaimFormatError, ClaimName, Holder, State, Why};
use crate::domain::git::{GitTag, Oid, TagAt};
use crate::ledger::marks::MarksError;
use crate::make::MakeError;
use crate::plan::collisions::Collision;
use crate::plan::saying::Unsayable;
use crate::ship::ShipError;
use crate::ship::version_tag::VersionTag;
use crate::statement::record::RecordError;
use crate::world::WorldError;
use crate::world::inspector::InspectionError;

/// Why a run stopped.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Stop {
    /// A live run holds the claim.
    #[error("{} is releasing this version", holder.host)]
    Held {
        /// That run.
        holder: Box<Holder>,
        /// How far it is.
        state: State,
    },
    /// Somebody else's content is under a version tag, and nothing of ours is visible.
    #[error("{repository}:{tag} is there already, and not from this run")]
    Taken {
        /// Where.
        repository: ImageRepository,
        /// Which tag.
        tag: ImageTag,
        /// What is there.
        found: Digest,
        /// How far the claim of this version is that stands all the same, which is no release's; none if there is none.
        claim: Option<State>,
    },
    /// The version is released, as the record beside its version tag says; its claim is gone.
    #[error("{} is released already, and its claim is lost", .0.released.name)]
    ClaimLost(Box<LostClaim>),
    /// The ledger already has a record of this version, and nothing of ours is visible.
    #[error("the ledger already has {file}")]
    Recorded {
        /// Its name in the ledger.
        file: String,
        /// The digest of its bytes.
        found: Digest,
        /// The other component that it is a record of, where it says one.
        of_other: Option<ArtifactName>,
    },
    /// The git tag that a chart is to have is on another commit, and nothing of ours is visible.
    #[error("git tag {tag} is there, on another commit")]
    OwnTagTaken {
        /// The tag.
        tag: GitTag,
        /// The commit that it is on.
        found: Oid,
    },
    /// Another release has this number for its chart.
    #[error("{number} is the chart of {release}")]
    NumberTaken {
        /// The chart, and its number.
        number: ClaimName,
        /// The release.
        release: String,
    },
    /// A chart repository already lists this version of a chart, and nothing of ours is visible.
    #[error("{listed} is listed already")]
    Listed {
        /// Where, and as which version.
        listed: ListedVersion,
        /// The digest of the package that is listed.
        found: Digest,
    },
    /// The git tag is not what the run began with.
    #[error("git tag {} was moved while the release was under way", tag.name)]
    TagMoved {
        /// What the run began with.
        tag: Box<TagAt>,
        /// What it is now; none if it is gone.
        now: Option<Oid>,
    },
    /// The version was released from another tag object.
    #[error("this version was released from commit {}, the tag was moved since", released.commit)]
    TagMovedSince {
        /// What it was released from.
        released: Box<TagAt>,
    },
    /// Another run took over.
    #[error("another run took this release over")]
    Deposed {
        /// That run; none if the claim was withdrawn.
        by: Option<Box<Holder>>,
    },
    /// The version is burnt.
    #[error("this version was burnt")]
    Burnt {
        /// Why.
        why: Option<Why>,
    },
    /// The release is published, but a required repository differs from it.
    #[error("{}:{} was changed after the release", tag.repository, tag.tag)]
    Drift {
        /// Which tag, and what was released under it.
        tag: Box<VersionTag>,
        /// What is there.
        found: Digest,
    },
    /// The release is published, but content of it is gone, and this machine can't bring it back.
    #[error("{missing} was lost from {repository} after the release")]
    Lost {
        /// Where.
        repository: ImageRepository,
        /// What.
        missing: Digest,
    },
    /// The release is published, but the git tag was moved after it was committed.
    #[error("git tag {} was moved after the release was committed", tag.name)]
    GitTagDrift {
        /// What was released.
        tag: Box<TagAt>,
        /// What it is now; none if it is gone.
        now: Option<Oid>,
    },
    /// The release is published, and the git tag that a chart has of its own is on another commit.
    #[error("git tag {tag} is on another commit than the chart that it names")]
    OwnTagDrift {
        /// The tag.
        tag: GitTag,
        /// The commit that the chart was released from.
        want: Oid,
        /// The commit that the tag is on.
        found: Option<Oid>,
    },
    /// Content of a committed release is missing, and the machine that has it may still come back.
    #[error("{missing} is missing from {repository} and nowhere to be found")]
    Gone {
        /// Where.
        repository: ImageRepository,
        /// What.
        missing: Digest,
        /// The run that had it.
        holder: Option<Box<Holder>>,
    },
    /// The release is done except for optional mirrors.
    #[error("an optional mirror is incomplete")]
    Mirrors {
        /// Which, and what is wrong with each.
        troubles: Vec<(ImageRepository, MirrorTrouble)>,
    },
    /// Moving tags did not come to rest.
    #[error("moving tags did not come to rest")]
    Unsettled,
    /// Other runs changed the claim each time this one had read it.
    #[error("the claim was changed again and again while this run tried to follow it")]
    Outpaced,
    /// A chart's number would be the tag of an image of the same release.
    #[error("{0}")]
    Collision(Box<Collision>),
    /// The plan has no image repository.
    #[error("the plan ships nothing")]
    NothingToShip,
    /// The release is published, but something was said of a version that this Plimsoll does not understand.
    #[error(transparent)]
    Mark(MarksError),
    /// It can't be said of released versions as they are.
    #[error(transparent)]
    Unsayable(#[from] Unsayable),
    /// Without a claim: several sets of content announce themselves.
    #[error("several sets of content announce themselves as this version")]
    Contested {
        /// Their announcements.
        announcements: Vec<ImageTag>,
        /// Where they stand.
        repository: ImageRepository,
    },
    /// The tag of a commit is another commit's.
    #[error("{repository}:{tag} is an image of another commit")]
    OtherCommit {
        /// Where.
        repository: ImageRepository,
        /// The tag.
        tag: ImageTag,
        /// The commit that its image says it was made from.
        found: String,
        /// The commit that is published.
        wanted: Oid,
    },
    /// What a commit's tag points at can't be used, and nobody makes it anew: the tag is the first one's.
    #[error("the image under {repository}:{tag} can't be used")]
    CommitImage {
        /// Where.
        repository: ImageRepository,
        /// The tag.
        tag: ImageTag,
        /// The image.
        image: ArtifactName,
        /// What is wrong with it.
        fault: Box<ImageFault>,
    },
    /// Withdrawing what can't be withdrawn.
    #[error("the release is {state} and can't be withdrawn")]
    NotWithdrawable {
        /// How far it is.
        state: State,
    },
    /// Withdrawing a version that no claim speaks for, and whose version tag is there all the same.
    #[error("there is no claim on this version, and its version tag {repository}:{tag} is there")]
    PublicUnclaimed {
        /// Where.
        repository: ImageRepository,
        /// Which tag.
        tag: ImageTag,
        /// What is there.
        found: Digest,
    },
    /// Something could not be made.
    #[error(transparent)]
    Make(Box<MakeError>),
    /// A command of the project did not succeed.
    #[error(transparent)]
    Inspection(Box<InspectionError>),
    /// What was made is not what it should be.
    #[error("what was made is not what it should be")]
    Unsealable(Vec<SealFault>),
    /// A claim that can't be read.
    #[error(transparent)]
    ClaimFormat(#[from] ClaimFormatError),
    /// A record that can't be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A step did not come to rest.
    #[error(transparent)]
    Ship(#[from] ShipError),
}

/// A version that is released, and has no claim.
#[derive(Clone, Debug)]
pub struct LostClaim {
    /// What it was released from.
    pub released: TagAt,
    /// What the git tag points at now.
    pub now: Oid,
    /// Where its record was found.
    pub repository: ImageRepository,
    /// The version tag beside that.
    pub tag: ImageTag,
    /// The tag of the record.
    pub record: ImageTag,
}

impl Stop {
    /// What there is to say of optional mirrors that were left behind, if any were.
    pub(crate) fn unless_in_line(behind: &[(ImageRepository, MirrorTrouble)]) -> Result<(), Stop> {
        match behind {
            [] => Ok(()),
            behind => Err(Stop::Mirrors { troubles: behind.to_vec() }),
        }
    }

    /// True if this run has failed, so that what it began is over: not stopped by its user, and not by another run, which may
    /// bring it to its end. An optional mirror is told of when everything else is done.
    pub fn is_failure(&self) -> bool {
        !matches!(
            self,
            Stop::Held { .. }
                | Stop::Deposed { .. }
                | Stop::Outpaced
                | Stop::Contested { .. }
                | Stop::Mirrors { .. }
                | Stop::Gone { holder: Some(_), .. }
                | Stop::Ship(ShipError::World(WorldError::Stopped))
        )
    }
}

/// What is wrong with an optional mirror.
#[derive(Clone, Debug)]
pub enum MirrorTrouble {
    /// A version tag points at something else.
    Foreign {
        /// Which tag.
        tag: ImageTag,
        /// What is there.
        found: Digest,
    },
    /// Content is missing that nobody has.
    Gone {
        /// What.
        missing: Digest,
    },
    /// It lacks something of the release, so that none of its tags follows.
    Behind,
    /// It did not answer, or did not do it.
    Failed(ShipError),
}

impl From<InspectionError> for Stop {
    fn from(error: InspectionError) -> Stop {
        match error {
            InspectionError::World(error) => error.into(),
            other => Stop::Inspection(Box::new(other)),
        }
    }
}

impl From<WorldError> for Stop {
    fn from(error: WorldError) -> Stop {
        Stop::Ship(ShipError::World(error))
    }
}

impl From<MarksError> for Stop {
    fn from(error: MarksError) -> Stop {
        match error {
            MarksError::World(error) => error.into(),
            other @ (MarksError::Mark { .. } | MarksError::File { .. }) => Stop::Mark(other),
        }
    }
}
