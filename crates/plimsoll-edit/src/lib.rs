//! Changes named scalars in YAML, TOML, JSON and text, every other byte kept.
