//! The schedules of the claim protocol (sections 5 and 6), each by its number there.
//!
//! A and B are runs, on two machines unless said. R1 and R2 hold images `a` and `b`, M1 mirrors R1. Builds never give
//! the same bytes twice, and a run takes over from any other, unless said.

mod before_the_commit;
mod burning;
mod mirrors;
mod moving_tags;
mod records;
mod unclaimed;
mod withdrawing;
