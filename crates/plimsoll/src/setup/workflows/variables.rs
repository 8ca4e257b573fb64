//! Which variables of the environment a step is handed: those that its work takes, and no others.

use std::collections::BTreeSet;

use plimsoll_engine::domain::build::SecretFrom;
use plimsoll_engine::domain::project::Origin;

use super::needs::Needs;
use crate::config::{Config, Credentials, Means, Setting, Variable};
use crate::key_reference::KeyReference;
use crate::wire::PASSWORDS;

/// The token of a job.
pub(super) const TOKEN: &str = "${{ github.token }}";

/// Variables that a machine has by itself, or that a CI system sets.
const OF_RUNNERS: [&str; 10] =
    ["CI", "DOCKER_CONFIG", "DOCKER_HOST", "HOME", "LANG", "PATH", "SHELL", "TMPDIR", "TZ", "USER"];
/// What the names of further ones begin with.
const BEGINNINGS: [&str; 5] = ["ACTIONS_", "CI_", "GITHUB_", "LC_", "RUNNER_"];

/// Variables of a configuration, by what they are for. Those that are named and in none of the other sets are logins of
/// registries and the forge, and keys that signatures are verified with: every step sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Variables {
    /// All that stand in the configuration as `env:NAME`.
    named: BTreeSet<String>,
    /// Keys, and tokens of identities: whoever has them can sign.
    signing: BTreeSet<String>,
    /// Whether a key signs, which may have a password.
    signs_with_key: bool,
    /// Secrets of Dockerfiles.
    building: BTreeSet<String>,
    /// Those that `[build] environment` hands to builders.
    of_builders: BTreeSet<String>,
    /// Those that `[gates] environment` hands to gates.
    of_gates: BTreeSet<String>,
}

/// What a step does, as far as it matters to what it sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// It looks at what is there.
    Looks,
    /// It builds, and publishes nothing.
    Builds,
    /// It publishes images of a branch: they are built, and gates are asked.
    Publishes,
    /// It releases: all of that, and it signs.
    Releases,
    /// It says something of releases, or promotes one: gates are asked, and nothing is signed.
    Operates,
}

impl Variables {
    /// Reads a configuration.
    pub(crate) fn of(config: &Config) -> Variables {
        let named = |names: &[String]| names.iter().filter(|name| !is_of_runners(name)).cloned().collect();
        let mut found = Variables {
            named: config.variables.clone(),
            of_builders: named(&config.build.environment),
            of_gates: named(&config.gates.environment),
            ..Variables::default()
        };
        match config.signing.signer.as_ref().map(|signer| &signer.means) {
            Some(Means::Key(reference)) => found.add_key(reference),
            Some(Means::Identity { token: Some(reference) }) => found.signing.extend(variable(reference)),
            Some(Means::Identity { token: None }) | None => {}
        }
        for reference in config.project.charts.iter().filter_map(|chart| chart.pgp_key.as_deref()) {
            found.add_key(reference);
        }
        for image in &config.project.images {
            let Origin::Dockerfile(recipe) = &image.origin else { continue };
            let names = recipe.secrets.values().filter_map(|secret| match secret {
                SecretFrom::Variable(name) => Some(name.clone()),
                SecretFrom::File(_) => None,
            });
            found.building.extend(names);
        }
        // A registry's password that is a build's secret, too, is for those who look.
        let logins: Vec<Variable> = logins(config).collect();
        found.building.retain(|name| !logins.iter().any(|login| login.name() == name));
        found
    }

    fn add_key(&mut self, reference: &str) {
        self.signing.extend(variable(reference));
        self.signs_with_key = true;
    }

    /// The names of all that the forge has to keep beside those that the configuration names as `env:NAME`.
    pub(crate) fn further(&self) -> BTreeSet<String> {
        let [password, _] = PASSWORDS;
        let password = self.signs_with_key.then(|| password.to_owned());
        password.into_iter().chain(self.of_builders.clone()).chain(self.of_gates.clone()).collect()
    }
}

/// What a step is handed: names and expressions.
pub(super) fn handed(needs: &Needs, work: Work) -> Vec<(String, String)> {
    let Variables { named, signing, signs_with_key, building, of_builders, of_gates } = &needs.purposes;
    let (builds, gates, signs) = match work {
        Work::Looks => (false, false, false),
        Work::Builds => (true, false, false),
        Work::Publishes => (true, true, false),
        Work::Releases => (true, true, true),
        Work::Operates => (false, true, false),
    };
    let is_seen =
        |name: &&String| (builds || !building.contains(*name)) && (signs || !signing.contains(*name));
    let kept = |name: &String| {
        let kept = if needs.plain.contains(name) { "vars" } else { "secrets" };
        (name.clone(), format!("${{{{ {kept}.{name} }}}}"))
    };
    let mut all = vec![("GITHUB_TOKEN".to_owned(), TOKEN.to_owned())];
    all.extend(named.iter().filter(is_seen).map(kept));
    if signs && *signs_with_key {
        let [first, last] = PASSWORDS;
        let value = format!("${{{{ secrets.{first} || secrets.{last} }}}}  # the key's, if it has one");
        all.push((first.to_owned(), value));
    }
    let given = |name: &String, whose: &str| {
        // Whether it is secret is known to whoever put it there; a step before may have set it.
        let value = format!("${{{{ secrets.{name} || vars.{name} || env.{name} }}}}  # for {whose}");
        (name.clone(), value)
    };
    if builds {
        all.extend(of_builders.iter().map(|name| given(name, "the builder")));
    }
    if gates {
        all.extend(of_gates.iter().map(|name| given(name, "gates")));
    }
    let mut seen = BTreeSet::new();
    all.retain(|(name, _)| seen.insert(name.clone()));
    all
}

/// What a step that builds is handed where the commits are this repository's own, and nothing elsewhere: names and expressions.
pub(super) fn handed_to_own(needs: &Needs, is_own: &str) -> Vec<(String, String)> {
    let guarded = |(name, value): (String, String)| {
        let (inside, _) = value.strip_prefix("${{ ")?.split_once(" }}")?;
        Some((name, format!("${{{{ {is_own} && ({inside}) || '' }}}}")))
    };
    let handed = if needs.builds { handed(needs, Work::Builds) } else { Vec::new() };
    handed.into_iter().filter(|(name, _)| name != "GITHUB_TOKEN").filter_map(guarded).collect()
}

/// The variables with logins of registries and the forge's token.
fn logins(config: &Config) -> impl Iterator<Item = Variable> {
    let of = |credentials: &Credentials| match credentials {
        Credentials::Login { username: Setting::Variable(username), password } => {
            vec![username.clone(), password.clone()]
        }
        Credentials::Login { username: Setting::Written(_), password } => vec![password.clone()],
        Credentials::Token(token) => vec![token.clone()],
    };
    let registries = config.registries.values().filter_map(|access| access.credentials.as_ref());
    registries.flat_map(of).chain(config.forge.token.clone())
}

/// The variable that a reference to a key or token names.
fn variable(reference: &str) -> Option<String> {
    match KeyReference::parse(reference) {
        KeyReference::Variable(name) => Some(name.to_owned()),
        KeyReference::Command(_) | KeyReference::File(_) | KeyReference::Itself => None,
    }
}

fn is_of_runners(name: &str) -> bool {
    OF_RUNNERS.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}
