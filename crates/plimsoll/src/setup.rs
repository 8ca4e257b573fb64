//! Beginnings: a sample project that is really released, a first configuration, and the workflows around it.

pub(crate) mod demo;
pub(crate) mod difference;
pub(crate) mod dockerfile;
pub(crate) mod draft;
pub(crate) mod from_workflows;
pub(crate) mod holdings;
pub(crate) mod pipeline_files;
pub(crate) mod workflow_check;
pub(crate) mod workflows;
mod yaml_fault;
