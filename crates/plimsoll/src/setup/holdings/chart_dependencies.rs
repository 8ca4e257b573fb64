//! Charts that a chart needs from elsewhere.

use serde_json::Value;

/// The names of those that neither lie in the chart nor are locked: which version a release would get is not known.
pub(super) fn find_unlocked(folder: &str, about: &Value, paths: &[String]) -> Vec<String> {
    let inside = |path: &str| match folder {
        "." => path.to_owned(),
        folder => format!("{folder}/{path}"),
    };
    let has = |path: &str| paths.contains(&inside(path));
    if has("Chart.lock") || has("requirements.lock") {
        return Vec::new();
    }
    let lies_there = |name: &str| {
        let package = inside(&format!("charts/{name}-"));
        has(&format!("charts/{name}/Chart.yaml")) || paths.iter().any(|path| path.starts_with(&package))
    };
    let wanted = about.get("dependencies").and_then(Value::as_array).into_iter().flatten();
    let elsewhere = wanted.filter_map(|one| {
        let from = one.get("repository").and_then(Value::as_str).unwrap_or_default();
        let name = one.get("name").and_then(Value::as_str)?;
        (!from.is_empty() && !from.starts_with("file:") && !lies_there(name)).then(|| name.to_owned())
    });
    elsewhere.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_there_nor_locked_is_found() {
        let about = serde_json::json!({ "dependencies": [
            { "name": "db", "version": "^1", "repository": "https://charts.example" },
            { "name": "own", "version": "1.0.0", "repository": "file://../own" },
        ] });
        let found = |folder: &str, paths: &[&str]| {
            let paths: Vec<String> = paths.iter().map(|&path| path.to_owned()).collect();
            find_unlocked(folder, &about, &paths)
        };
        assert_eq!(found("charts/app", &["charts/app/Chart.yaml"]), ["db"]);
        assert_eq!(found(".", &["Chart.yaml"]), ["db"]);
        for there in ["Chart.lock", "charts/db/Chart.yaml", "charts/db-1.2.3.tgz"] {
            assert_eq!(found("charts/app", &[&format!("charts/app/{there}")]), [""; 0], "{there}");
            assert_eq!(found(".", &[there]), [""; 0], "{there}");
        }
    }
}
