//! The next version.
//!
//! SemVer follows `npm version`, PEP 440 follows `poetry version`: a prerelease that already stands on the boundary
//! is only stripped (`1.0.0-rc.1` major → `1.0.0`; `1.2.3b1` patch → `1.2.3`, minor → `1.3.0`). PEP 440 keeps the
//! number of parts (`0.0` minor → `0.1`). Build metadata, local versions, post and dev parts are dropped.
//!
//! One thing is stricter than either tool: a bump always gives a higher version. `prerelease alpha` on `1.0.0-rc.1`
//! is an error, where npm would go back to `1.0.0-alpha.0`.

use super::{Pep440Version, Scheme, SemverVersion, Version};

/// What to raise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bump {
    /// The third number.
    Patch,
    /// The second number.
    Minor,
    /// The first number.
    Major,
    /// The pre-release, with the identifier that was asked for.
    ///
    /// SemVer: any one identifier (`rc` → `1.2.4-rc.0`), none gives `1.2.4-0`. PEP 440: `a`, `b` or `rc` and their
    /// long names, none keeps the present phase or begins with `a`.
    Prerelease(Option<String>),
}

/// Why there is no next version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BumpError {
    /// The pre-release identifier is none of the scheme's.
    #[error("`{identifier}` is no pre-release identifier of {scheme}")]
    Identifier {
        /// The identifier as given.
        identifier: String,
        /// The scheme of the version.
        scheme: Scheme,
    },
    /// A number would not fit into 64 bits any more.
    #[error("a number of {from} cannot be raised any further")]
    TooLarge {
        /// The version to raise.
        from: Version,
    },
    /// The result would not be higher.
    #[error("{to} is not higher than {from}")]
    NotHigher {
        /// The version to raise.
        from: Version,
        /// What it would have become.
        to: Version,
    },
}

impl Version {
    /// Returns the next version.
    ///
    /// # Errors
    /// See [`BumpError`].
    pub fn bump(&self, bump: &Bump) -> Result<Self, BumpError> {
        let to = match self {
            Self::Semver(from) => Self::Semver(bump_semver(self, from, bump)?),
            Self::Pep440(from) => Self::Pep440(bump_pep440(self, from, bump)?),
        };
        if self.precedence(&to) == Some(std::cmp::Ordering::Less) {
            Ok(to)
        } else {
            Err(BumpError::NotHigher { from: self.clone(), to })
        }
    }

    fn raise(&self, number: u64) -> Result<u64, BumpError> {
        number.checked_add(1).ok_or_else(|| BumpError::TooLarge { from: self.clone() })
    }

    /// Raises the number at `index` and zeroes those behind it; parts before `index` are filled in if need be.
    fn raise_at(&self, numbers: &[u64], index: usize) -> Result<Vec<u64>, BumpError> {
        let mut raised = numbers.to_vec();
        raised.resize(numbers.len().max(index + 1), 0);
        for (place, number) in raised.iter_mut().enumerate() {
            if place == index {
                *number = self.raise(*number)?;
            } else if place > index {
                *number = 0;
            }
        }
        Ok(raised)
    }

    /// Whether the bare release with the same numbers is higher: not so for `1.0.post1.dev1`.
    fn is_below_its_release(&self) -> bool {
        match self {
            Self::Semver(_) => self.is_prerelease(),
            Self::Pep440(version) => *version < Pep440Version::of(version.epoch(), version.numbers(), None),
        }
    }

    /// The numbers of the release that a bump at `index` leads to.
    fn next_release(&self, index: usize) -> Result<Vec<u64>, BumpError> {
        let numbers = self.numbers();
        let on_boundary = numbers.iter().skip(index + 1).all(|number| *number == 0);
        if self.is_below_its_release() && (on_boundary || index >= 2) {
            Ok(numbers)
        } else {
            self.raise_at(&numbers, index)
        }
    }
}

fn bump_semver(whole: &Version, from: &SemverVersion, bump: &Bump) -> Result<SemverVersion, BumpError> {
    let released = |index: usize| {
        let numbers = whole.next_release(index)?;
        Ok(SemverVersion::of(three(&numbers), semver::Prerelease::EMPTY))
    };
    match bump {
        Bump::Patch => released(2),
        Bump::Minor => released(1),
        Bump::Major => released(0),
        Bump::Prerelease(identifier) => {
            if let Some(identifier) = identifier
                && !is_semver_identifier(identifier)
            {
                return Err(BumpError::Identifier { identifier: identifier.clone(), scheme: Scheme::Semver });
            }
            let numbers = if whole.is_prerelease() {
                from.numbers()
            } else {
                three(&whole.raise_at(&whole.numbers(), 2)?)
            };
            let text = next_semver_prerelease(whole, from.prerelease(), identifier.as_deref())?;
            let prerelease = semver::Prerelease::new(&text)
                .map_err(|_| BumpError::Identifier { identifier: text.clone(), scheme: Scheme::Semver })?;
            Ok(SemverVersion::of(numbers, prerelease))
        }
    }
}

/// The pre-release part that follows `present`, which is empty for a release.
///
/// The last number is raised, or a 0 appended; another identifier than the present one starts again at 0.
fn next_semver_prerelease(
    whole: &Version,
    present: &str,
    identifier: Option<&str>,
) -> Result<String, BumpError> {
    let mut parts: Vec<String> =
        present.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let afresh = |identifier: &str| format!("{identifier}.0");
    if let Some(identifier) = identifier {
        let is_counted = parts.get(1).is_none_or(|second| is_number(second));
        if parts.first().map(String::as_str) != Some(identifier) || !is_counted {
            return Ok(afresh(identifier));
        }
    }
    match parts.iter_mut().rev().find(|part| is_number(part)) {
        Some(number) => {
            let value = number.parse().map_err(|_| BumpError::TooLarge { from: whole.clone() })?;
            *number = whole.raise(value)?.to_string();
        }
        None => parts.push("0".to_owned()),
    }
    Ok(parts.join("."))
}

fn is_number(identifier: &str) -> bool {
    !identifier.is_empty() && identifier.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text can name a phase: one SemVer identifier that is not a number.
fn is_semver_identifier(identifier: &str) -> bool {
    !identifier.is_empty()
        && !is_number(identifier)
        && identifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn three(numbers: &[u64]) -> [u64; 3] {
    std::array::from_fn(|index| numbers.get(index).copied().unwrap_or(0))
}

fn bump_pep440(whole: &Version, from: &Pep440Version, bump: &Bump) -> Result<Pep440Version, BumpError> {
    let released = |index: usize| {
        let numbers = whole.next_release(index)?;
        Ok(Pep440Version::of(from.epoch(), &numbers, None))
    };
    match bump {
        Bump::Patch => released(2),
        Bump::Minor => released(1),
        Bump::Major => released(0),
        Bump::Prerelease(identifier) => {
            let asked = identifier.as_deref().map(pep440_phase).transpose()?;
            let numbers = if whole.is_below_its_release() {
                from.numbers().to_vec()
            } else {
                whole.raise_at(from.numbers(), 2)?
            };
            let present = from.prerelease();
            let kind =
                asked.or(present.map(|present| present.kind)).unwrap_or(pep440_rs::PrereleaseKind::Alpha);
            let number = match present {
                Some(present) if present.kind == kind => whole.raise(present.number)?,
                _ => 0,
            };
            Ok(Pep440Version::of(from.epoch(), &numbers, Some(pep440_rs::Prerelease { kind, number })))
        }
    }
}

fn pep440_phase(identifier: &str) -> Result<pep440_rs::PrereleaseKind, BumpError> {
    match identifier {
        "a" | "alpha" => Ok(pep440_rs::PrereleaseKind::Alpha),
        "b" | "beta" => Ok(pep440_rs::PrereleaseKind::Beta),
        "rc" | "c" | "pre" | "preview" => Ok(pep440_rs::PrereleaseKind::Rc),
        _ => Err(BumpError::Identifier { identifier: identifier.to_owned(), scheme: Scheme::Pep440 }),
    }
}
