//! A Helm that knows nothing but `{{ .Values.a.b }}`.

use plimsoll_engine::world::chart_program::{ChartProgram, RenderOrder, Rendered};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_helm::archive::read_chart;
use plimsoll_helm::yaml;
use serde_json::Value;

/// Renders the templates of a chart with its own values; it has no presets.
pub(super) struct Renderer;

impl ChartProgram for Renderer {
    fn is_there(&self) -> Work<'_, bool> {
        Box::pin(async { Ok(true) })
    }

    fn render<'a>(&'a self, order: RenderOrder<'a>) -> Work<'a, Option<Vec<Rendered>>, WorldError> {
        let text = render(order.package);
        Box::pin(async move { Ok(Some(vec![Rendered { preset: None, text }])) })
    }
}

fn render(package: &[u8]) -> Result<String, String> {
    let chart = read_chart(package).map_err(|error| error.to_string())?;
    let values = yaml::read(chart.find_text("values.yaml").unwrap_or_default());
    let values = values.map_err(|error| error.to_string())?;
    let templates = chart.files.iter().filter(|file| file.path.starts_with("templates/"));
    let texts = templates.map(|file| fill(&String::from_utf8_lossy(&file.bytes), &values));
    Ok(texts.collect::<Vec<_>>().join("---\n"))
}

fn fill(template: &str, values: &Value) -> String {
    let mut pieces = template.split("{{ .Values.");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (path, rest) = piece.split_once(" }}").unwrap_or((piece, ""));
        let value = values.pointer(&format!("/{}", path.replace('.', "/")));
        text.push_str(value.and_then(Value::as_str).unwrap_or_default());
        text.push_str(rest);
    }
    text
}
