//! A second compose file that names other places for the images of a first.

use std::collections::BTreeMap;

use plimsoll_oci::name::{ImageRepository, Reference};

use super::ComposeFile;

/// A second compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// Its text: Compose takes it behind the first, `docker compose -f FIRST -f SECOND up`.
    pub text: String,
    /// The images of the first that lie where nothing was moved from, each once, in order.
    pub elsewhere: Vec<String>,
}

/// Names for each service of `file` whose image lies in a repository of `moved` the new place, tag and digest kept.
/// `title` is a comment.
pub fn overlay(
    file: &ComposeFile,
    moved: &BTreeMap<ImageRepository, ImageRepository>,
    title: &str,
) -> Overlay {
    let mut services = String::new();
    let mut elsewhere: Vec<String> = Vec::new();
    for service in file.services() {
        let Some(image) = file.image_of(&service.name) else { continue };
        let new = image.reference().ok().and_then(|reference| {
            let repository = moved.get(&reference.repository)?.clone();
            Some(Reference { repository, ..reference.clone() })
        });
        match new {
            Some(new) => {
                let (name, new) = (quote(&service.name), quote(&new.to_string()));
                services.push_str(&format!("  {name}:\n    image: {new}\n"));
            }
            None if elsewhere.contains(&image.written) => {}
            None => elsewhere.push(image.written.clone()),
        }
    }
    let services = match services.is_empty() {
        true => "services: {}\n".to_owned(),
        false => format!("services:\n{services}"),
    };
    Overlay { text: format!("# {}\n{services}", title.replace('\n', " ")), elsewhere }
}

/// A text as YAML has it whatever is in it: JSON's strings are YAML's.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_moved_is_named_anew_and_what_was_not_is_told() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let text = format!(
            "services:\n  web:\n    image: ghcr.io/acme/app:1.0.0@{digest}\n  db:\n    image: postgres:16@{digest}\n  \
             again:\n    extends: {{ service: web }}\n"
        );
        let file = ComposeFile::parse(&text).unwrap();
        let moved = [("ghcr.io/acme/app".parse().unwrap(), "registry.internal/m/app".parse().unwrap())];
        let made = overlay(&file, &BTreeMap::from(moved), "moved");
        assert_eq!(
            made.text,
            format!(
                "# moved\nservices:\n  \"web\":\n    image: \"registry.internal/m/app:1.0.0@{digest}\"\n  \"again\":\n    \
                 image: \"registry.internal/m/app:1.0.0@{digest}\"\n"
            )
        );
        assert_eq!(made.elsewhere, [format!("postgres:16@{digest}")]);
        let second = ComposeFile::parse(&made.text).unwrap();
        assert!(second.find_unpinned(&[]).is_empty());
        let nothing = overlay(&file, &BTreeMap::new(), "moved");
        assert_eq!((nothing.text.as_str(), nothing.elsewhere.len()), ("# moved\nservices: {}\n", 2));
    }
}
