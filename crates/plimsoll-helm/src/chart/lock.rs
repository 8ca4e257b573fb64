//! `Chart.lock`: what dependencies were resolved to (Helm's `internal/resolver`).

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Dependency;
use crate::yaml::{self, YamlError};

/// A `Chart.lock`, or a `requirements.lock`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lock {
    /// The dependencies as they were resolved.
    pub dependencies: Vec<LockedDependency>,
    /// The digest of what was declared and what it was resolved to: `sha256:…`.
    pub digest: String,
}

/// A dependency with one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LockedDependency {
    /// The chart's name.
    pub name: String,
    /// Its version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Where it comes from.
    pub repository: String,
}

/// Why a lock is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// It is no YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// A field is missing or of another kind.
    #[error("`{field}` is missing or no {want}")]
    Field {
        /// The field.
        field: &'static str,
        /// What it should be.
        want: &'static str,
    },
}

impl Lock {
    /// Reads a lock.
    ///
    /// # Errors
    /// See [`LockError`].
    pub fn parse(text: &str) -> Result<Lock, LockError> {
        let value = yaml::read(text)?;
        let text = |value: &Value, field: &'static str, absent: Option<&str>| match (value.get(field), absent)
        {
            (Some(Value::String(text)), _) => Ok(text.clone()),
            (None | Some(Value::Null), Some(absent)) => Ok(absent.to_owned()),
            _ => Err(LockError::Field { field, want: "text" }),
        };
        let dependencies = match value.get("dependencies") {
            Some(Value::Array(items)) => items.as_slice(),
            None | Some(Value::Null) => &[],
            Some(_) => return Err(LockError::Field { field: "dependencies", want: "list" }),
        };
        let read = |value: &Value| {
            Ok(LockedDependency {
                name: text(value, "name", None)?,
                version: text(value, "version", Some(""))?,
                repository: text(value, "repository", Some(""))?,
            })
        };
        let dependencies = dependencies.iter().map(read).collect::<Result<_, LockError>>()?;
        Ok(Lock { dependencies, digest: text(&value, "digest", None)? })
    }

    /// Whether it was made from these declared dependencies.
    pub fn is_in_sync_with(&self, declared: &[Dependency]) -> bool {
        self.digest == digest(declared, &self.dependencies)
    }
}

/// The digest that Helm writes: of the JSON of both lists, as Go writes JSON.
fn digest(declared: &[Dependency], locked: &[LockedDependency]) -> String {
    let json =
        serde_json::to_string(&(declared, locked)).expect("texts, truths and lists can be written as JSON");
    let hash = Sha256::digest(crate::oci::escape_as_go(&json).as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> Vec<Dependency> {
        let dependency = |name: &str, version: &str, repository: &str| Dependency {
            name: name.into(),
            version: version.into(),
            repository: repository.into(),
            ..Dependency::default()
        };
        vec![
            dependency("redis", ">=1.0.0 <2.0.0", "file://../redis"),
            Dependency { condition: "db.on".into(), ..dependency("postgresql", "~15", "file://../db") },
        ]
    }

    #[test]
    fn a_lock_of_helm_s_is_in_sync_and_says_what_it_holds() {
        let json = r#"[[{"name":"redis","version":"\u003e=1.0.0 \u003c2.0.0","repository":"file://../redis"},{"name":"postgresql","version":"~15","repository":"file://../db","condition":"db.on"}],[{"name":"redis","version":"1.2.3","repository":"file://../redis"}]]"#;
        let digest = plimsoll_oci::name::Digest::of(json.as_bytes());
        let text = format!(
            "dependencies:\n- name: redis\n  repository: file://../redis\n  version: 1.2.3\ndigest: {digest}\n\
             generated: \"2024-01-01T00:00:00Z\"\n"
        );
        let lock = Lock::parse(&text).unwrap();
        assert_eq!(lock.dependencies[0].version, "1.2.3");
        assert!(lock.is_in_sync_with(&declared()));
        assert!(!lock.is_in_sync_with(&declared()[..1]));
    }

    #[test]
    fn what_is_no_lock() {
        assert!(Lock::parse("a: [").is_err());
        assert_eq!(
            Lock::parse("dependencies: {}\ndigest: x"),
            Err(LockError::Field { field: "dependencies", want: "list" })
        );
        assert_eq!(Lock::parse("dependencies: []"), Err(LockError::Field { field: "digest", want: "text" }));
    }
}
