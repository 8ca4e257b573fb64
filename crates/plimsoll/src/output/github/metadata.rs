//! The outputs of docker/metadata-action, under its names.

use serde_json::{Map, Value, json};

use super::outputs::{Delimiter, render};
use crate::output::json::tags::{ImageInfo, TagsInfo};

/// The target that bake files define, as workflows inherit it.
const TARGET: &str = "docker-metadata-action";

/// A file for `docker buildx bake`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bake {
    /// Tags and labels.
    TagsAndLabels,
    /// Tags.
    Tags,
    /// Labels.
    Labels,
    /// Annotations.
    Annotations,
}

impl Bake {
    /// Every file.
    pub const ALL: [Bake; 4] = [Bake::TagsAndLabels, Bake::Tags, Bake::Labels, Bake::Annotations];

    /// What the file is called.
    pub fn file_name(self) -> &'static str {
        match self {
            Bake::TagsAndLabels => "docker-metadata-action-bake.json",
            Bake::Tags => "docker-metadata-action-bake-tags.json",
            Bake::Labels => "docker-metadata-action-bake-labels.json",
            Bake::Annotations => "docker-metadata-action-bake-annotations.json",
        }
    }

    /// The output that names the file.
    fn output(self) -> &'static str {
        match self {
            Bake::TagsAndLabels => "bake-file",
            Bake::Tags => "bake-file-tags",
            Bake::Labels => "bake-file-labels",
            Bake::Annotations => "bake-file-annotations",
        }
    }
}

/// Renders a bake file. Dollars are doubled: bake would read `${…}` as a variable.
pub fn render_bake(info: &TagsInfo, bake: Bake, levels: &[&str]) -> String {
    let nothing = ImageInfo::default();
    let image = info.images.first().unwrap_or(&nothing);
    let mut target = Map::new();
    if matches!(bake, Bake::TagsAndLabels | Bake::Tags) {
        let images = image.repositories.join(",");
        target.insert("tags".to_owned(), json!(image.references()));
        target.insert(
            "args".to_owned(),
            json!({ "DOCKER_META_IMAGES": images, "DOCKER_META_VERSION": image.version }),
        );
    }
    if matches!(bake, Bake::TagsAndLabels | Bake::Labels) {
        let labels = image.labels.iter().map(|(key, value)| (key.clone(), json!(escape(value))));
        target.insert("labels".to_owned(), Value::Object(labels.collect()));
    }
    if bake == Bake::Annotations {
        let annotations: Vec<String> = annotations(image, levels).iter().map(|line| escape(line)).collect();
        target.insert("annotations".to_owned(), json!(annotations));
    }
    crate::output::json::render(&json!({ "target": { TARGET: target } }))
}

fn escape(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// Renders the outputs of a step.
pub fn render_tag_outputs(
    info: &TagsInfo,
    levels: &[&str],
    files: &[(Bake, String)],
    delimiter: &Delimiter,
) -> String {
    let outputs = outputs(info, levels, files);
    let outputs: Vec<(&str, &str)> = outputs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    render(delimiter, &outputs)
}

/// Renders the same as variables: `DOCKER_METADATA_OUTPUT_VERSION`.
pub fn render_tag_variables(
    info: &TagsInfo,
    levels: &[&str],
    files: &[(Bake, String)],
    delimiter: &Delimiter,
) -> String {
    let outputs = outputs(info, levels, files);
    let variables: Vec<(String, &str)> = outputs
        .iter()
        .map(|(name, value)| {
            (format!("DOCKER_METADATA_OUTPUT_{}", name.replace('-', "_").to_uppercase()), value.as_str())
        })
        .collect();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    render(delimiter, &variables)
}

fn outputs(info: &TagsInfo, levels: &[&str], files: &[(Bake, String)]) -> Vec<(&'static str, String)> {
    let nothing = ImageInfo::default();
    let image = info.images.first().unwrap_or(&nothing);
    let labels: Vec<String> = image.labels.iter().map(|(key, value)| one_line(key, value)).collect();
    let annotations = annotations(image, levels);
    let object: Map<String, Value> =
        image.labels.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    let json = json!({
        "tags": image.references(),
        "tag-names": image.names(),
        "labels": object,
        "annotations": annotations,
    });
    let mut outputs = vec![
        ("version", image.version.clone()),
        ("tags", image.references().join("\n")),
        ("tag-names", image.names().join("\n")),
        ("labels", labels.join("\n")),
        ("annotations", annotations.join("\n")),
        ("json", json.to_string()),
    ];
    outputs.extend(files.iter().map(|(bake, path)| (bake.output(), path.clone())));
    outputs
}

fn annotations(image: &ImageInfo, levels: &[&str]) -> Vec<String> {
    let of_level = |level: &&str| -> Vec<String> {
        image.annotations.iter().map(|(key, value)| format!("{level}:{}", one_line(key, value))).collect()
    };
    levels.iter().flat_map(of_level).collect()
}

/// A label as a line. A line break would make two labels of it, so it becomes a space.
fn one_line(key: &str, value: &str) -> String {
    format!("{key}={}", value.replace("\r\n", " ").replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::json::tags::TagInfo;

    fn info(label: &str) -> TagsInfo {
        let tag = |tag: &str| TagInfo { tag: tag.into(), class: "write-once".into(), line: None };
        let image = ImageInfo {
            name: "app".into(),
            repositories: vec!["acme/app".into(), "ghcr.io/acme/app".into()],
            version: "1.0.0".into(),
            tags: vec![tag("1.0.0"), tag("latest")],
            labels: vec![("a".into(), label.into())],
            annotations: vec![("b".into(), "2".into())],
            ..ImageInfo::default()
        };
        TagsInfo { images: vec![image], ..TagsInfo::nothing("refs/tags/v1.0.0".into()) }
    }

    #[test]
    fn outputs_have_the_names_of_the_action() {
        let files = [(Bake::TagsAndLabels, "/tmp/bake.json".to_owned())];
        let text = render_tag_outputs(&info("1"), &["manifest", "index"], &files, &Delimiter::new(7));
        insta::assert_snapshot!(text.replace("plimsoll_00000000000000000000000000000007", "EOF"), @r#"
        version<<EOF
        1.0.0
        EOF
        tags<<EOF
        acme/app:1.0.0
        acme/app:latest
        ghcr.io/acme/app:1.0.0
        ghcr.io/acme/app:latest
        EOF
        tag-names<<EOF
        1.0.0
        latest
        EOF
        labels<<EOF
        a=1
        EOF
        annotations<<EOF
        manifest:b=2
        index:b=2
        EOF
        json<<EOF
        {"annotations":["manifest:b=2","index:b=2"],"labels":{"a":"1"},"tag-names":["1.0.0","latest"],"tags":["acme/app:1.0.0","acme/app:latest","ghcr.io/acme/app:1.0.0","ghcr.io/acme/app:latest"]}
        EOF
        bake-file<<EOF
        /tmp/bake.json
        EOF
        "#);
        let variables = render_tag_variables(&info("1"), &[], &files, &Delimiter::new(7));
        assert!(variables.contains("DOCKER_METADATA_OUTPUT_TAG_NAMES<<"), "{variables}");
    }

    #[test]
    fn no_value_ends_its_output_or_adds_another_line() {
        let end = Delimiter::new(7);
        let text = render_tag_outputs(&info("x\nevil=1\r\ny"), &["manifest"], &[], &end);
        assert!(text.contains("\na=x evil=1 y\n"), "{text}");
        let bake = render_bake(&info("${PATH} %{if}"), Bake::Labels, &[]);
        assert!(bake.contains(r#""a": "$${PATH} %%{if}""#), "{bake}");
    }
}
