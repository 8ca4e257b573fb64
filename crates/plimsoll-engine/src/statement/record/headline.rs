//! What a list says of a record. Thousands are read like this in the time that some hundreds take as a whole.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{Head, Record, RecordError};
use crate::domain::artifact::ArtifactName;
use crate::domain::git::{GitTag, Oid};

/// What a list says of a record, in any format; what else is in the file is not looked at.
#[derive(Clone, Debug, Deserialize)]
pub struct Headline {
    /// The component, if the format has one.
    pub component: Option<ArtifactName>,
    /// The version, without `v`.
    pub version: String,
    /// When the set was sealed, RFC 3339.
    pub release_date: String,
    /// The commit.
    pub git_commit: Oid,
    /// The ref: `refs/tags/v1.0.0`.
    pub git_ref: String,
    #[serde(default)]
    docker_images: BTreeMap<ArtifactName, IgnoredAny>,
    /// As it is: other formats may have something else under this name.
    #[serde(default)]
    charts: Value,
    #[serde(default)]
    format: Option<u64>,
    #[serde(default)]
    needs: Option<String>,
}

impl Headline {
    /// Reads the headline of a record file.
    ///
    /// # Errors
    /// It is no record, or of a format that is not known here.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Headline, RecordError> {
        let read: Result<Headline, _> = serde_json::from_slice(bytes);
        match read {
            Ok(mut headline) => {
                let head = Head { format: headline.format, needs: headline.needs.take() };
                // Scripts that kept such files wrote the version with its `v`.
                if head.check(file)?.is_none()
                    && let Some(bare) = headline.version.strip_prefix('v')
                {
                    headline.version = bare.to_owned();
                }
                Ok(headline)
            }
            // A later format may lack what this one has: that it is later is what matters.
            Err(why) => {
                Record::read_head(file, bytes)?.check(file)?;
                Err(RecordError::Broken { file: file.into(), why: why.to_string() })
            }
        }
    }

    /// The git tag.
    pub fn tag(&self) -> GitTag {
        GitTag(self.git_ref.strip_prefix("refs/tags/").unwrap_or(&self.git_ref).to_owned())
    }

    /// The charts: what `Chart.yaml` calls each, and its version.
    pub fn charts(&self) -> Vec<(String, String)> {
        let text = |chart: &Value, key: &str| Some(chart.get(key)?.as_str()?.to_owned());
        let charts = self.charts.as_object().into_iter().flat_map(|charts| charts.values());
        charts.filter_map(|chart| Some((text(chart, "name")?, text(chart, "version")?))).collect()
    }

    /// The names of the images.
    pub fn into_images(self) -> Vec<ArtifactName> {
        self.docker_images.into_keys().collect()
    }
}
