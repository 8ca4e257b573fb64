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
            package: record_file(sealed.package_name(), &sealed.package),
            provenance: sealed.provenance.as_ref().map(|file| record_file(sealed.provenance_name(), file)),
            listed_in: sealed.listed_in.clone(),
            own_tag: sealed.own_tag.clone(),
        };
        Some((name.clone(), recorded))
    };
    facts.charts.iter().filter_map(chart).collect()
}

fn record_file(file: String, sealed: &SealedFile) -> RecordedFile {
    RecordedFile { file, hash: Some(sealed.digest.hex().to_owned()), size: Some(sealed.size) }
}

fn seal_file(recorded: &RecordedFile) -> Option<SealedFile> {
    let digest = format!("sha256:{}", recorded.hash.as_deref()?).parse().ok()?;
    Some(SealedFile { digest, size: recorded.size? })
}

/// Puts a chart of a record into the seal that the record stands for; `None` if no seal could have said it.
pub(super) fn seal(seal: &mut Seal, name: &ArtifactName, chart: &RecordedChart) -> Option<()> {
    let provenance = match &chart.provenance {
        Some(provenance) => Some(seal_file(provenance)?),
        None => None,
    };
    seal.artifacts.insert(name.clone(), chart.digest.clone());
    let sealed = SealedChart {
        chart: chart.name.clone(),
        version: chart.version.clone(),
        app_version: chart.app_version.clone(),
        size: chart.size,
        package: seal_file(&chart.package)?,
        provenance,
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
