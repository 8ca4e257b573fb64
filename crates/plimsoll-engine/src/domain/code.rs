//! The codes of everything that can go wrong: kebab words, each with a heading in `docs/errors.md`.

use std::fmt;

/// What kind of problem it is. Codes are API: scripts match on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Plimsoll itself went wrong.
    Bug,
    /// The command line can't be understood.
    Usage,
    /// There is no `plimsoll.toml`.
    ConfigMissing,
    /// The configuration is no TOML.
    ConfigSyntax,
    /// The configuration has a key that means nothing.
    UnknownKey,
    /// The configuration lacks a key.
    MissingKey,
    /// A value in the configuration can't be used.
    InvalidValue,
    /// A word that is kept for later was used.
    ReservedWord,
    /// The project asks for another Plimsoll.
    RequiredVersion,
    /// An image tag rule can't be classified, or can't be right.
    TagRule,
    /// One image tag would follow two lines.
    TwoLines,
    /// Two images would get one tag in one repository.
    TagCollision,
    /// This is no git repository.
    NoRepository,
    /// The repository has no commits.
    NoCommits,
    /// Tracked files are modified.
    DirtyTree,
    /// The clone lacks history that is needed.
    ShallowClone,
    /// The git tag is in this clone alone.
    TagNotPushed,
    /// There is no git remote to hold the claim.
    NoRemote,
    /// What the CI system says of the event that set the job off can't be read.
    CiEvent,
    /// A version file can't be read.
    VersionFileInvalid,
    /// A file that an image needs is not there.
    FileMissing,
    /// A file that git does not track lies beside another commit than the tag's.
    UntrackedElsewhere,
    /// A path leads outside of where it must stay.
    PathEscape,
    /// An image layout or archive is broken.
    LayoutInvalid,
    /// An image lacks a platform.
    PlatformMissing,
    /// An image's manifest or config can't be worked with.
    ImageInvalid,
    /// What is to be attested is not of the type that it is said to be.
    PredicateInvalid,
    /// A Dockerfile is not there, is none, or lacks a stage.
    DockerfileInvalid,
    /// An image was built twice for a platform, or for one that it does not have.
    PlatformUnexpected,
    /// A secret that a build needs is not there.
    SecretMissing,
    /// A build context has files that are secret by their names, and nothing keeps them out.
    SecretsInContext,
    /// A platform is built by emulation, every time from the start.
    EmulatedUncached,
    /// A build's cache lies in a repository of releases.
    CacheAmongReleases,
    /// A workflow of a CI system is no YAML.
    WorkflowInvalid,
    /// A job that releases lacks a permission that the configuration needs.
    WorkflowPermissions,
    /// No workflow is set off by what the configuration releases.
    WorkflowTrigger,
    /// A job fetches less of the history than it looks at.
    WorkflowCheckout,
    /// Another workflow writes what Plimsoll releases.
    WorkflowRival,
    /// A workflow runs the commits of strangers with its own rights.
    WorkflowUntrusted,
    /// A workflow releases into a folder that its runner throws away.
    WorkflowLocal,
    /// A claim or record was written by a newer Plimsoll.
    ClaimFormat,
    /// No such release is known.
    UnknownRelease,
    /// A file of the ledger is broken.
    LedgerInvalid,
    /// A compose file can't be read, or is none.
    ComposeInvalid,
    /// Something in a compose file hangs on the folder that it lies in.
    ComposePath,
    /// A dstack manifest is none, or one that guests refuse.
    AppComposeInvalid,
    /// A private or public key can't be used.
    KeyUnusable,
    /// A trusted root or a signing config can't be read.
    TrustInvalid,
    /// A folder or package is no chart, or none that can be packaged.
    ChartInvalid,
    /// The index of a chart repository can't be read, or has entries that Helm passes over.
    ChartIndexInvalid,
    /// The plan would change something.
    PlanHasChanges,
    /// A registry refused the credentials, or wants some.
    RegistryUnauthorized,
    /// A registry does not allow this.
    RegistryDenied,
    /// The git remote does not allow this.
    GitDenied,
    /// The forge wants a token, or another one.
    ForgeUnauthorized,
    /// The forge does not let this token do it.
    ForgeDenied,
    /// The token that proves an identity can't be used.
    IdentityToken,
    /// The git tag does not exist.
    TagMissing,
    /// The git tag does not point at a commit.
    TagNotACommit,
    /// The git tag is no release tag.
    TagInvalid,
    /// Pre-releases are switched off.
    PrereleaseRefused,
    /// A version file disagrees with the tag.
    VersionMismatch,
    /// A promotion tag does not sit on its version's commit.
    PromotionElsewhere,
    /// The git tag is there, on another commit.
    GitTagTaken,
    /// An image tag of this version points at other content.
    TagTaken,
    /// The ledger has a record of this version from another release.
    RecordTaken,
    /// The git tag was moved while the release was under way.
    TagMoved,
    /// The version was released from another tag object.
    TagMovedSince,
    /// A registry does not let a tag be written again.
    TagImmutable,
    /// Another run took this release over.
    Deposed,
    /// The version was burnt: it can't be released any more.
    Burnt,
    /// Several sets of content announce themselves as one version.
    Contested,
    /// No image has tags for this branch, or for pull requests.
    RefNotPublished,
    /// The tag of a commit is another commit's.
    CommitTagTaken,
    /// The release is past its commit point.
    NotWithdrawable,
    /// The version is not published.
    NotPublished,
    /// The version was yanked, or a rollback passes it over.
    PassedOver,
    /// There is no older version that counts.
    NoWayBack,
    /// The job runs for a pull request that a stranger wrote.
    ForkedPullRequest,
    /// Something in a compose file could run without a digest.
    ComposeUnpinned,
    /// A chart breaks a rule.
    ChartLint,
    /// A version of a chart is published with other content.
    ChartTaken,
    /// A chart would install another image than the one that is released.
    ChartImage,
    /// What was built elsewhere is no part of this release.
    PartRefused,
    /// A gate did not succeed.
    GateFailed,
    /// Bytes do not have the digest they are known by.
    ContentLies,
    /// A record that neither a claim nor a version tag confirms.
    RecordUnproven,
    /// What is there is not what was released.
    VerificationFailed,
    /// A signature is not by whom it must be, or not of what it must be.
    SignatureRefused,
    /// A smoke command did not succeed.
    SmokeFailed,
    /// The release is published, but the world differs from it.
    Drift,
    /// The git tag was moved after the release was committed.
    GitTagDrift,
    /// A registry can't be reached.
    RegistryUnreachable,
    /// A registry asks for fewer requests.
    RegistryBusy,
    /// A registry or disk has no room.
    RegistryFull,
    /// A registry answered in an unexpected way.
    RegistryRejected,
    /// Something answers that is no registry.
    NotARegistry,
    /// The git remote can't be reached.
    GitUnreachable,
    /// A git command failed.
    GitFailed,
    /// The forge can't be reached.
    ForgeUnreachable,
    /// The forge asks for fewer requests.
    ForgeBusy,
    /// The forge refused, or answered in an unexpected way.
    ForgeRejected,
    /// A program that is needed is not installed.
    ToolMissing,
    /// There is nothing that builds from Dockerfiles.
    BuilderMissing,
    /// The clock of this machine is wrong.
    ClockWrong,
    /// The builder can't be used, or can't do what is configured.
    BuilderUnusable,
    /// The builder can't run programs of a platform.
    EmulationMissing,
    /// A build did not succeed.
    BuildFailed,
    /// What is in an image was not listed.
    SbomFailed,
    /// A service that certifies, logs or timestamps signatures can't be used.
    SigningService,
    /// The file system refused.
    FileSystem,
    /// Another run is releasing this version.
    ClaimHeld,
    /// Content of a committed release is nowhere to be found.
    ContentGone,
    /// An optional mirror lacks something.
    MirrorIncomplete,
    /// Moving tags did not come to rest.
    Unsettled,
    /// A deployment did not succeed.
    DeployFailed,
    /// A step did not take effect.
    Incomplete,
    /// The run was interrupted.
    Interrupted,
}

impl Code {
    /// Every code, by exit code.
    pub const ALL: &[Code] = &[
        Code::Bug,
        Code::Usage,
        Code::ConfigMissing,
        Code::ConfigSyntax,
        Code::UnknownKey,
        Code::MissingKey,
        Code::InvalidValue,
        Code::ReservedWord,
        Code::RequiredVersion,
        Code::TagRule,
        Code::TwoLines,
        Code::TagCollision,
        Code::NoRepository,
        Code::NoCommits,
        Code::DirtyTree,
        Code::ShallowClone,
        Code::TagNotPushed,
        Code::NoRemote,
        Code::CiEvent,
        Code::VersionFileInvalid,
        Code::FileMissing,
        Code::UntrackedElsewhere,
        Code::PathEscape,
        Code::LayoutInvalid,
        Code::PlatformMissing,
        Code::ImageInvalid,
        Code::PredicateInvalid,
        Code::DockerfileInvalid,
        Code::PlatformUnexpected,
        Code::SecretMissing,
        Code::SecretsInContext,
        Code::EmulatedUncached,
        Code::CacheAmongReleases,
        Code::WorkflowInvalid,
        Code::WorkflowPermissions,
        Code::WorkflowTrigger,
        Code::WorkflowCheckout,
        Code::WorkflowRival,
        Code::WorkflowUntrusted,
        Code::WorkflowLocal,
        Code::ClaimFormat,
        Code::UnknownRelease,
        Code::LedgerInvalid,
        Code::ComposeInvalid,
        Code::ComposePath,
        Code::AppComposeInvalid,
        Code::KeyUnusable,
        Code::TrustInvalid,
        Code::ChartInvalid,
        Code::ChartIndexInvalid,
        Code::PlanHasChanges,
        Code::RegistryUnauthorized,
        Code::RegistryDenied,
        Code::GitDenied,
        Code::ForgeUnauthorized,
        Code::ForgeDenied,
        Code::IdentityToken,
        Code::TagMissing,
        Code::TagNotACommit,
        Code::TagInvalid,
        Code::PrereleaseRefused,
        Code::VersionMismatch,
        Code::PromotionElsewhere,
        Code::GitTagTaken,
        Code::TagTaken,
        Code::RecordTaken,
        Code::TagMoved,
        Code::TagMovedSince,
        Code::TagImmutable,
        Code::Deposed,
        Code::Burnt,
        Code::Contested,
        Code::RefNotPublished,
        Code::CommitTagTaken,
        Code::NotWithdrawable,
        Code::NotPublished,
        Code::PassedOver,
        Code::NoWayBack,
        Code::ForkedPullRequest,
        Code::ComposeUnpinned,
        Code::ChartLint,
        Code::ChartTaken,
        Code::ChartImage,
        Code::PartRefused,
        Code::GateFailed,
        Code::ContentLies,
        Code::RecordUnproven,
        Code::VerificationFailed,
        Code::SignatureRefused,
        Code::SmokeFailed,
        Code::Drift,
        Code::GitTagDrift,
        Code::RegistryUnreachable,
        Code::RegistryBusy,
        Code::RegistryFull,
        Code::RegistryRejected,
        Code::NotARegistry,
        Code::GitUnreachable,
        Code::GitFailed,
        Code::ForgeUnreachable,
        Code::ForgeBusy,
        Code::ForgeRejected,
        Code::ToolMissing,
        Code::BuilderMissing,
        Code::ClockWrong,
        Code::BuilderUnusable,
        Code::EmulationMissing,
        Code::BuildFailed,
        Code::SbomFailed,
        Code::SigningService,
        Code::FileSystem,
        Code::ClaimHeld,
        Code::ContentGone,
        Code::MirrorIncomplete,
        Code::Unsettled,
        Code::DeployFailed,
        Code::Incomplete,
        Code::Interrupted,
    ];

    /// The code as a kebab word.
    pub fn word(self) -> &'static str {
        match self {
            Code::Bug => "bug",
            Code::Usage => "usage",
            Code::ConfigMissing => "config-missing",
            Code::ConfigSyntax => "config-syntax",
            Code::UnknownKey => "unknown-key",
            Code::MissingKey => "missing-key",
            Code::InvalidValue => "invalid-value",
            Code::ReservedWord => "reserved-word",
            Code::RequiredVersion => "required-version",
            Code::TagRule => "tag-rule",
            Code::TwoLines => "two-lines",
            Code::TagCollision => "tag-collision",
            Code::NoRepository => "no-repository",
            Code::NoCommits => "no-commits",
            Code::DirtyTree => "dirty-tree",
            Code::ShallowClone => "shallow-clone",
            Code::TagNotPushed => "tag-not-pushed",
            Code::NoRemote => "no-remote",
            Code::CiEvent => "ci-event",
            Code::VersionFileInvalid => "version-file-invalid",
            Code::FileMissing => "file-missing",
            Code::UntrackedElsewhere => "untracked-elsewhere",
            Code::PathEscape => "path-escape",
            Code::LayoutInvalid => "layout-invalid",
            Code::PlatformMissing => "platform-missing",
            Code::ImageInvalid => "image-invalid",
            Code::PredicateInvalid => "predicate-invalid",
            Code::DockerfileInvalid => "dockerfile-invalid",
            Code::PlatformUnexpected => "platform-unexpected",
            Code::SecretMissing => "secret-missing",
            Code::SecretsInContext => "secrets-in-context",
            Code::EmulatedUncached => "emulated-uncached",
            Code::CacheAmongReleases => "cache-among-releases",
            Code::WorkflowInvalid => "workflow-invalid",
            Code::WorkflowPermissions => "workflow-permissions",
            Code::WorkflowTrigger => "workflow-trigger",
            Code::WorkflowCheckout => "workflow-checkout",
            Code::WorkflowRival => "workflow-rival",
            Code::WorkflowUntrusted => "workflow-untrusted",
            Code::WorkflowLocal => "workflow-local",
            Code::ClaimFormat => "claim-format",
            Code::UnknownRelease => "unknown-release",
            Code::LedgerInvalid => "ledger-invalid",
            Code::ComposeInvalid => "compose-invalid",
            Code::ComposePath => "compose-path",
            Code::AppComposeInvalid => "app-compose-invalid",
            Code::KeyUnusable => "key-unusable",
            Code::TrustInvalid => "trust-invalid",
            Code::ChartInvalid => "chart-invalid",
            Code::ChartIndexInvalid => "chart-index-invalid",
            Code::PlanHasChanges => "plan-has-changes",
            Code::RegistryUnauthorized => "registry-unauthorized",
            Code::RegistryDenied => "registry-denied",
            Code::GitDenied => "git-denied",
            Code::ForgeUnauthorized => "forge-unauthorized",
            Code::ForgeDenied => "forge-denied",
            Code::IdentityToken => "identity-token",
            Code::TagMissing => "tag-missing",
            Code::TagNotACommit => "tag-not-a-commit",
            Code::TagInvalid => "tag-invalid",
            Code::PrereleaseRefused => "prerelease-refused",
            Code::VersionMismatch => "version-mismatch",
            Code::PromotionElsewhere => "promotion-elsewhere",
            Code::GitTagTaken => "git-tag-taken",
            Code::TagTaken => "tag-taken",
            Code::RecordTaken => "record-taken",
            Code::TagMoved => "tag-moved",
            Code::TagMovedSince => "tag-moved-since",
            Code::TagImmutable => "tag-immutable",
            Code::Deposed => "deposed",
            Code::Burnt => "burnt",
            Code::Contested => "contested",
            Code::RefNotPublished => "ref-not-published",
            Code::CommitTagTaken => "commit-tag-taken",
            Code::NotWithdrawable => "not-withdrawable",
            Code::NotPublished => "not-published",
            Code::PassedOver => "passed-over",
            Code::NoWayBack => "no-way-back",
            Code::ForkedPullRequest => "forked-pull-request",
            Code::ComposeUnpinned => "compose-unpinned",
            Code::ChartLint => "chart-lint",
            Code::ChartTaken => "chart-taken",
            Code::ChartImage => "chart-image",
            Code::PartRefused => "part-refused",
            Code::GateFailed => "gate-failed",
            Code::ContentLies => "content-lies",
            Code::RecordUnproven => "record-unproven",
            Code::VerificationFailed => "verification-failed",
            Code::SignatureRefused => "signature-refused",
            Code::SmokeFailed => "smoke-failed",
            Code::Drift => "drift",
            Code::GitTagDrift => "git-tag-drift",
            Code::RegistryUnreachable => "registry-unreachable",
            Code::RegistryBusy => "registry-busy",
            Code::RegistryFull => "registry-full",
            Code::RegistryRejected => "registry-rejected",
            Code::NotARegistry => "not-a-registry",
            Code::GitUnreachable => "git-unreachable",
            Code::GitFailed => "git-failed",
            Code::ForgeUnreachable => "forge-unreachable",
            Code::ForgeBusy => "forge-busy",
            Code::ForgeRejected => "forge-rejected",
            Code::ToolMissing => "tool-missing",
            Code::BuilderMissing => "builder-missing",
            Code::ClockWrong => "clock-wrong",
            Code::BuilderUnusable => "builder-unusable",
            Code::EmulationMissing => "emulation-missing",
            Code::BuildFailed => "build-failed",
            Code::SbomFailed => "sbom-failed",
            Code::SigningService => "signing-service",
            Code::FileSystem => "file-system",
            Code::ClaimHeld => "claim-held",
            Code::ContentGone => "content-gone",
            Code::MirrorIncomplete => "mirror-incomplete",
            Code::Unsettled => "unsettled",
            Code::DeployFailed => "deploy-failed",
            Code::Incomplete => "incomplete",
            Code::Interrupted => "interrupted",
        }
    }

    /// The exit code of a command that ends with this (`docs/reference/exit-codes.md`).
    pub fn exit(self) -> u8 {
        match self {
            Code::Bug => 1,
            Code::Usage
            | Code::ConfigMissing
            | Code::ConfigSyntax
            | Code::UnknownKey
            | Code::MissingKey
            | Code::InvalidValue
            | Code::ReservedWord
            | Code::RequiredVersion
            | Code::TagRule
            | Code::TwoLines
            | Code::TagCollision
            | Code::NoRepository
            | Code::NoCommits
            | Code::DirtyTree
            | Code::ShallowClone
            | Code::TagNotPushed
            | Code::NoRemote
            | Code::CiEvent
            | Code::VersionFileInvalid
            | Code::FileMissing
            | Code::UntrackedElsewhere
            | Code::PathEscape
            | Code::LayoutInvalid
            | Code::PlatformMissing
            | Code::ImageInvalid
            | Code::PredicateInvalid
            | Code::DockerfileInvalid
            | Code::PlatformUnexpected
            | Code::SecretMissing
            | Code::SecretsInContext
            | Code::EmulatedUncached
            | Code::CacheAmongReleases
            | Code::WorkflowInvalid
            | Code::WorkflowPermissions
            | Code::WorkflowTrigger
            | Code::WorkflowCheckout
            | Code::WorkflowRival
            | Code::WorkflowUntrusted
            | Code::WorkflowLocal
            | Code::ClaimFormat
            | Code::UnknownRelease
            | Code::LedgerInvalid
            | Code::ComposeInvalid
            | Code::ComposePath
            | Code::AppComposeInvalid
            | Code::KeyUnusable
            | Code::TrustInvalid
            | Code::ChartInvalid
            | Code::ChartIndexInvalid => 2,
            Code::PlanHasChanges => 3,
            Code::RegistryUnauthorized
            | Code::RegistryDenied
            | Code::GitDenied
            | Code::ForgeUnauthorized
            | Code::ForgeDenied
            | Code::IdentityToken => 4,
            Code::TagMissing
            | Code::TagNotACommit
            | Code::TagInvalid
            | Code::PrereleaseRefused
            | Code::VersionMismatch
            | Code::PromotionElsewhere
            | Code::GitTagTaken
            | Code::TagTaken
            | Code::RecordTaken
            | Code::TagMoved
            | Code::TagMovedSince
            | Code::TagImmutable
            | Code::Deposed
            | Code::Burnt
            | Code::Contested
            | Code::RefNotPublished
            | Code::CommitTagTaken
            | Code::NotWithdrawable
            | Code::NotPublished
            | Code::PassedOver
            | Code::NoWayBack
            | Code::ForkedPullRequest
            | Code::ComposeUnpinned
            | Code::ChartLint
            | Code::ChartTaken
            | Code::ChartImage
            | Code::PartRefused
            | Code::GateFailed => 5,
            Code::ContentLies
            | Code::RecordUnproven
            | Code::VerificationFailed
            | Code::SignatureRefused
            | Code::SmokeFailed => 6,
            Code::Drift | Code::GitTagDrift => 7,
            Code::RegistryUnreachable
            | Code::RegistryBusy
            | Code::RegistryFull
            | Code::RegistryRejected
            | Code::NotARegistry
            | Code::GitUnreachable
            | Code::GitFailed
            | Code::ForgeUnreachable
            | Code::ForgeBusy
            | Code::ForgeRejected
            | Code::ToolMissing
            | Code::BuilderMissing
            | Code::ClockWrong
            | Code::BuilderUnusable
            | Code::EmulationMissing
            | Code::BuildFailed
            | Code::SbomFailed
            | Code::SigningService
            | Code::FileSystem => 8,
            Code::ClaimHeld
            | Code::ContentGone
            | Code::MirrorIncomplete
            | Code::Unsettled
            | Code::DeployFailed
            | Code::Incomplete => 9,
            Code::Interrupted => 130,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kebab_and_no_two_are_equal() {
        let mut words: Vec<&str> = Code::ALL.iter().map(|code| code.word()).collect();
        assert!(words.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
    }
}
