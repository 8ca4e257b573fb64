//! Versions and values, set in a chart's own texts: every other byte stays, and so do line ends, quotes and comments.

use plimsoll_edit::error::EditError;
use plimsoll_edit::path::{KeyPath, PathError};
use plimsoll_edit::yaml as text;
use serde_json::Value;

use crate::chart::{CHART_YAML, ChartFile, VALUES_YAML};
use crate::yaml;

/// What to set in a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// The chart's version.
    pub version: Option<String>,
    /// The version of what it installs.
    pub app_version: Option<String>,
    /// Paths in `values.yaml`, and what stands there.
    pub values: Vec<(KeyPath, String)>,
}

/// Why something can't be set. The files are as they were.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// The file is not there.
    #[error("there is no {file}")]
    NoFile {
        /// The file.
        file: &'static str,
    },
    /// The file is not UTF-8.
    #[error("{file} is not UTF-8")]
    NotText {
        /// The file.
        file: &'static str,
    },
    /// The value can't be set in the text.
    #[error("{file}: {error}")]
    Edit {
        /// The file.
        file: &'static str,
        /// Why.
        error: EditError,
    },
    /// `appVersion` is not there and can't be put behind `version`.
    #[error("{file}: there is no `appVersion`, and no line of its own for `version` to put it behind")]
    NoPlace {
        /// The file.
        file: &'static str,
    },
}

impl SetError {
    /// The file that the error is about, and its line, from 1.
    pub fn place(&self) -> (&'static str, Option<usize>) {
        match self {
            Self::NoFile { file } | Self::NotText { file } | Self::NoPlace { file } => (file, None),
            Self::Edit { file, error } => (file, error.line()),
        }
    }
}

/// Reads a path into `values.yaml`: `image.digest`.
///
/// # Errors
/// See [`PathError`].
pub fn parse_path(path: &str) -> Result<KeyPath, PathError> {
    KeyPath::parse(path)
}

/// Sets what is to be set, all of it or nothing.
///
/// # Errors
/// See [`SetError`].
pub fn apply(files: &mut [ChartFile], edits: &Edits) -> Result<(), SetError> {
    let chart_yaml = change(files, CHART_YAML, |text| set_versions(text, edits))?;
    let values_yaml = match edits.values.as_slice() {
        [] => None,
        values => change(files, VALUES_YAML, |text| set_values(text, values))?,
    };
    for (name, changed) in [(CHART_YAML, chart_yaml), (VALUES_YAML, values_yaml)] {
        let file = files.iter_mut().find(|file| file.path == name);
        if let (Some(file), Some(changed)) = (file, changed) {
            file.bytes = changed.into_bytes();
        }
    }
    Ok(())
}

fn change(
    files: &[ChartFile],
    name: &'static str,
    change: impl Fn(&str) -> Result<String, SetError>,
) -> Result<Option<String>, SetError> {
    let file = files.iter().find(|file| file.path == name).ok_or(SetError::NoFile { file: name })?;
    let text = std::str::from_utf8(&file.bytes).map_err(|_| SetError::NotText { file: name })?;
    // The parser counts what stands behind a byte order mark.
    let (mark, text) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", text),
    };
    let changed = change(text)?;
    Ok((changed != text).then(|| format!("{mark}{changed}")))
}

fn set_values(text: &str, values: &[(KeyPath, String)]) -> Result<String, SetError> {
    values.iter().try_fold(text.to_owned(), |text, (path, value)| {
        self::text::set(&text, path, value).map_err(|error| SetError::Edit { file: VALUES_YAML, error })
    })
}

fn set_versions(text: &str, edits: &Edits) -> Result<String, SetError> {
    let explain = |error| SetError::Edit { file: CHART_YAML, error };
    let mut text = text.to_owned();
    if let Some(version) = &edits.version {
        text = self::text::set(&text, &KeyPath::of(["version"]), version).map_err(explain)?;
    }
    let Some(app_version) = &edits.app_version else { return Ok(text) };
    match self::text::set(&text, &KeyPath::of(["appVersion"]), app_version) {
        Ok(text) => Ok(text),
        Err(EditError::NotFound { .. }) => {
            add_app_version(&text, app_version).ok_or(SetError::NoPlace { file: CHART_YAML })
        }
        Err(error) => Err(explain(error)),
    }
}

/// Puts `appVersion` into a line of its own behind `version`; `None` where that can't be.
fn add_app_version(text: &str, value: &str) -> Option<String> {
    let version = self::text::find(text, &KeyPath::of(["version"])).ok()?;
    let line_start = text.get(..version.span.start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text.get(version.span.end..)?.find('\n').map(|newline| version.span.end + newline + 1);
    let (before, after) = text.split_at(line_end.unwrap_or(text.len()));
    let line = before.get(line_start..)?;
    let end = match line {
        line if line.ends_with("\r\n") => "\r\n",
        line if line.ends_with('\n') || !text.contains("\r\n") => "\n",
        _ => "\r\n",
    };
    let lead = if line.ends_with('\n') { "" } else { end };
    let quoted = serde_json::to_string(value).ok()?;
    let edited = format!("{before}{lead}appVersion: {quoted}{end}{after}");
    // The proof: what is read is what was read, and this.
    let mut want = yaml::read(text).ok()?;
    want.as_object_mut()?.insert("appVersion".to_owned(), Value::String(value.to_owned()));
    (yaml::read(&edited).ok()? == want).then_some(edited)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> ChartFile {
        ChartFile { path: path.into(), bytes: text.as_bytes().to_vec() }
    }

    fn edits(version: Option<&str>, app_version: Option<&str>, values: &[(&str, &str)]) -> Edits {
        Edits {
            version: version.map(Into::into),
            app_version: app_version.map(Into::into),
            values: values.iter().map(|(path, value)| (parse_path(path).unwrap(), (*value).into())).collect(),
        }
    }

    fn applied(chart: &str, values: &str, edits: &Edits) -> Result<(String, String), SetError> {
        let mut files = [file("Chart.yaml", chart), file("values.yaml", values)];
        apply(&mut files, edits)?;
        let [chart, values] = files.map(|file| String::from_utf8(file.bytes).unwrap());
        Ok((chart, values))
    }

    #[test]
    fn every_other_byte_stays() {
        let chart = "# top\r\nname: app\r\nversion: 0.1.0 # chart\r\nappVersion: \"latest\"\r\n\r\n# end";
        let values = "image: &image\n  # -- pinned\n  digest: 'old' # here\n  tag: \"\"\nb: {x: *image}\nc: &c {digest: }\n";
        let edits = edits(Some("1.4.0"), Some("v1.4.0"), &[("c.digest", "sha256:ab")]);
        assert_eq!(
            applied(chart, values, &edits).unwrap(),
            (
                "# top\r\nname: app\r\nversion: 1.4.0 # chart\r\nappVersion: \"v1.4.0\"\r\n\r\n# end"
                    .to_owned(),
                values
                    .replace("{digest: }", "{digest: \"sha256:ab\" }")
                    .replace("\"sha256:ab\"", "sha256:ab"),
            )
        );
    }

    #[test]
    fn app_version_is_put_behind_version_where_there_is_none() {
        for (chart, want) in [
            ("name: a\nversion: 1.0.0\n", "name: a\nversion: 1.0.0\nappVersion: \"1.10\"\n"),
            (
                "version: 1.0.0 # v\r\nname: a\r\n",
                "version: 1.0.0 # v\r\nappVersion: \"1.10\"\r\nname: a\r\n",
            ),
            ("name: a\r\nversion: 1.0.0", "name: a\r\nversion: 1.0.0\r\nappVersion: \"1.10\"\r\n"),
            ("\u{feff}version: '1.0.0'\n", "\u{feff}version: '1.0.0'\nappVersion: \"1.10\"\n"),
        ] {
            let (found, _) = applied(chart, "", &edits(None, Some("1.10"), &[])).unwrap();
            assert_eq!(found, want);
        }
        let error = applied("{name: a, version: 1.0.0}\n", "", &edits(None, Some("1"), &[])).unwrap_err();
        assert_eq!(error, SetError::NoPlace { file: "Chart.yaml" });
    }

    #[test]
    fn nothing_is_set_where_not_all_can_be() {
        let chart = "name: a\nversion: 1.0.0\n";
        let mut files = [file("Chart.yaml", chart), file("values.yaml", "a: &a {b: c}\nd: *a\n")];
        for (path, want) in [("a.b", "shared"), ("x", "there is no"), ("a", "not one value")] {
            let error = apply(&mut files, &edits(Some("2.0.0"), None, &[(path, "z")])).unwrap_err();
            assert!(error.to_string().contains(want), "{error}");
            assert_eq!(files[0].bytes, chart.as_bytes());
        }
        let error = apply(&mut files[..1], &edits(None, None, &[("a", "z")])).unwrap_err();
        assert_eq!(error, SetError::NoFile { file: "values.yaml" });
    }
}
