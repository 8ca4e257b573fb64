//! What goes wrong with a forge.

/// Why a forge did not do what was asked of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForgeError {
    /// It did not answer.
    #[error("{forge} can't be reached: {why}")]
    Unreachable {
        /// Its address.
        forge: String,
        /// What happened.
        why: String,
    },
    /// It wants a token, or another one.
    #[error("{forge} wants to know who asks to {act}: {why}")]
    Unauthorized {
        /// Its address.
        forge: String,
        /// What was to be done.
        act: String,
        /// What it said.
        why: String,
    },
    /// It does not let us.
    #[error("{forge} does not let us {act}: {why}")]
    Denied {
        /// Its address.
        forge: String,
        /// What was to be done.
        act: String,
        /// What it said.
        why: String,
    },
    /// It asks for fewer requests, for longer than is waited.
    #[error("{forge} asks for fewer requests: {why}")]
    Busy {
        /// Its address.
        forge: String,
        /// What it said.
        why: String,
    },
    /// It refused, or said something unexpected.
    #[error("{forge} did not {act}: {why}")]
    Rejected {
        /// Its address.
        forge: String,
        /// What was to be done.
        act: String,
        /// What it said.
        why: String,
    },
}
