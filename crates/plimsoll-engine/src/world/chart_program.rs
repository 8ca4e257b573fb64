//! Helm, where it is installed: renders charts as it would install them.

use super::{Work, WorldError};

/// A packaged chart, and the values that it is rendered with.
#[derive(Clone, Debug)]
pub struct RenderOrder<'a> {
    /// The name of the package: `app-1.0.0.tgz`.
    pub name: &'a str,
    /// The package.
    pub package: &'a [u8],
    /// Values that are laid over the chart's own: each alone, beside a run without any.
    pub presets: &'a [Preset],
}

/// A file of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its path in the chart's folder.
    pub path: String,
    /// Its text.
    pub bytes: Vec<u8>,
}

/// A chart, rendered with one set of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The path of the preset; none for the chart's own values.
    pub preset: Option<String>,
    /// The manifests, or what Helm said instead.
    pub text: Result<String, String>,
}

/// A program that renders charts.
pub trait ChartProgram: Send + Sync {
    /// Whether there is such a program.
    fn is_there(&self) -> Work<'_, bool>;
    /// Renders a chart with its own values, and with each preset; `None` if there is no such program.
    fn render<'a>(&'a self, order: RenderOrder<'a>) -> Work<'a, Option<Vec<Rendered>>, WorldError>;
}

/// A machine without Helm.
pub struct NoChartProgram;

impl ChartProgram for NoChartProgram {
    fn is_there(&self) -> Work<'_, bool> {
        Box::pin(async { Ok(false) })
    }

    fn render<'a>(&'a self, _order: RenderOrder<'a>) -> Work<'a, Option<Vec<Rendered>>, WorldError> {
        Box::pin(async { Ok(None) })
    }
}
