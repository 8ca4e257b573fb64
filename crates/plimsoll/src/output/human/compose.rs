//! Compose files. The text is data, unless it went into a file.

use crate::output::json::compose::ComposeInfo;

/// Renders the text.
pub fn render(answer: &ComposeInfo) -> String {
    match answer.output {
        Some(_) => String::new(),
        None => answer.text.clone(),
    }
}

/// Says what was written where.
pub fn remarks(answer: &ComposeInfo) -> Vec<String> {
    let mut remarks: Vec<String> =
        answer.images.iter().map(|image| format!("{}: {}", image.service, image.image)).collect();
    if let Some(output) = &answer.output {
        remarks.push(format!("written to {output}"));
    }
    if let Some(manifest) = &answer.app_compose {
        remarks.push(format!("written to {}, hash {}", manifest.output, manifest.hash));
    }
    remarks
}
