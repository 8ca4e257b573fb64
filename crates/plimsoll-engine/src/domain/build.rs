//! An image built from a Dockerfile, as configured.

use std::collections::{BTreeMap, BTreeSet};

/// What a builder is given, and what it may reach. Secrets are named here, never held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipe {
    /// The Dockerfile, relative to the repository's root.
    pub file: String,
    /// The context, relative to the repository's root; empty is the root itself.
    pub context: String,
    /// The stage that is built; none is the last one.
    pub target: Option<String>,
    /// Build arguments by name.
    pub arguments: BTreeMap<String, String>,
    /// Secrets by id.
    pub secrets: BTreeMap<String, SecretFrom>,
    /// SSH agents or keys, by id: `default`, or `id=path`.
    pub ssh: Vec<String>,
    /// Further contexts by name.
    pub contexts: BTreeMap<String, ContextFrom>,
    /// What `RUN` can reach.
    pub network: Network,
    /// Where caches are read: BuildKit's notation.
    pub cache_from: Vec<String>,
    /// Where caches are written: BuildKit's notation.
    pub cache_to: Vec<String>,
    /// What the builder itself attests.
    pub attestations: BTreeSet<Attestation>,
}

/// Where the value of a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretFrom {
    /// An environment variable.
    Variable(String),
    /// A file, relative to the repository's root; it need not be in the commit.
    File(String),
}

/// Where a further context comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextFrom {
    /// A directory, relative to the repository's root: the commit's if the commit has it, else the working directory's.
    Directory(String),
    /// Something that the builder fetches: `docker-image://…@sha256:…`, a git or web address.
    Elsewhere(String),
}

/// What the commands of a build can reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// What the builder lets them reach.
    #[default]
    Default,
    /// Nothing.
    None,
    /// Everything that the builder's machine can.
    Host,
}

/// What BuildKit can attest inside the index that it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attestation {
    /// SLSA provenance.
    Provenance,
    /// An SBOM.
    Sbom,
}

/// The image repository of a cache in BuildKit's notation; `None` if it lies elsewhere. A bare name is one, too.
pub fn cache_repository(cache: &str) -> Option<&str> {
    let reference = match cache_attribute(cache, "type") {
        Some("registry") => cache_attribute(cache, "ref")?,
        None if !cache.contains('=') => cache,
        _ => return None,
    };
    let end = reference.rfind(':').filter(|at| !reference.get(*at..).unwrap_or_default().contains('/'));
    reference.get(..end.unwrap_or(reference.len()))
}

/// What a cache in BuildKit's notation says under a name.
pub fn cache_attribute<'a>(cache: &'a str, name: &str) -> Option<&'a str> {
    cache
        .split(',')
        .find_map(|part| part.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

impl Recipe {
    /// What is left of it for a commit that anybody may have written: no secret, no key, no cache that is written, and
    /// no more of the network than builders give by themselves.
    #[must_use]
    pub fn for_strangers(&self) -> Recipe {
        let network = match self.network {
            Network::Default | Network::Host => Network::Default,
            Network::None => Network::None,
        };
        let (secrets, ssh, cache_to) = (BTreeMap::new(), Vec::new(), Vec::new());
        Recipe { secrets, ssh, cache_to, network, ..self.clone() }
    }

    /// The files that may leave something out of the context, from the repository's root, the one that counts before others first: that of
    /// the Dockerfile, as for every builder.
    pub fn ignore_files(&self) -> [String; 3] {
        let beside = format!("{}.dockerignore", self.file);
        [beside, self.in_context(".dockerignore"), self.in_context(".containerignore")]
    }

    /// A path inside of the context, from the repository's root.
    pub fn in_context(&self, path: &str) -> String {
        match self.context.as_str() {
            "" => path.to_owned(),
            context => format!("{context}/{path}"),
        }
    }
}
