//! Secrets as a type that cannot be printed, and the redaction of texts that may hold one.

mod redactor;
mod unspoken;

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

pub use redactor::Redactor;
pub use unspoken::{holds_private_key, unspoken};

/// What is printed in place of a secret.
pub const MASK: &str = "***";

/// A password, token or key.
///
/// `Debug` and `Display` print [`MASK`]; it has no `Serialize`; its memory is wiped on drop. The only way to the
/// text is [`Secret::expose`], which a reviewer can search for.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a text as secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// True if there is no text at all, as with an environment variable that is set to nothing.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_a_mask_inside_anything() {
        let secret = Secret::new("hunter2");
        assert_eq!(
            format!("{secret} {secret:?} {:?}", Some(("user", &secret))),
            "*** *** Some((\"user\", ***))"
        );
        assert_eq!(secret.expose(), "hunter2");
    }
}
