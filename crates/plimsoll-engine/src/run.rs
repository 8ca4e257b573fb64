//! The claim protocol, step by step (`docs/design/claim.md`): how a release comes to its one truthful end.
//!
//! | file | steps of the protocol |
//! |---|---|
//! | [`order`] | what a run is asked to do |
//! | [`stop`] | why it stops |
//! | [`released`] | what it leaves behind at its end |
//! | [`swap`] | compare-and-swap, and *look* |
//! | `chart_numbers` | A3: the numbers of charts that have versions of their own |
//! | `chart_marks` | listed charts of versions that are yanked |
//! | `chart_pages` | tags and pages of charts that have their own: C4 |
//! | [`readiness`] | what a run would stop for on its machine before it begins |
//! | [`sealing`] | make, verify, freeze |
//! | [`signed_files`] | the signatures of images and charts, as files of a release page |
//! | `attesting` | what is signed of a set, and where |
//! | [`signing`] | whether a run can sign, and the files with the signature of a release |
//! | [`start`] | S1, S2: read the claim before asking whether the version is free |
//! | [`before`] | A1–A7: before the commit point |
//! | [`whole`] | what goes into one repository, and whether it is all there: A5, A6, C1 |
//! | `delivery` | C1 over all repositories |
//! | [`finish`] | C1, C2: from the commit point to a published release |
//! | `following` | C3–C5: what follows then |
//! | `chart_index` | charts in their repositories over HTTP: C4 |
//! | `git_tag` | the git tag, read again: A6, C5 |
//! | [`burn`] | B1–B3 |
//! | [`survey`] | what is published and what was said of it (section 3) |
//! | [`hearing`] | what was said of releases, for answers |
//! | [`say`] | says something of released versions (section 3) |
//! | [`settle`] | moving tags (section 3) |
//! | [`settle_line`] | the same for the tags of a branch or pull request |
//! | [`commit_image`] | which image a commit without a version has |
//! | [`page`] | the release page: C4 |
//! | `posting` | what is attested, given to the forge: C4 |
//! | [`latest_page`] | what the forge shows as the latest |
//! | [`deployment`] | entries of deployments: after A2, and at the end |
//! | [`mirrors`] | what may fail without failing the release |
//! | [`unclaimed`] | `claim = "none"` (section 6) |
//! | [`withdraw`] | W |

pub(crate) mod attesting;
pub mod before;
pub mod burn;
pub(crate) mod chart_index;
pub(crate) mod chart_marks;
pub(crate) mod chart_numbers;
pub(crate) mod chart_pages;
pub mod commit_image;
pub(crate) mod delivery;
pub mod deployment;
pub mod finish;
pub(crate) mod following;
pub(crate) mod git_tag;
pub mod hearing;
pub mod latest_page;
pub(crate) mod lost_claim;
pub mod mirrors;
pub mod order;
pub mod page;
pub(crate) mod posting;
pub mod readiness;
pub mod released;
pub mod say;
pub mod sealing;
pub mod settle;
pub mod settle_line;
pub mod signed_files;
pub mod signing;
pub mod start;
mod steer;
pub mod stop;
pub mod survey;
pub mod swap;
pub mod unclaimed;
pub mod whole;
pub mod withdraw;
