//! Charts of a record, from seals and back.

use std::collections::BTreeMap;

use super::{RecordedChart, RecordedFile};
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::{Seal, SealedChart, SealedFile};
use crate::domain::target::{Necessity, Target};
use crate::statement::record::Facts;

/// The charts of a set.
pub(super) fn of(facts: Facts<'_>) -> BTreeMap<ArtifactName, RecordedChart> {
    let chart = |(name, sealed): (&ArtifactName, &SealedChart)| {
        let target = facts.targets.iter().find(|target| target.artifact == *name)?;
        let recorded = RecordedChart {
            repository: target.repository.clone(),
            version: sealed.version.clone(),
            digest: facts.artifacts.get(name)?.clone(),
            name: sealed.chart.clone(),
            app_version: sealed.app_version.clone(),
            tag: target.version_tags.first().cloned(),
            size: sealed.size,
            package: RecordedFile {
                file: sealed.package_name(),
                hash: Some(sealed.package.digest.hex().to_owned()),
                size: Some(sealed.package.size),
            },
            listed_in: sealed.listed_in.clone(),
            own_tag: sealed.own_tag.clone(),
        };
        Some((name.clone(), recorded))
    };
    facts.charts.iter().filter_map(chart).collect()
}

/// Puts a chart of a record into the seal that the record stands for; `None` if no seal could have said it.
pub(super) fn seal(seal: &mut Seal, name: &ArtifactName, chart: &RecordedChart) -> Option<()> {
    let digest = format!("sha256:{}", chart.package.hash.as_deref()?).parse().ok()?;
    seal.artifacts.insert(name.clone(), chart.digest.clone());
    let sealed = SealedChart {
        chart: chart.name.clone(),
        version: chart.version.clone(),
        app_version: chart.app_version.clone(),
        size: chart.size,
        package: SealedFile { digest, size: chart.package.size? },
        listed_in: chart.listed_in.clone(),
        own_tag: chart.own_tag.clone(),
        unknown: BTreeMap::new(),
    };
    seal.charts.insert(name.clone(), sealed);
    seal.targets.push(Target {
        artifact: name.clone(),
        repository: chart.repository.clone(),
        necessity: Necessity::Required,
        version_tags: chart.tag.iter().cloned().collect(),
        first_wins: Vec::new(),
        moving: Vec::new(),
        unknown: BTreeMap::new(),
    });
    Some(())
}
