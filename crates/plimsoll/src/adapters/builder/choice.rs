//! Which builder is taken: the one that is named, or the first that can be used.

use plimsoll_engine::world::builder::BuildError;
use plimsoll_oci::model::Platform;

use super::{buildah, buildctl, buildx, podman};
use crate::adapters::errand::Errands;
use crate::config::BuildSettings;

/// A program that builds images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// `docker buildx`.
    Buildx,
    /// `buildctl`.
    Buildctl,
    /// `buildah`.
    Buildah,
    /// `podman`.
    Podman,
}

/// A builder that can be used.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) program: Program,
    /// What it runs programs for, where it says.
    pub(super) platforms: Option<Platforms>,
}

/// What a builder runs programs for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Platforms {
    /// Every platform, as it names it.
    pub(super) all: Vec<String>,
    /// The platforms of its machines.
    pub(super) native: Vec<Platform>,
}

/// What is said of a builder that can't be used.
pub(super) type Unusable = String;

impl Program {
    /// In the order in which they are tried.
    pub(crate) const ALL: [Program; 4] =
        [Program::Buildx, Program::Buildctl, Program::Buildah, Program::Podman];

    /// What it is called in the configuration.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Program::Buildx => "buildx",
            Program::Buildctl => "buildctl",
            Program::Buildah => "buildah",
            Program::Podman => "podman",
        }
    }

    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Program::Buildx => "docker buildx",
            Program::Buildctl | Program::Buildah | Program::Podman => self.word(),
        }
    }

    /// Whether it can be used, and what it runs programs for, where it says.
    pub(super) async fn probe(
        self,
        settings: &BuildSettings,
        errands: &Errands,
    ) -> Result<Option<Platforms>, Unusable> {
        match self {
            Program::Buildx => buildx::probe(errands, settings).await,
            Program::Buildctl => buildctl::probe(errands, settings).await,
            Program::Buildah => buildah::PROGRAM.probe(errands).await.map(Some),
            Program::Podman => podman::PROGRAM.probe(errands).await.map(Some),
        }
    }
}

/// Chooses a builder.
pub(super) async fn choose(settings: &BuildSettings, errands: &Errands) -> Result<Ready, BuildError> {
    let named = settings.program.as_deref();
    let mut tried = Vec::new();
    for program in Program::ALL.into_iter().filter(|program| named.is_none_or(|name| name == program.word()))
    {
        match program.probe(settings, errands).await {
            Ok(platforms) => return Ok(Ready { program, platforms }),
            Err(why) if named.is_some() => {
                return Err(BuildError::Unusable { builder: program.name(), why });
            }
            Err(why) => tried.push((program.name(), why)),
        }
    }
    Err(BuildError::NoBuilder { tried })
}

impl Platforms {
    /// One machine's platforms as BuildKit lists them: the machine's own come first.
    pub(super) fn add(&mut self, listed: &[String]) {
        let parsed = listed.first().and_then(|first| first.trim_end_matches('*').parse::<Platform>().ok());
        self.native.extend(parsed);
        self.all.extend(listed.iter().map(|name| name.trim_end_matches('*').to_owned()));
    }

    /// Whether programs of a platform run there, emulated or not.
    pub(super) fn runs(&self, platform: &Platform) -> bool {
        let wanted = platform.normalised().to_string();
        let listed = |name: &String| {
            name.parse::<Platform>().is_ok_and(|platform| platform.normalised().to_string() == wanted)
        };
        self.is_native(platform) || self.all.iter().any(listed)
    }

    /// Whether programs of a platform run there as they are.
    pub(super) fn is_native(&self, platform: &Platform) -> bool {
        let platform = platform.normalised();
        self.native.iter().map(Platform::normalised).any(|own| {
            let fits = match (own.architecture.as_str(), platform.architecture.as_str()) {
                ("amd64", "386") => true,
                // Most 64-bit ARM machines run 32-bit programs as they are.
                ("arm64", "arm") => true,
                (own, wanted) => own == wanted,
            };
            fits && own.os == platform.os
        })
    }
}

/// The platform of this machine, as images name it.
pub(crate) fn host_platform() -> Platform {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    };
    // Images for other systems than Linux are not built on this one.
    Platform::new("linux", architecture).normalised()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_machine_is_its_own() {
        let mut platforms = Platforms::default();
        platforms.add(&["linux/amd64*".into(), "linux/amd64/v2".into(), "linux/arm64".into()]);
        for (platform, native, runs) in [
            ("linux/amd64", true, true),
            ("linux/amd64/v3", true, true),
            ("linux/386", true, true),
            ("linux/arm64", false, true),
            ("linux/arm64/v8", false, true),
            ("linux/arm/v7", false, false),
            ("windows/amd64", false, false),
        ] {
            let platform: Platform = platform.parse().unwrap();
            assert_eq!(
                (platforms.is_native(&platform), platforms.runs(&platform)),
                (native, runs),
                "{platform}"
            );
        }
        platforms.add(&["linux/arm64".into()]);
        assert!(platforms.is_native(&Platform::new("linux", "arm64")));
    }
}
