//! The claim's blob: its fields, its five states and its bytes (claim protocol, section 1).

use std::collections::BTreeMap;
use std::fmt;

use plimsoll_oci::name::{Digest, ImageRepository};
use serde_json::Value;

use super::{Holder, Seal};
use crate::domain::artifact::ArtifactName;
use crate::domain::canonical;
use crate::domain::chart_number::ChartNumbers;
use crate::domain::git::TagAt;

/// The format that this Plimsoll writes.
const FORMAT: u32 = 1;

/// Which claim: one per component and version.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimName {
    /// The component.
    pub component: ArtifactName,
    /// The version, without `v`.
    pub version: String,
}

impl ClaimName {
    /// The ref that holds it: `refs/plimsoll/claims/<component>/<version>`.
    pub fn git_ref(&self) -> String {
        format!("{}{}", ClaimName::prefix(&self.component), self.version)
    }

    /// What all claims of a component begin with.
    pub fn prefix(component: &ArtifactName) -> String {
        format!("refs/plimsoll/claims/{component}/")
    }
}

impl fmt::Display for ClaimName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.component, self.version)
    }
}

impl fmt::Debug for ClaimName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// 128 random bits, new for every write: two writes never have equal bytes by chance (F10).
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Nonce(String);

impl Nonce {
    /// A nonce of random bits.
    pub fn new(bits: u128) -> Nonce {
        Nonce(format!("{bits:032x}"))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far a release has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Somebody makes it.
    Reserved,
    /// Its digests are frozen, nothing is visible.
    Sealed,
    /// The set is the release: every run finishes these bytes.
    Committed,
    /// Every version tag of every required repository was read back. Final.
    Published,
    /// The version can't be released any more. Final.
    Burnt,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            State::Reserved => "reserved",
            State::Sealed => "sealed",
            State::Committed => "committed",
            State::Published => "published",
            State::Burnt => "burnt",
        })
    }
}

/// Why a claim was burnt.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Why {
    /// A version tag points at something else.
    Conflict {
        /// In which repository.
        repository: ImageRepository,
        /// What was found there.
        found: Digest,
    },
    /// Nobody has the bytes any more.
    Gone {
        /// In which repository they are missing.
        repository: ImageRepository,
        /// What is missing.
        missing: Digest,
    },
}

/// A claim as its blob holds it. Fields that this Plimsoll does not know are kept.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Claim {
    /// The blob's format.
    pub format: u32,
    /// How far the release has come.
    pub state: State,
    /// The component.
    pub component: ArtifactName,
    /// The version, without `v`.
    pub version: String,
    /// New for every write.
    pub nonce: Nonce,
    /// The tag it is made from.
    pub tag: TagAt,
    /// The hash of the configuration.
    pub config: Digest,
    /// The id of the plan.
    pub plan: Digest,
    /// Who wrote this state.
    pub holder: Holder,
    /// Reserved chart numbers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub charts: BTreeMap<String, String>,
    /// Of the number of a chart, which is a claim that stays `reserved`: the claim of the release that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_for: Option<String>,
    /// From `sealed` on: the set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
    /// With `burnt`: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// Whatever newer versions added.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, Value>,
}

/// Why a blob is no claim that can be worked with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimFormatError {
    /// It is not the JSON that it should be.
    #[error("claim {name} can't be read: {why}")]
    Broken {
        /// Which claim.
        name: ClaimName,
        /// What the parser says.
        why: String,
    },
    /// Its format is not known here.
    #[error("claim {name} has format {found}, this version knows {FORMAT}")]
    Unknown {
        /// Which claim.
        name: ClaimName,
        /// The format found.
        found: u64,
        /// The oldest Plimsoll that reads it, if the claim says so.
        needs: Option<String>,
    },
    /// It stands under another claim's name.
    #[error("the claim under {name} says that it is {component}/{version}")]
    Misplaced {
        /// Where it stands.
        name: ClaimName,
        /// The component that it names.
        component: ArtifactName,
        /// The version that it names.
        version: String,
    },
    /// From `sealed` on a claim has a seal.
    #[error("claim {name} is {state} but has no seal")]
    Unsealed {
        /// Which claim.
        name: ClaimName,
        /// Its state.
        state: State,
    },
}

impl Claim {
    /// A claim in state `reserved`; `sealed` at once if `seal` is given, as with a sealed layout at hand.
    pub fn begin(
        name: &ClaimName,
        nonce: Nonce,
        tag: TagAt,
        config: Digest,
        plan: Digest,
        holder: Holder,
        seal: Option<Seal>,
    ) -> Claim {
        Claim {
            format: FORMAT,
            state: if seal.is_some() { State::Sealed } else { State::Reserved },
            component: name.component.clone(),
            version: name.version.clone(),
            nonce,
            tag,
            config,
            plan,
            holder,
            charts: BTreeMap::new(),
            number_for: None,
            seal,
            why: None,
            unknown: BTreeMap::new(),
        }
    }

    /// This claim where `there` stood: what that says besides stays said, its chart numbers among it (F20).
    #[must_use]
    pub fn taking_over(mut self, there: &Claim) -> Claim {
        self.charts.clone_from(&there.charts);
        self.unknown.clone_from(&there.unknown);
        self
    }

    /// The same claim with the numbers that charts of their own versions have.
    #[must_use]
    pub fn with_numbers(mut self, numbers: &ChartNumbers) -> Claim {
        self.charts.extend(numbers.iter().map(|(chart, number)| (chart.to_string(), number.clone())));
        self
    }

    /// This claim as that of a chart's number, which a release has.
    #[must_use]
    pub fn as_number_for(mut self, release: &ClaimName) -> Claim {
        self.number_for = Some(release.to_string());
        self
    }

    /// The same claim, sealed.
    #[must_use]
    pub fn sealed(&self, seal: Seal, nonce: Nonce, holder: Holder) -> Claim {
        Claim { state: State::Sealed, seal: Some(seal), nonce, holder, ..self.clone() }
    }

    /// The same claim in a later state, its seal repeated unchanged.
    #[must_use]
    pub fn moved_on(&self, state: State, nonce: Nonce, holder: Holder) -> Claim {
        Claim { state, nonce, holder, ..self.clone() }
    }

    /// The same claim, burnt.
    #[must_use]
    pub fn burnt(&self, why: Why, nonce: Nonce, holder: Holder) -> Claim {
        Claim { why: Some(why), ..self.moved_on(State::Burnt, nonce, holder) }
    }

    /// The blob: sorted keys, one newline at the end.
    pub fn bytes(&self) -> Vec<u8> {
        let value =
            serde_json::to_value(self).expect("a claim of strings and numbers can be written as JSON");
        canonical::render_compact(&value)
    }

    /// Reads a blob that stands under `name`.
    pub fn parse(name: &ClaimName, bytes: &[u8]) -> Result<Claim, ClaimFormatError> {
        let broken =
            |why: serde_json::Error| ClaimFormatError::Broken { name: name.clone(), why: why.to_string() };
        let value: Value = serde_json::from_slice(bytes).map_err(broken)?;
        let format = value.get("format").and_then(Value::as_u64);
        if let Some(found) = format.filter(|found| *found != u64::from(FORMAT)) {
            let needs = value.get("needs").and_then(Value::as_str).map(str::to_owned);
            return Err(ClaimFormatError::Unknown { name: name.clone(), found, needs });
        }
        let claim: Claim = serde_json::from_value(value).map_err(broken)?;
        if (&claim.component, &claim.version) != (&name.component, &name.version) {
            let (component, version) = (claim.component, claim.version);
            return Err(ClaimFormatError::Misplaced { name: name.clone(), component, version });
        }
        if claim.state != State::Reserved && claim.seal.is_none() {
            return Err(ClaimFormatError::Unsealed { name: name.clone(), state: claim.state });
        }
        Ok(claim)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name() -> ClaimName {
        ClaimName { component: "app".parse().expect("a name"), version: "1.0.0".into() }
    }

    /// A claim as a newer Plimsoll may write it, with more fields everywhere.
    fn newer() -> Value {
        let digest = Digest::of(b"x").to_string();
        let object = "1".repeat(40);
        json!({
            "format": 1, "state": "committed", "component": "app", "version": "1.0.0", "nonce": "00", "new": 1,
            "tag": { "name": "v1.0.0", "object": object, "commit": object, "on_remote": true },
            "config": digest, "plan": digest, "charts": { "chart": "7" },
            "holder": { "run": "r", "host": "h", "since": 0 },
            "seal": {
                "time": 0, "record": digest, "artifacts": { "app": digest }, "new": [1],
                "images": { "app": {
                    "media_type": "m", "size": 1, "platforms": {}, "labels": {}, "new": { "a": 1 },
                } },
                "targets": [{
                    "artifact": "app", "repository": "one.test/app", "necessity": "required",
                    "version_tags": ["v1.0.0"], "new": "x",
                }],
            },
        })
    }

    #[test]
    fn what_newer_versions_added_stays_when_the_claim_is_rewritten() {
        let claim = Claim::parse(&name(), newer().to_string().as_bytes()).expect("it can be read");
        let mut want = newer();
        want["state"] = "published".into();
        let rewritten = claim.moved_on(State::Published, claim.nonce.clone(), claim.holder.clone());
        let found: Value = serde_json::from_slice(&rewritten.bytes()).expect("JSON");
        assert_eq!(found, want);
    }

    #[test]
    fn a_takeover_keeps_chart_numbers_and_what_newer_versions_added() {
        let there = Claim::parse(&name(), newer().to_string().as_bytes()).expect("it can be read");
        let Claim { tag, config, plan, holder, .. } = there.clone();
        let mine = Claim::begin(&name(), Nonce::new(1), tag, config, plan, holder, None).taking_over(&there);
        assert_eq!((mine.charts, mine.unknown), (there.charts, there.unknown));
        assert_eq!((mine.state, mine.seal), (State::Reserved, None));
    }
}
