//! A configuration that was drafted, and workflows.

use crate::output::json::init::InitDone;

/// Renders it.
pub fn render(answer: &InitDone) -> String {
    let mut text = String::new();
    for file in &answer.files {
        let status = match file.status {
            "written" => "written",
            "same" => "there already",
            _ => "there already, and kept",
        };
        text.push_str(&format!("{status:<24}  {}\n", file.path));
    }
    for difference in answer.files.iter().filter_map(|file| file.difference.as_ref()) {
        text.push_str(&format!("\n{difference}"));
    }
    text
}

/// Says what could not be carried over, and what is left to do.
pub fn remarks(answer: &InitDone) -> Vec<String> {
    let mut remarks: Vec<String> =
        answer.left.iter().map(|what| format!("not carried over: {}", what.replace('\n', " "))).collect();
    remarks.extend(answer.next.iter().cloned());
    remarks
}
