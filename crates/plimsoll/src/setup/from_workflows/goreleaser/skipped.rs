//! What GoReleaser builds and does not push: `skip_push` and `disable`.

use serde_json::Value;

use super::{list, text, texts};

/// An entry that is pushed.
pub(super) struct Entry<'a> {
    pub(super) body: &'a Value,
    /// What is said of it where it is not pushed each time.
    pub(super) remark: Option<String>,
}

/// The entries of a list that are pushed. Those that never are, are told.
pub(super) fn pushed<'a>(root: &'a Value, key: &str, left: &mut Vec<String>) -> Vec<Entry<'a>> {
    let switch = match key {
        "dockers" | "docker_manifests" => "skip_push",
        _ => "disable",
    };
    let mut entries = Vec::new();
    for body in list(root, key) {
        let says = match body.get(switch) {
            Some(Value::Bool(true)) => "true".to_owned(),
            Some(Value::String(text)) => text.trim().to_owned(),
            _ => String::new(),
        };
        let remark = match says.as_str() {
            "" | "false" => None,
            "true" => {
                left.push(format!(
                    "{key}: {}: `{switch}: true`: GoReleaser does not push it, and it is no image here",
                    names(body)
                ));
                continue;
            }
            "auto" => Some(format!(
                "`{switch}: auto`: GoReleaser pushes no prerelease of {}; here `[tags]` says whether there are any",
                names(body)
            )),
            other => Some(format!(
                "`{switch}: {other}`: GoReleaser alone knows whether it pushes {}, and here it is pushed",
                names(body)
            )),
        };
        entries.push(Entry { body, remark });
    }
    entries
}

fn names(body: &Value) -> String {
    let keys = ["image_templates", "images", "repositories", "ids"];
    let one = text(body, "name_template").or_else(|| text(body, "repository")).map(str::to_owned);
    one.or_else(|| {
        keys.iter().map(|key| texts(body, key)).find(|names| !names.is_empty()).map(|names| names.join(", "))
    })
    .unwrap_or_else(|| "an entry without a name".to_owned())
}
