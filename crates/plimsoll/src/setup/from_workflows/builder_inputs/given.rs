//! What several builds of one image are given, together.

/// What a build is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::setup) struct Given {
    pub(in crate::setup) secrets: Vec<(String, String)>,
    pub(in crate::setup) ssh: Vec<String>,
    pub(in crate::setup) contexts: Vec<(String, String)>,
    pub(in crate::setup) network: Option<String>,
    pub(in crate::setup) cache_from: Vec<String>,
    pub(in crate::setup) cache_to: Vec<String>,
    /// Variables among the secrets that the forge does not keep as such.
    pub(in crate::setup) plain: Vec<String>,
}

/// What of a cache says how it is written, and not where it is.
const MANNERS: [&str; 8] = [
    "compression",
    "compression-level",
    "force-compression",
    "ignore-error",
    "image-manifest",
    "mode",
    "oci-mediatypes",
    "timeout",
];

impl Given {
    /// Takes over what another step gives a build of the same image. Where the two say different things the first stays, and
    /// the other is told to `left`.
    pub(in crate::setup::from_workflows) fn merge(&mut self, other: Given, left: &mut Vec<String>) {
        let mut tell = |what: String| {
            let what = format!("{what} (another build of the same image has something else)");
            if !left.contains(&what) {
                left.push(what);
            }
        };
        for (input, own, others) in [
            ("secrets", &mut self.secrets, other.secrets),
            ("build-contexts", &mut self.contexts, other.contexts),
        ] {
            for (name, place) in others {
                match own.iter().find(|(known, _)| *known == name) {
                    None => own.push((name, place)),
                    Some((_, known)) if *known == place => {}
                    Some(_) => tell(format!("{input}: {name}={place}")),
                }
            }
        }
        for (input, own, others) in [
            ("cache-from", &mut self.cache_from, other.cache_from),
            ("cache-to", &mut self.cache_to, other.cache_to),
        ] {
            for cache in others {
                match own.iter().find(|known| place_of(known) == place_of(&cache)) {
                    None => own.push(cache),
                    Some(known) if *known == cache => {}
                    Some(_) => tell(format!("{input}: {cache}")),
                }
            }
        }
        for agent in other.ssh {
            let id = |agent: &str| agent.split('=').next().unwrap_or_default().to_owned();
            match self.ssh.iter().find(|known| id(known) == id(&agent)) {
                None => self.ssh.push(agent),
                Some(known) if *known == agent => {}
                Some(_) => tell(format!("ssh: {agent}")),
            }
        }
        match (&self.network, other.network) {
            (None, network) => self.network = network,
            (Some(known), Some(network)) if *known != network => tell(format!("network: {network}")),
            (Some(_), _) => {}
        }
        let named = |name: &String| self.secrets.iter().any(|(_, place)| *place == format!("env:{name}"));
        let more = other.plain.into_iter().filter(named);
        for name in more {
            if !self.plain.contains(&name) {
                self.plain.push(name);
            }
        }
    }
}

/// Where a cache is.
fn place_of(cache: &str) -> Vec<&str> {
    let is_place = |field: &&str| !MANNERS.contains(&field.split('=').next().unwrap_or_default());
    let mut fields: Vec<&str> = cache.split(',').map(str::trim).filter(is_place).collect();
    fields.sort_unstable();
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_builds_are_given_is_joined_and_conflicts_are_told() {
        let given = |id: &str, cache: &str, network: &str| Given {
            secrets: vec![("npm".to_owned(), "env:NPM".to_owned()), (id.to_owned(), "env:MORE".to_owned())],
            ssh: vec![id.to_owned()],
            contexts: vec![("base".to_owned(), format!("docker-image://{id}"))],
            network: Some(network.to_owned()).filter(|network| !network.is_empty()),
            cache_from: vec![cache.to_owned()],
            cache_to: vec![format!("{cache},mode={id}")],
            plain: vec!["MORE".to_owned()],
        };
        let (mut joined, mut left) = (Given::default(), Vec::new());
        let first = given("max", "type=gha", "");
        joined.merge(first.clone(), &mut left);
        joined.merge(first.clone(), &mut left);
        assert_eq!((&joined, left.len()), (&first, 0));
        joined.merge(given("min", "type=gha", "host"), &mut left);
        let second = "(another build of the same image has something else)";
        assert_eq!(
            left,
            [
                format!("build-contexts: base=docker-image://min {second}"),
                format!("cache-to: type=gha,mode=min {second}")
            ]
        );
        let ids: Vec<&str> = joined.secrets.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!((ids, joined.network.as_deref()), (vec!["npm", "max", "min"], Some("host")));
        assert_eq!(joined.ssh, ["max", "min"]);
        assert_eq!((joined.plain.len(), joined.cache_from.len()), (1, 1));
        let other = Given {
            secrets: vec![("npm".to_owned(), "env:OTHER".to_owned())],
            cache_to: vec!["type=registry,ref=acme/cache".to_owned()],
            network: Some("none".to_owned()),
            plain: vec!["OTHER".to_owned()],
            ..Given::default()
        };
        joined.merge(other, &mut left);
        assert_eq!(
            left.get(2..).unwrap(),
            [format!("secrets: npm=env:OTHER {second}"), format!("network: none {second}")]
        );
        assert_eq!(joined.plain, ["MORE"], "what no secret names is not wanted");
        assert_eq!(joined.cache_to, ["type=gha,mode=max", "type=registry,ref=acme/cache"]);
    }
}
