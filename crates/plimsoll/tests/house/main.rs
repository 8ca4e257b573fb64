//! The rules of the house that the compiler does not hold. Each is a test of its own and says what to do.

mod files;
mod floors;
mod paths;
mod prose;
mod tree;
mod walls;
