//! Numbers of charts that have versions of their own.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use plimsoll_tags::version::{Bump, BumpError, Scheme, Version, VersionError};

use super::artifact::ArtifactName;

/// The numbers that the charts of one release have.
pub type ChartNumbers = BTreeMap<ArtifactName, String>;

/// What the next number of a chart raises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChartBump {
    /// The third number.
    #[default]
    Patch,
    /// The second.
    Minor,
    /// The first.
    Major,
}

impl From<ChartBump> for Bump {
    fn from(bump: ChartBump) -> Bump {
        match bump {
            ChartBump::Patch => Bump::Patch,
            ChartBump::Minor => Bump::Minor,
            ChartBump::Major => Bump::Major,
        }
    }
}

/// Why there is no next number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NextNumberError {
    /// The highest one can't be raised.
    #[error(transparent)]
    Bump(#[from] BumpError),
    /// With the release's pre-release part behind it, it is no version.
    #[error(transparent)]
    Prerelease(#[from] VersionError),
}

/// The number that follows: what `Chart.yaml` declares if it is above everything that is spent, else the highest spent
/// one, raised. The chart of a pre-release gets a pre-release's number, which Helm does not install unasked.
///
/// # Errors
/// See [`NextNumberError`].
pub fn next_number(
    declared: &Version,
    spent: impl IntoIterator<Item = Version>,
    bump: ChartBump,
    release: &Version,
) -> Result<Version, NextNumberError> {
    let higher = |one: &Version, other: &Version| one.precedence(other).unwrap_or(Ordering::Equal);
    let highest = spent.into_iter().max_by(higher);
    let is_free = |number: &Version| match &highest {
        Some(highest) => higher(number, highest) == Ordering::Greater,
        None => true,
    };
    let mut number = match &highest {
        Some(highest) if !is_free(declared) || stands_for_none(declared) => highest.bump(&bump.into())?,
        None if stands_for_none(declared) => first_number(bump)?,
        _ => without_build(declared)?,
    };
    let Some(behind) = prerelease_of(release) else { return Ok(number) };
    loop {
        let [major, minor, patch] = [number.major(), number.minor(), number.patch()];
        let found = Version::parse(Scheme::Semver, &format!("{major}.{minor}.{patch}-{behind}"))?;
        if is_free(&found) {
            return Ok(found);
        }
        number = Version::parse(Scheme::Semver, &format!("{major}.{minor}.{patch}"))?.bump(&Bump::Patch)?;
    }
}

/// Whether a number is none that a chart can have: Helm knows no 0.0.0, and who writes it has another one put in.
pub fn stands_for_none(declared: &Version) -> bool {
    (declared.major(), declared.minor(), declared.patch()) == (0, 0, 0)
}

/// The first number of a chart that declares none.
///
/// # Errors
/// See [`NextNumberError`]; in truth it can be raised.
pub fn first_number(bump: ChartBump) -> Result<Version, NextNumberError> {
    Ok(Version::parse(Scheme::Semver, "0.0.0")?.bump(&bump.into())?)
}

/// Build metadata does not tell two charts apart.
fn without_build(version: &Version) -> Result<Version, VersionError> {
    let text = version.to_string();
    Version::parse(Scheme::Semver, text.split_once('+').map_or(text.as_str(), |(number, _)| number))
}

/// What makes a version a pre-release, as Semantic Versioning has it behind the `-`.
fn prerelease_of(version: &Version) -> Option<String> {
    match version {
        _ if !version.is_prerelease() => None,
        Version::Semver(version) => Some(version.prerelease().to_owned()),
        Version::Pep440(version) => {
            let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
            Some(version.to_string().chars().map(plain).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(Scheme::Semver, text).expect("a version")
    }

    fn next(declared: &str, spent: &[&str], bump: ChartBump, release: &str) -> String {
        let spent = spent.iter().map(|text| version(text));
        next_number(&version(declared), spent, bump, &version(release)).expect("a number").to_string()
    }

    #[test]
    fn the_higher_of_what_is_declared_and_what_is_spent() {
        use ChartBump::{Major, Minor, Patch};
        let cases: [(&str, &[&str], ChartBump, &str, &str); 17] = [
            ("0.0.0", &[], Patch, "1.0.0", "0.0.1"),
            ("0.0.0-dev", &[], Minor, "1.0.0", "0.1.0"),
            ("0.0.0", &["2.0.0"], Patch, "1.0.0", "2.0.1"),
            ("0.0.0", &[], Patch, "1.0.0-rc.1", "0.0.1-rc.1"),
            ("0.1.0", &[], Patch, "1.0.0", "0.1.0"),
            ("0.1.0", &[], Major, "1.0.0", "0.1.0"),
            ("0.1.0", &["0.1.0"], Patch, "1.0.0", "0.1.1"),
            ("0.1.0", &["0.1.9", "0.1.10", "0.1.2"], Patch, "1.0.0", "0.1.11"),
            ("0.2.0", &["0.1.10"], Patch, "1.0.0", "0.2.0"),
            ("0.2.0+k8s", &["0.1.10"], Minor, "1.0.0", "0.2.0"),
            ("0.2.0+k8s", &["0.2.0"], Patch, "1.0.0", "0.2.1"),
            ("0.1.0", &["0.1.10"], Minor, "1.0.0", "0.2.0"),
            ("0.1.0", &["0.1.10"], Major, "1.0.0", "1.0.0"),
            ("0.1.0", &["0.1.3"], Patch, "1.0.0-rc.1", "0.1.4-rc.1"),
            ("0.1.0", &["0.1.4-rc.1"], Patch, "1.0.0-rc.2", "0.1.4-rc.2"),
            ("0.1.0", &["0.1.4-rc.2"], Patch, "1.1.0-rc.1", "0.1.5-rc.1"),
            ("0.1.0", &["0.1.4-rc.2"], Patch, "1.0.0", "0.1.4"),
        ];
        for (declared, spent, bump, release, want) in cases {
            assert_eq!(next(declared, spent, bump, release), want, "{declared} {spent:?} {release}");
        }
    }

    #[test]
    fn a_pre_release_of_python_becomes_one_of_a_chart() {
        let release = Version::parse(Scheme::Pep440, "1.0rc1").expect("a version");
        let next = next_number(&version("0.1.0"), [version("0.1.0")], ChartBump::Patch, &release);
        assert_eq!(next.expect("a number").to_string(), "0.1.1-1.0rc1");
    }

    #[test]
    fn a_number_that_can_t_be_raised_is_refused() {
        let last = format!("0.1.{}", u64::MAX);
        let next = next_number(&version("0.1.0"), [version(&last)], ChartBump::Patch, &version("1.0.0"));
        assert!(matches!(next, Err(NextNumberError::Bump(_))), "{next:?}");
    }

    proptest! {
        #[test]
        fn it_is_above_everything_spent_and_never_below_what_is_declared(
            declared in "[0-3]\\.[0-3]\\.[0-3](-rc\\.[0-3])?",
            spent in proptest::collection::vec("[0-3]\\.[0-3]\\.[0-3](-rc\\.[0-3])?", 0..6),
            release in "1\\.0\\.0(-(rc|alpha)\\.[0-3])?",
        ) {
            let spent: Vec<Version> = spent.iter().map(|text| version(text)).collect();
            let next = next_number(&version(&declared), spent.clone(), ChartBump::Patch, &version(&release));
            let next = next.expect("a number");
            prop_assert!(spent.iter().all(|spent| next.precedence(spent) == Some(Ordering::Greater)));
            if version(&release).is_prerelease() {
                prop_assert!(next.is_prerelease());
            } else {
                prop_assert!(!next.is_prerelease() || next == version(&declared));
            }
            prop_assert!(next.precedence(&version(&declared)) != Some(Ordering::Less) || next.is_prerelease());
        }
    }
}
