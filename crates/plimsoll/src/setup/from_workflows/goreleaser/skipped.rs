//! What GoReleaser builds and does not push: `skip_push` and `disable`.

use serde_json::Value;

use super::{DraftImage, Made, Words, list, text, texts};

/// An entry that is pushed.
pub(super) struct Entry<'a> {
    pub(super) body: &'a Value,
    /// What is said of it where it is not pushed each time.
    pub(super) remark: Option<String>,
    pub(super) sureness: Sureness,
}

/// Whether it is known that a release pushes an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sureness {
    Known,
    /// A template decides it, and nothing says what that is.
    Open,
}

impl Entry<'_> {
    /// The image that it makes.
    pub(super) fn made(&self, image: DraftImage) -> Made {
        Made { image, sureness: self.sureness }
    }
}

/// The entries of a list that are pushed. Those that never are, are told, and those of which nobody knows.
pub(super) fn pushed<'a>(
    root: &'a Value,
    key: &str,
    words: &Words,
    left: &mut Vec<String>,
) -> Vec<Entry<'a>> {
    let switch = match key {
        "dockers" | "docker_manifests" => "skip_push",
        _ => "disable",
    };
    let mut entries = Vec::new();
    for body in list(root, key) {
        let says = match body.get(switch) {
            Some(Value::Bool(true)) => "true",
            Some(Value::String(text)) => text.trim(),
            _ => "",
        };
        let mut entry = Entry { body, remark: None, sureness: Sureness::Known };
        let unfolded = words.unfold(says);
        let is_off = |text: &str| text.trim() == "true";
        match &unfolded {
            Ok(read) if is_off(&read.finals) => {
                left.push(format!(
                    "{key}: {}: `{switch}: {says}`: GoReleaser does not push it, and it is no image here",
                    names(body)
                ));
                continue;
            }
            Ok(read) if read.finals.trim() == "auto" || is_off(&read.prereleases) => {
                entry.remark = Some(format!(
                    "`{switch}: {says}`: GoReleaser pushes no prerelease of {}; here `[tags]` says whether there are any",
                    names(body)
                ));
            }
            Ok(read) if ["", "false"].contains(&read.finals.trim()) => {}
            _ => {
                left.push(format!(
                    "{key}: {}: `{switch}: {says}`: GoReleaser alone knows whether it pushes it: compare",
                    names(body)
                ));
                entry.sureness = Sureness::Open;
            }
        }
        entries.push(entry);
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
