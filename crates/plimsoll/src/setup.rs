//! Beginnings: a sample project that is really released, and a configuration drafted from workflows.

pub(crate) mod demo;
pub(crate) mod from_workflows;
