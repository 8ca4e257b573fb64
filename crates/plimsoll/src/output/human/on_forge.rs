//! What the forge shows of a release.

use crate::output::json::on_forge::{DeploymentInfo, PageInfo};

/// Where the page is, and what it lacks.
pub fn describe_page(page: &PageInfo) -> Vec<String> {
    let mut remarks = vec![format!("release page: {}", page.url)];
    if !page.lacks.is_empty() {
        remarks.push(format!(
            "it is immutable and was published before: it lacks {}; they are in the registry and the ledger",
            page.lacks.join(", ")
        ));
    }
    remarks
}

/// What stands in an environment.
pub fn describe_deployment(deployment: &DeploymentInfo) -> String {
    let DeploymentInfo { environment, url, at, .. } = deployment;
    match (at, url) {
        (Some(at), _) => format!("{environment} stays at {at}, which is higher"),
        (None, Some(url)) => format!("deployed to {environment}: {url}"),
        (None, None) => format!("deployed to {environment}"),
    }
}
