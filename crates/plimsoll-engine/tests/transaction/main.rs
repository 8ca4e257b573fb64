//! The transaction on a world in memory: whatever is killed, lost, late, moved or pushed by strangers, every release
//! comes to its one truthful end (claim protocol, sections 4 to 6).
//!
//! | module | what it holds |
//! |---|---|
//! | [`acts`] | reads and writes, as schedules name them |
//! | [`project`] | the project that is released |
//! | [`stage`] | a sea with it, and runs that release it |
//! | [`ending`] | how runs end |
//! | [`truth`] | what must be true of an ending, and of the world when all is quiet |
//! | [`matrix`] | every effect × every fault × what is left on the machine × which machine × which bytes |
//! | [`schedules`] | the schedules of the claim protocol, each by its name |
//! | [`interleavings`] | seeds: any order of single reads and writes, with budgets of faults |
//! | [`switches`] | two runs, and every pair of moments at which one hands over to the other |
//! | [`charts`] | charts name the images of their set, and are visible after them |
//! | [`chart_pages`] | charts with a git tag and a page of their own |
//! | [`chart_numbers`] | charts with versions of their own |
//! | [`moving`] | moving tags, holds, yanks, late writers |
//! | [`speaking`] | yanks and rollbacks: cut off anywhere, foreseen, and with others under way |
//! | [`pages`] | the page on the forge |
//! | [`publishing`] | images of branches and pull requests: adoption, kills, and machines side by side |
//! | [`signing`] | signatures: made once, repaired, verified, and what happens when nobody signs |
//! | [`attesting`] | provenance and other statements: made once, before anything is visible |
//! | [`racing_promotions`] | promotions with a page and an environment, at once and cut off anywhere |
//! | [`races`] | two versions at once, one version twice |
//! | [`late_looks`] | what others did between a look and what was done after it |
//! | [`looking`] | what previews and verification say of releases in every state |
//! | [`silence`] | repositories that do not answer: what waits for them and what does not |
//! | [`repairing`] | what an audit writes again, and what it makes for nobody |
//! | [`lost_claims`] | claims that somebody deleted: who notices, and what writes them again |
//! | [`unclaimed`] | records that no claim tells of |
//! | [`laws`] | plans and lines, for all inputs |

mod acts;
mod attesting;
mod chart_numbers;
mod chart_pages;
mod charts;
mod deployments;
mod dice;
mod ending;
mod interleavings;
mod late_looks;
mod laws;
mod looking;
mod lost_claims;
mod matrix;
mod moving;
mod pages;
mod project;
mod publishing;
mod races;
mod racing_promotions;
mod repairing;
mod schedules;
mod signing;
mod silence;
mod speaking;
mod stage;
mod switches;
mod truth;
mod unclaimed;
