//! `schema`: what may stand in `plimsoll.toml`, for editors.

use super::ending::{Ended, Outcome};
use crate::config::schema::schema;
use crate::output::Answer;

pub(super) fn run() -> Outcome {
    Ok(Ended::well(Answer::Text(format!("{:#}\n", schema()))))
}
