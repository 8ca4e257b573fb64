//! Whole indexes from one store to another, byte-identical.
