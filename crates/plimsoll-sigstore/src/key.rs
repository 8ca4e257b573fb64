//! Keys: pairs that sign, public keys that verify, and the files that hold them.

mod encrypted;
mod pem;
mod private;
mod public;

pub use private::{PrivateKey, PrivateKeyError};
pub use public::{KeyKind, PublicKey, PublicKeyError, WrongSignature};
