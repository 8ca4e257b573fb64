//! The world in memory: every role of the engine on one shared [`Sea`], and a [`Scheduler`] that decides who acts next.
//!
//! A [`Sea`] is what the machines share: git tags, claims, image repositories, the ledger, time. A [`Machine`] has its
//! own workshop and journal; each of its runs gets a [`plimsoll_engine::world::World`] of its own. Every single read or
//! write waits for its turn, and the [`Scheduler`] grants one turn at a time, so that a schedule is an interleaving of
//! single reads and writes. A run that is killed is a future that is dropped. Nothing here takes real time, and the same
//! seed gives the same bytes.

mod act;
mod caller;
mod chart_repositories;
mod chart_signer;
mod claims;
mod deployments;
mod fault;
mod forge;
mod history;
mod invariant;
mod machine;
mod renderer;
mod repository;
mod scanner;
mod scheduler;
mod sea;
mod signatures;
mod small_roles;
mod store;
mod strangers;
mod turn;
mod workshop;

pub use act::Act;
pub use deployments::SeaDeployment;
pub use fault::{Fault, Weather};
pub use forge::SeaPage;
pub use history::{Author, Change, Deed};
pub use invariant::Violation;
pub use machine::{Aboard, Builds, Machine};
pub use repository::Repository;
pub use scheduler::{End, RunId, Scheduler};
pub use sea::Sea;
