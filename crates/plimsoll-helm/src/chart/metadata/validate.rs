//! What Helm takes for a chart.

use super::{Dependency, Metadata, MetadataError};
use crate::version::ChartVersion;

pub(super) fn validate(metadata: &Metadata) -> Result<(), MetadataError> {
    let Metadata { name, version, kind, dependencies, .. } = metadata;
    if name.is_empty() {
        return Err(MetadataError::Missing { field: "name" });
    }
    // It becomes a folder and a part of addresses.
    if matches!(name.as_str(), "." | "..") || name.contains(['/', '\\']) {
        return Err(MetadataError::Name { name: name.clone() });
    }
    if version.is_empty() {
        return Err(MetadataError::Missing { field: "version" });
    }
    if ChartVersion::parse_loose(version).is_none() {
        return Err(MetadataError::Version { version: version.clone() });
    }
    if !matches!(kind.as_str(), "" | "application" | "library") {
        return Err(MetadataError::ChartType { kind: kind.clone() });
    }
    for (place, dependency) in dependencies.iter().enumerate() {
        validate_dependency(dependency)?;
        let same = |other: &&Dependency| other.called() == dependency.called();
        if let Some(same) = dependencies.iter().take(place).find(same) {
            return Err(MetadataError::SameDependency { name: same.called().to_owned() });
        }
    }
    Ok(())
}

fn validate_dependency(dependency: &Dependency) -> Result<(), MetadataError> {
    let Dependency { name, alias, .. } = dependency;
    let allowed = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '-';
    if alias.chars().all(allowed) {
        Ok(())
    } else {
        Err(MetadataError::Alias { name: name.clone(), alias: alias.clone() })
    }
}
