//! Packing files into layers, the same bytes everywhere.
