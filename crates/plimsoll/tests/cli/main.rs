//! What users see: each command, and each way to go wrong, as the binary says it.
//!
//! Snapshots hold exit code, standard output and standard error. What changes from run to run is replaced: `[n]` for
//! digests, `YYYY-…` for times, `[commit]` for commits.

#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

mod answers;
mod assembled;
mod attested;
mod attesting;
mod audit;
mod bad_repositories;
mod builders;
mod carried_over;
mod change;
mod chart;
mod chart_dependencies;
mod ci;
mod codes;
mod compose;
mod configuration;
mod copy;
mod demo;
mod deploy;
mod doctor;
mod documents;
mod exported;
mod families;
mod forge;
mod git;
mod help;
mod image_signatures;
mod imported_keys;
mod init;
mod inputs;
mod interrupt;
mod keyed;
mod ledger;
mod library;
mod login;
mod mistaken;
mod other_sigstores;
mod own;
mod own_action;
mod own_release;
mod places;
mod promote;
mod public_good;
mod public_repositories;
mod publish;
mod registries;
mod registry;
mod rekor_v1;
mod rekor_v1_images;
mod released_charts;
mod rivals;
mod room;
mod sayings;
mod scanned;
mod scene;
mod seeds;
mod services;
mod settled;
mod signatures;
mod signed_files;
mod signing;
mod silence;
mod site;
mod site_in_browser;
mod tag;
mod tags;
mod trusting;
mod vendors;
mod version;
mod withdraw;
mod workflow_shapes;
mod workflow_steps;
