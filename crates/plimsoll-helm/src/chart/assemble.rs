//! From files to a chart (Helm's `loader.LoadFiles`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::metadata::{ApiVersion, Metadata};
use super::{
    CHART_LOCK, CHART_YAML, Chart, ChartError, ChartFile, REQUIREMENTS_LOCK, REQUIREMENTS_YAML,
    VALUES_SCHEMA, VALUES_YAML,
};
use crate::archive::{Budget, read_files};
use crate::yaml;

/// How deep charts may lie in one another.
const DEPTH_LIMIT: usize = 16;

pub(super) fn assemble(files: Vec<ChartFile>) -> Result<Chart, ChartError> {
    let mut budget = Budget::of_a_chart();
    for file in &files {
        budget.take(file.bytes.len()).map_err(|_| ChartError::TooLarge)?;
    }
    assemble_at(files, 0, &mut budget)
}

/// `budget` is what the archives inside may still unpack to.
fn assemble_at(files: Vec<ChartFile>, depth: usize, budget: &mut Budget) -> Result<Chart, ChartError> {
    if depth > DEPTH_LIMIT {
        return Err(ChartError::TooDeep { limit: DEPTH_LIMIT });
    }
    let metadata = read_metadata(&files)?;
    // Those of others are Helm's business: it may be more lenient with what they may write.
    if depth == 0 {
        check_values(&files)?;
    }
    let mut own = Vec::new();
    let mut below: BTreeMap<String, Vec<ChartFile>> = BTreeMap::new();
    for file in files {
        // Helm keeps provenance files where they are.
        match file.path.strip_prefix("charts/").filter(|rest| !rest.ends_with(".prov")) {
            Some(rest) => {
                let entry = rest.split('/').next().unwrap_or(rest).to_owned();
                let path = rest.to_owned();
                below.entry(entry).or_default().push(ChartFile { path, ..file });
            }
            None if is_left_out(&file.path, metadata.api_version) => {}
            None => own.push(file),
        }
    }
    own.sort_by(|one, other| rank(&one.path).cmp(&rank(&other.path)).then_with(|| one.path.cmp(&other.path)));
    let mut subcharts: Vec<Chart> = Vec::new();
    for (entry, files) in below.into_iter().filter(|(entry, _)| !entry.starts_with(['_', '.'])) {
        let subchart = read_subchart(&entry, files, depth, budget)?;
        if subcharts.iter().any(|other| other.metadata.name == subchart.metadata.name) {
            return Err(ChartError::SameSubchart { name: subchart.metadata.name });
        }
        subcharts.push(subchart);
    }
    subcharts.sort_by(|one, other| one.metadata.name.cmp(&other.metadata.name));
    Ok(Chart { metadata, files: own, subcharts })
}

fn read_subchart(
    entry: &str,
    files: Vec<ChartFile>,
    depth: usize,
    budget: &mut Budget,
) -> Result<Chart, ChartError> {
    let inside = if entry.ends_with(".tgz") {
        let packed = files.first().filter(|file| file.path == entry);
        let packed = packed.map(|file| file.bytes.as_slice()).unwrap_or_default();
        read_files(packed, budget).map_err(|error| ChartError::SubchartArchive {
            entry: entry.to_owned(),
            error: Box::new(error),
        })?
    } else {
        let within = |file: ChartFile| {
            let path = file.path.split_once('/')?.1.to_owned();
            Some(ChartFile { path, ..file })
        };
        files.into_iter().filter_map(within).collect()
    };
    assemble_at(inside, depth + 1, budget)
        .map_err(|error| ChartError::Subchart { entry: entry.to_owned(), error: Box::new(error) })
}

fn find_text<'a>(files: &'a [ChartFile], name: &'static str) -> Result<Option<&'a str>, ChartError> {
    let Some(file) = files.iter().find(|file| file.path == name) else { return Ok(None) };
    let text = std::str::from_utf8(&file.bytes).map_err(|_| ChartError::NotText { file: name })?;
    Ok(Some(text))
}

fn read_yaml(files: &[ChartFile], name: &'static str) -> Result<Option<Value>, ChartError> {
    let text = find_text(files, name)?;
    text.map(yaml::read).transpose().map_err(|error| ChartError::Yaml { file: name, error })
}

fn read_metadata(files: &[ChartFile]) -> Result<Metadata, ChartError> {
    let value = read_yaml(files, CHART_YAML)?.ok_or(ChartError::NoChartYaml)?;
    let explain = |file| move |error| ChartError::Metadata { file, error };
    let mut metadata = Metadata::from_value(&value).map_err(explain(CHART_YAML))?;
    if let Some(requirements) = read_yaml(files, REQUIREMENTS_YAML)? {
        if metadata.api_version == ApiVersion::V2 {
            return Err(ChartError::Requirements);
        }
        metadata.read_requirements(&requirements).map_err(explain(REQUIREMENTS_YAML))?;
    }
    metadata.validate().map_err(explain(CHART_YAML))?;
    Ok(metadata)
}

fn check_values(files: &[ChartFile]) -> Result<(), ChartError> {
    if !matches!(read_yaml(files, VALUES_YAML)?, None | Some(Value::Null | Value::Object(_))) {
        return Err(ChartError::ValuesNoMapping);
    }
    if let Some(schema) = files.iter().find(|file| file.path == VALUES_SCHEMA) {
        let bytes = schema.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&schema.bytes);
        serde_json::from_slice::<serde::de::IgnoredAny>(bytes)
            .map_err(|error| ChartError::SchemaNoJson { error: error.to_string() })?;
    }
    Ok(())
}

/// What Helm reads and does not pack.
fn is_left_out(path: &str, api_version: ApiVersion) -> bool {
    match api_version {
        ApiVersion::V1 => path == CHART_LOCK,
        ApiVersion::V2 => path == REQUIREMENTS_LOCK,
    }
}

/// The order of a package: what says what the chart is comes first.
fn rank(path: &str) -> usize {
    const FIRST: [&str; 4] = [CHART_YAML, CHART_LOCK, VALUES_YAML, VALUES_SCHEMA];
    match FIRST.iter().position(|first| *first == path) {
        Some(place) => place,
        None if path.starts_with("templates/") => FIRST.len(),
        None => FIRST.len() + 1,
    }
}

#[cfg(test)]
mod tests;
