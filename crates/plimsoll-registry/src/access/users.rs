//! Users and their passwords.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

/// How many good answers are remembered.
const MOST_KNOWN: usize = 1024;

/// Users with their passwords.
pub struct Users {
    passwords: HashMap<String, Password>,
    /// Checking a password is made slow on purpose, so that what was found right is remembered: as hashes that are worth
    /// nothing outside of this process.
    known: Mutex<HashSet<[u8; 32]>>,
    salt: [u8; 32],
}

enum Password {
    /// Hashed by us, from a password in the clear.
    Hash([u8; 32]),
    /// As `htpasswd -B` writes it.
    Bcrypt(String),
}

/// Why there are no users.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsersError {
    /// A line that is not `user:hash`.
    #[error("line {line} is not `user:hash`")]
    Line {
        /// Its number, from 1.
        line: usize,
    },
    /// A password that was not hashed with bcrypt.
    #[error("the password of `{user}` in line {line} is not hashed with bcrypt: `htpasswd -B` does that")]
    Hash {
        /// Whose password it is.
        user: String,
        /// The line's number, from 1.
        line: usize,
    },
    /// There is nobody in the file.
    #[error("it names no user")]
    Nobody,
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Randomness,
}

impl Users {
    /// One user.
    ///
    /// # Errors
    /// [`UsersError::Randomness`].
    pub fn one(user: &str, password: &str) -> Result<Users, UsersError> {
        let mut users = Users::nobody()?;
        let hash = users.hash(user, password);
        users.passwords.insert(user.to_owned(), Password::Hash(hash));
        Ok(users)
    }

    /// Reads a file as `htpasswd -B` writes it: lines of `user:hash`, empty ones, and comments behind `#`.
    ///
    /// # Errors
    /// A line is none of those, a password is hashed otherwise, or there is no user.
    pub fn parse(htpasswd: &str) -> Result<Users, UsersError> {
        let mut users = Users::nobody()?;
        for (number, text) in htpasswd.lines().enumerate() {
            let (line, text) = (number + 1, text.trim());
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (user, hash) = text.split_once(':').ok_or(UsersError::Line { line })?;
            if !["$2a$", "$2b$", "$2y$"].iter().any(|start| hash.starts_with(start)) || hash.len() != 60 {
                return Err(UsersError::Hash { user: user.to_owned(), line });
            }
            users.passwords.insert(user.to_owned(), Password::Bcrypt(hash.to_owned()));
        }
        if users.passwords.is_empty() { Err(UsersError::Nobody) } else { Ok(users) }
    }

    /// True if this is the user's password.
    pub(super) async fn check(users: &Arc<Users>, user: String, password: String) -> bool {
        let hash = users.hash(&user, &password);
        match users.passwords.get(&user) {
            None => false,
            // Both are hashes with a salt that nobody knows, so that how long this takes tells nothing.
            Some(Password::Hash(wanted)) => *wanted == hash,
            Some(Password::Bcrypt(wanted)) => {
                if users.known().contains(&hash) {
                    return true;
                }
                let wanted = wanted.clone();
                let checked = tokio::task::spawn_blocking(move || bcrypt::verify(password, &wanted));
                let good = matches!(checked.await, Ok(Ok(true)));
                if good && users.known().len() < MOST_KNOWN {
                    users.known().insert(hash);
                }
                good
            }
        }
    }

    fn nobody() -> Result<Users, UsersError> {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(|_| UsersError::Randomness)?;
        Ok(Users { passwords: HashMap::new(), known: Mutex::default(), salt })
    }

    fn hash(&self, user: &str, password: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.salt);
        hash.update(user.len().to_le_bytes());
        hash.update(user);
        hash.update(password);
        hash.finalize().into()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashSet<[u8; 32]>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Users {
    /// Tells names, never passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.passwords.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `loadline`, with the lowest cost.
    const HASH: &str = "$2b$04$8rLqfsfU6JyKUO/r9A/7S.0DX2fo.5js5aebOS1lKJCnAE3omYO2W";

    #[tokio::test]
    async fn checks_passwords() {
        let file = Users::parse(&format!("# ours\n\nada:{HASH}\n")).unwrap();
        let one = Users::one("ada", "loadline").unwrap();
        for users in [Arc::new(file), Arc::new(one)] {
            for (user, password, good) in [
                ("ada", "loadline", true),
                ("ada", "loadline", true),
                ("ada", "wrong", false),
                ("ada", "", false),
                ("bob", "loadline", false),
            ] {
                let found = Users::check(&users, user.into(), password.into()).await;
                assert_eq!(found, good, "{user}:{password}");
            }
            assert!(!format!("{users:?}").contains("loadline"));
        }
    }

    #[test]
    fn refuses_other_files() {
        assert_eq!(Users::parse("ada").unwrap_err(), UsersError::Line { line: 1 });
        assert_eq!(
            Users::parse("\nada:$apr1$x$y").unwrap_err(),
            UsersError::Hash { user: "ada".into(), line: 2 }
        );
        assert_eq!(Users::parse("# nobody\n").unwrap_err(), UsersError::Nobody);
    }
}
