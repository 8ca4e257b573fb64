//! The codes of everything that can go wrong: kebab words, each with a heading in `docs/errors.md`.

use std::fmt;

/// Takes the table of codes: under each exit code the meaning, the name and the word of every code that ends with it.
macro_rules! codes {
    ($(exit $exit:literal { $($(#[doc = $meaning:literal])+ $code:ident $word:literal,)+ })+) => {
        /// What kind of problem it is. Codes are API: scripts match on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($($(#[doc = $meaning])+ $code,)+)+
        }

        impl Code {
            /// Every code, by exit code.
            pub const ALL: &[Code] = &[$($(Code::$code,)+)+];

            /// The code as a kebab word.
            pub fn word(self) -> &'static str {
                match self {
                    $($(Code::$code => $word,)+)+
                }
            }

            /// The exit code of a command that ends with this (`docs/reference/exit-codes.md`).
            pub fn exit(self) -> u8 {
                match self {
                    $($(Code::$code)|+ => $exit,)+
                }
            }
        }
    };
}

codes! {
    exit 1 {
        /// Plimsoll itself went wrong.
        Bug "bug",
    }
    exit 2 {
        /// The command line can't be understood.
        Usage "usage",
        /// There is no `plimsoll.toml`.
        ConfigMissing "config-missing",
        /// The configuration is no TOML.
        ConfigSyntax "config-syntax",
        /// The configuration has a key that means nothing.
        UnknownKey "unknown-key",
        /// The configuration lacks a key.
        MissingKey "missing-key",
        /// A value in the configuration can't be used.
        InvalidValue "invalid-value",
        /// A word that is kept for later was used.
        ReservedWord "reserved-word",
        /// The project asks for another Plimsoll.
        RequiredVersion "required-version",
        /// An image tag rule can't be classified, or can't be right.
        TagRule "tag-rule",
        /// One image tag would follow two lines.
        TwoLines "two-lines",
        /// Two images would get one tag in one repository.
        TagCollision "tag-collision",
        /// This is no git repository.
        NoRepository "no-repository",
        /// The repository has no commits.
        NoCommits "no-commits",
        /// Tracked files are modified.
        DirtyTree "dirty-tree",
        /// The clone lacks history that is needed.
        ShallowClone "shallow-clone",
        /// The git tag is in this clone alone.
        TagNotPushed "tag-not-pushed",
        /// There is no git remote to hold the claim.
        NoRemote "no-remote",
        /// What the CI system says of the event that set the job off can't be read.
        CiEvent "ci-event",
        /// A version file can't be read.
        VersionFileInvalid "version-file-invalid",
        /// A file that an image needs is not there.
        FileMissing "file-missing",
        /// A file that git does not track lies beside another commit than the tag's.
        UntrackedElsewhere "untracked-elsewhere",
        /// A path leads outside of where it must stay.
        PathEscape "path-escape",
        /// An image layout or archive is broken.
        LayoutInvalid "layout-invalid",
        /// An image lacks a platform.
        PlatformMissing "platform-missing",
        /// An image's manifest or config can't be worked with.
        ImageInvalid "image-invalid",
        /// What is to be attested is not of the type that it is said to be.
        PredicateInvalid "predicate-invalid",
        /// A Dockerfile is not there, is none, or lacks a stage.
        DockerfileInvalid "dockerfile-invalid",
        /// An image was built twice for a platform, or for one that it does not have.
        PlatformUnexpected "platform-unexpected",
        /// A secret that a build needs is not there.
        SecretMissing "secret-missing",
        /// A build context has files that are secret by their names, and nothing keeps them out.
        SecretsInContext "secrets-in-context",
        /// A platform is built by emulation, every time from the start.
        EmulatedUncached "emulated-uncached",
        /// A build's cache lies in a repository of releases.
        CacheAmongReleases "cache-among-releases",
        /// A workflow of a CI system is no YAML.
        WorkflowInvalid "workflow-invalid",
        /// A job that releases lacks a permission that the configuration needs.
        WorkflowPermissions "workflow-permissions",
        /// No workflow is set off by what the configuration releases.
        WorkflowTrigger "workflow-trigger",
        /// A job fetches less of the history than it looks at.
        WorkflowCheckout "workflow-checkout",
        /// Another workflow writes what Plimsoll releases.
        WorkflowRival "workflow-rival",
        /// A version was published otherwise than the configuration would release it.
        PublishedOtherwise "published-otherwise",
        /// A workflow runs the commits of strangers with its own rights.
        WorkflowUntrusted "workflow-untrusted",
        /// A workflow releases into a folder that its runner throws away.
        WorkflowLocal "workflow-local",
        /// A claim or record was written by a newer Plimsoll.
        ClaimFormat "claim-format",
        /// No such release is known.
        UnknownRelease "unknown-release",
        /// A compose file can't be read, or is none.
        ComposeInvalid "compose-invalid",
        /// Something in a compose file hangs on the folder that it lies in.
        ComposePath "compose-path",
        /// A dstack manifest is none, or one that guests refuse.
        AppComposeInvalid "app-compose-invalid",
        /// A private or public key can't be used.
        KeyUnusable "key-unusable",
        /// A trusted root or a signing config can't be read.
        TrustInvalid "trust-invalid",
        /// Until when a key counts hangs on what releases say of themselves.
        TrustUndated "trust-undated",
        /// A folder or package is no chart, or none that can be packaged.
        ChartInvalid "chart-invalid",
        /// The index of a chart repository can't be read, or has entries that Helm passes over.
        ChartIndexInvalid "chart-index-invalid",
    }
    exit 3 {
        /// The plan would change something.
        PlanHasChanges "plan-has-changes",
    }
    exit 4 {
        /// A registry refused the credentials, or wants some.
        RegistryUnauthorized "registry-unauthorized",
        /// A registry does not allow this.
        RegistryDenied "registry-denied",
        /// The git remote does not allow this.
        GitDenied "git-denied",
        /// The forge wants a token, or another one.
        ForgeUnauthorized "forge-unauthorized",
        /// The forge does not let this token do it.
        ForgeDenied "forge-denied",
        /// The token that proves an identity can't be used.
        IdentityToken "identity-token",
    }
    exit 5 {
        /// The git tag does not exist.
        TagMissing "tag-missing",
        /// The git tag does not point at a commit.
        TagNotACommit "tag-not-a-commit",
        /// The git tag is no release tag.
        TagInvalid "tag-invalid",
        /// Pre-releases are switched off.
        PrereleaseRefused "prerelease-refused",
        /// A version file disagrees with the tag.
        VersionMismatch "version-mismatch",
        /// A promotion tag does not sit on its version's commit.
        PromotionElsewhere "promotion-elsewhere",
        /// The git tag is there, on another commit.
        GitTagTaken "git-tag-taken",
        /// An image tag of this version points at other content.
        TagTaken "tag-taken",
        /// The ledger has a record of this version from another release.
        RecordTaken "record-taken",
        /// The git tag was moved while the release was under way.
        TagMoved "tag-moved",
        /// The version was released from another tag object.
        TagMovedSince "tag-moved-since",
        /// A registry does not let a tag be written again.
        TagImmutable "tag-immutable",
        /// Another run took this release over.
        Deposed "deposed",
        /// The version was burnt: it can't be released any more.
        Burnt "burnt",
        /// Several sets of content announce themselves as one version.
        Contested "contested",
        /// No image has tags for this branch, or for pull requests.
        RefNotPublished "ref-not-published",
        /// The tag of a commit is another commit's.
        CommitTagTaken "commit-tag-taken",
        /// The release is past its commit point.
        NotWithdrawable "not-withdrawable",
        /// The version is not published.
        NotPublished "not-published",
        /// The version was yanked, or a rollback passes it over.
        PassedOver "passed-over",
        /// There is no older version that counts.
        NoWayBack "no-way-back",
        /// The job runs for a pull request that a stranger wrote.
        ForkedPullRequest "forked-pull-request",
        /// Something in a compose file could run without a digest.
        ComposeUnpinned "compose-unpinned",
        /// A chart breaks a rule.
        ChartLint "chart-lint",
        /// A version of a chart is published with other content.
        ChartTaken "chart-taken",
        /// A chart would install another image than the one that is released.
        ChartImage "chart-image",
        /// What was built elsewhere is no part of this release.
        PartRefused "part-refused",
        /// A gate did not succeed.
        GateFailed "gate-failed",
    }
    exit 6 {
        /// A file of the ledger is broken, or not what was released.
        LedgerInvalid "ledger-invalid",
        /// Bytes do not have the digest they are known by.
        ContentLies "content-lies",
        /// A record that neither a claim nor a version tag confirms.
        RecordUnproven "record-unproven",
        /// What is there is not what was released.
        VerificationFailed "verification-failed",
        /// A signature is not by whom it must be, or not of what it must be.
        SignatureRefused "signature-refused",
        /// A smoke command did not succeed.
        SmokeFailed "smoke-failed",
    }
    exit 7 {
        /// The release is published, but the world differs from it.
        Drift "drift",
        /// The git tag was moved after the release was committed.
        GitTagDrift "git-tag-drift",
        /// The release is published, and its claim is gone.
        ClaimLost "claim-lost",
    }
    exit 8 {
        /// A registry can't be reached.
        RegistryUnreachable "registry-unreachable",
        /// A registry asks for fewer requests.
        RegistryBusy "registry-busy",
        /// A registry or disk has no room.
        RegistryFull "registry-full",
        /// A registry answered in an unexpected way.
        RegistryRejected "registry-rejected",
        /// Something answers that is no registry.
        NotARegistry "not-a-registry",
        /// The git remote can't be reached.
        GitUnreachable "git-unreachable",
        /// A git command failed.
        GitFailed "git-failed",
        /// The forge can't be reached.
        ForgeUnreachable "forge-unreachable",
        /// The forge asks for fewer requests.
        ForgeBusy "forge-busy",
        /// The forge refused, or answered in an unexpected way.
        ForgeRejected "forge-rejected",
        /// A program that is needed is not installed.
        ToolMissing "tool-missing",
        /// There is nothing that builds from Dockerfiles.
        BuilderMissing "builder-missing",
        /// The clock of this machine is wrong.
        ClockWrong "clock-wrong",
        /// The builder can't be used, or can't do what is configured.
        BuilderUnusable "builder-unusable",
        /// The builder can't run programs of a platform.
        EmulationMissing "emulation-missing",
        /// A build did not succeed.
        BuildFailed "build-failed",
        /// What is in an image was not listed.
        SbomFailed "sbom-failed",
        /// A service that certifies, logs or timestamps signatures can't be used.
        SigningService "signing-service",
        /// The file system refused.
        FileSystem "file-system",
    }
    exit 9 {
        /// Another run is releasing this version.
        ClaimHeld "claim-held",
        /// Content of a committed release is nowhere to be found.
        ContentGone "content-gone",
        /// An optional mirror lacks something.
        MirrorIncomplete "mirror-incomplete",
        /// Moving tags did not come to rest.
        Unsettled "unsettled",
        /// A deployment did not succeed.
        DeployFailed "deploy-failed",
        /// A step did not take effect.
        Incomplete "incomplete",
    }
    exit 130 {
        /// The run was interrupted.
        Interrupted "interrupted",
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
