//! Whole releases by the real binary to registries that are not ours.
//!
//! Every registry is started by its test on loopback, git remotes are bare repositories spoken to over `file://`,
//! and a machine is an environment with a home and a clone of its own. Who judges is not our client: crane, skopeo,
//! or [`observer`], which speaks plain HTTP.
//!
//! | what is shown | where |
//! |---|---|
//! | everything that a release makes, and that the next run makes nothing | [`released`] |
//! | charts are what Helm pulls, and name what was released | [`charts`], [`chart_truth`] |
//! | who is let in, and what is said to the others | [`credentials`], [`tokens`] |
//! | content that something else made stays what it was | [`imports`] |
//! | further registries, required and optional | [`mirrors`] |
//! | moving tags follow their line | [`moving`] |
//! | what is somebody else's is never touched | [`conflict`] |
//! | signatures, and what cosign says of them | [`signed`] |
//! | services that sign go down, and are asked for little | [`outage`] |
//! | the line is cut at every request | [`wire_crashes`] |
//! | the process is killed at any moment | [`kills`] |
//! | other tools push to and pull from our own registry | [`serve`] |
//! | several machines and strangers at once | [`races`], [`strangers`] |

mod chart_alone;
mod chart_index;
mod chart_listed_alone;
mod chart_provenance;
mod chart_truth;
mod charts;
mod claim;
mod conflict;
mod credentials;
mod imports;
mod kills;
mod lane;
mod law;
mod machine;
mod mirrors;
mod moving;
mod observer;
mod outage;
mod project;
mod races;
mod released;
mod serve;
mod signed;
mod strangers;
mod tokens;
mod wire_crashes;
