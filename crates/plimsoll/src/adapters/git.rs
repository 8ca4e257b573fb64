//! The user's git repository and its remote, by the `git` program.
//!
//! Nothing here changes the user's repository, except that a tag is made or deleted when the user asks for it. What is fetched,
//! and what is made to be pushed, goes into a [`scratch`] repository of this process.
//!
//! | module | does |
//! |---|---|
//! | [`program`] | runs `git` with a known environment and known settings |
//! | [`refusal`] | says what a failed command means |
//! | [`ref_name`] | says which texts can be part of a ref |
//! | [`plain`], [`repository`] | find the repository; HEAD, modified files, local tags |
//! | [`settings`] | reads what the user's configuration says |
//! | [`refs`] | refs of this clone, by name |
//! | [`ref_files`] | reads them without git where they are files |
//! | [`address`], [`remote`] | says which remote is meant, and talks to it |
//! | [`scratch`] | keeps what is fetched |
//! | [`tag`], [`commit`], [`commit_reader`], [`ancestry`] | say what a release is made from |
//! | [`make_tag`] | makes and pushes a tag |
//! | [`line`] | says which commits a branch or pull request had as its newest, and what one changed |
//! | [`tree`] | opens the commit's files |
//! | [`check_out`] | writes them into a folder |
//! | [`object_answer`] | reads what git says of an object |
//! | [`push_report`], [`claims`] | hold claims on the remote |
//! | [`branch`] | writes a branch of the remote, beside the working tree |
//! | [`chart_branches`] | lists charts on one |
//! | [`commit_files`], [`branch_ledger`] | read the ledger from a commit, and commit to it on the remote |

mod address;
mod ancestry;
mod branch;
mod branch_ledger;
mod chart_branches;
mod check_out;
mod claims;
mod commit;
mod commit_files;
mod commit_reader;
mod line;
mod make_tag;
mod object_answer;
mod plain;
mod program;
mod push_report;
mod ref_files;
mod ref_name;
mod refs;
mod refusal;
mod remote;
mod repository;
mod scratch;
mod settings;
mod tag;
#[cfg(test)]
pub(crate) mod tests;
mod tree;

pub(crate) use branch_ledger::BranchLedger;
pub use branch_ledger::{Author, Committing, Landing, SignOff, is_proposal, proposal_branch};
pub use chart_branches::ChartBranches;
pub(crate) use claims::GitClaims;
pub use commit::Commit;
pub(crate) use commit_files::CommitLedger;
pub use commit_reader::CommitReader;
pub use make_tag::Signed;
pub use ref_files::TagNames;
pub use remote::Remote;
pub use repository::{Head, LocalTag, Repository, RepositoryError};
pub(crate) use tag::GitTags;
pub(crate) use tree::{CommitTree, POINTER};
