//! Where repositories go.

use std::collections::BTreeMap;
use std::str::FromStr;

use plimsoll_oci::name::{ImageRepository, RegistryHost};

/// A registry, or a path in one, below which repositories go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Below {
    host: RegistryHost,
    path: String,
}

/// One repository that goes elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Move {
    from: ImageRepository,
    to: ImageRepository,
}

/// Why it is not known where something goes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::cli) enum MoveError {
    /// Nothing says where a repository goes.
    #[error("nothing says where {0} goes")]
    Nowhere(ImageRepository),
    /// Two would lie in one place.
    #[error("{first} and {second} would both become {to}")]
    Together {
        /// One.
        first: ImageRepository,
        /// The other.
        second: ImageRepository,
        /// Where both would go.
        to: ImageRepository,
    },
    /// The new name is none.
    #[error("{from} can't go there: {why}")]
    Name {
        /// The old name.
        from: ImageRepository,
        /// What is wrong with the new one.
        why: String,
    },
    /// A move of a repository that is not in the archive.
    #[error("there is no {0} in the archive")]
    Stranger(ImageRepository),
}

impl FromStr for Below {
    type Err = String;

    fn from_str(text: &str) -> Result<Below, String> {
        let (host, path) =
            text.trim_end_matches('/').split_once('/').unwrap_or((text.trim_end_matches('/'), ""));
        // As in image names: without a dot or port it would be a path on Docker Hub.
        if !host.contains(['.', ':']) && host != "localhost" {
            return Err(format!(
                "`{host}` is no registry's host; a path on Docker Hub begins with `docker.io/`"
            ));
        }
        let host: RegistryHost = host.parse().map_err(|error| format!("{error}"))?;
        // Whether it can be a path shows with something behind it.
        ImageRepository::new(host.clone(), &join(path, "a")).map_err(|error| error.to_string())?;
        Ok(Below { host, path: path.to_owned() })
    }
}

impl FromStr for Move {
    type Err = String;

    fn from_str(text: &str) -> Result<Move, String> {
        let (from, to) = text.split_once('=').ok_or("write it as FROM=TO")?;
        let parse = |name: &str| name.parse::<ImageRepository>().map_err(|error| error.to_string());
        Ok(Move { from: parse(from)?, to: parse(to)? })
    }
}

fn join(path: &str, rest: &str) -> String {
    if path.is_empty() { rest.to_owned() } else { format!("{path}/{rest}") }
}

/// Where each of `from` goes: where it is named alone, else below a registry, else, where that is allowed, where it is.
pub(super) fn moves<'a>(
    from: impl IntoIterator<Item = &'a ImageRepository>,
    below: Option<&Below>,
    alone: &[Move],
    otherwise: Otherwise,
) -> Result<BTreeMap<ImageRepository, ImageRepository>, Box<MoveError>> {
    let mut moves: BTreeMap<ImageRepository, ImageRepository> = BTreeMap::new();
    for from in from {
        let named = alone.iter().find(|one| one.from == *from).map(|one| one.to.clone());
        let to = match (named, below, otherwise) {
            (Some(to), _, _) => to,
            (None, Some(below), _) => {
                ImageRepository::new(below.host.clone(), &join(&below.path, from.path())).map_err(
                    |error| Box::new(MoveError::Name { from: from.clone(), why: error.to_string() }),
                )?
            }
            (None, None, Otherwise::Stays) => from.clone(),
            (None, None, Otherwise::Refused) => return Err(Box::new(MoveError::Nowhere(from.clone()))),
        };
        if let Some((first, _)) = moves.iter().find(|(other, there)| **there == to && *other != from) {
            let (first, second) = (first.clone(), from.clone());
            return Err(Box::new(MoveError::Together { first, second, to }));
        }
        moves.insert(from.clone(), to);
    }
    match alone.iter().find(|one| !moves.contains_key(&one.from)) {
        Some(stranger) => Err(Box::new(MoveError::Stranger(stranger.from.clone()))),
        None => Ok(moves),
    }
}

/// What becomes of a repository of which nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// It keeps its name.
    Stays,
    /// That has to be said.
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go(
        from: &[&str],
        below: Option<&str>,
        alone: &[&str],
        otherwise: Otherwise,
    ) -> Result<Vec<String>, String> {
        let from: Vec<ImageRepository> = from.iter().map(|name| name.parse().unwrap()).collect();
        let below = below.map(|text| text.parse::<Below>().unwrap());
        let alone: Vec<Move> = alone.iter().map(|text| text.parse().unwrap()).collect();
        let found = moves(&from, below.as_ref(), &alone, otherwise).map_err(|error| error.to_string())?;
        Ok(found.values().map(ToString::to_string).collect())
    }

    #[test]
    fn hosts_are_left_and_paths_stay() {
        use Otherwise::{Refused, Stays};
        assert_eq!(
            go(&["ghcr.io/a/b"], Some("r.internal:5000"), &[], Refused).unwrap(),
            ["r.internal:5000/a/b"]
        );
        assert_eq!(go(&["ghcr.io/a/b"], Some("r.internal/m/"), &[], Refused).unwrap(), ["r.internal/m/a/b"]);
        assert_eq!(
            go(&["alpine"], Some("r.internal"), &["alpine=quay.io/x/y"], Refused).unwrap(),
            ["quay.io/x/y"]
        );
        assert_eq!(go(&["ghcr.io/a/b"], None, &[], Stays).unwrap(), ["ghcr.io/a/b"]);
        assert_eq!(
            go(&["ghcr.io/a/b"], None, &[], Refused).unwrap_err(),
            "nothing says where ghcr.io/a/b goes"
        );
    }

    #[test]
    fn nothing_is_put_together_or_forgotten() {
        let both = ["ghcr.io/a/b", "quay.io/a/b"];
        let error = go(&both, Some("r.internal"), &[], Otherwise::Refused).unwrap_err();
        assert_eq!(error, "ghcr.io/a/b and quay.io/a/b would both become r.internal/a/b");
        let error = go(&both[..1], Some("r.internal"), &["quay.io/x/y=r.internal/z"], Otherwise::Refused);
        assert_eq!(error.unwrap_err(), "there is no quay.io/x/y in the archive");
    }

    #[test]
    fn a_registry_is_known_by_its_host() {
        for (text, good) in [
            ("r.internal", true),
            ("localhost", true),
            ("[::1]:5000/x", true),
            ("acme/app", false),
            ("r.internal/X", false),
            ("", false),
            ("r.internal/a:b", false),
        ] {
            assert_eq!(text.parse::<Below>().is_ok(), good, "{text}");
        }
        assert!("a".parse::<Move>().is_err() && "a=B".parse::<Move>().is_err());
    }
}
