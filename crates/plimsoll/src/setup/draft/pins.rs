//! Where the values of a chart name the images that are released with it.

use plimsoll_edit::error::EditError;
use plimsoll_edit::yaml;
use plimsoll_helm::edit::parse_path;
use serde_json::{Map, Value};

use super::with_host;
use crate::setup::from_workflows::DraftImage;
use crate::setup::holdings::FoundChart;

/// The deepest key that is looked at.
const DEPTH: usize = 5;

/// Values to be written: the path, and what of which image.
pub(super) type Pins = Vec<(String, String)>;

/// Finds them; says also where the release writes another name than stands there.
pub(super) fn find_pins(chart: &FoundChart, images: &[DraftImage]) -> (Pins, Vec<String>) {
    let mut finder = Finder { chart, images, pins: Vec::new(), remarks: Vec::new() };
    if let Ok(Value::Object(values)) = yaml_serde::from_str(&chart.values) {
        finder.look(&values, "");
    }
    (finder.pins, finder.remarks)
}

struct Finder<'a> {
    chart: &'a FoundChart,
    images: &'a [DraftImage],
    pins: Pins,
    remarks: Vec<String>,
}

/// How surely a value names an image.
enum Likeness<'a> {
    /// It is its repository, or one of its mirrors.
    Same(&'a DraftImage),
    /// It ends as its repository does, or stands where it is wanted.
    Alike(&'a DraftImage),
}

impl<'a> Finder<'a> {
    fn look(&mut self, values: &Map<String, Value>, path: &str) {
        if path.matches('.').count() > DEPTH {
            return;
        }
        self.judge(values, path);
        for (key, value) in values.iter().filter(|(key, _)| is_plain(key)) {
            let path = format!("{path}{key}");
            match value {
                Value::Object(inner) => self.look(inner, &format!("{path}.")),
                Value::String(whole) if key == "image" => self.judge_whole(whole, &path),
                _ => {}
            }
        }
    }

    /// A value that is a whole reference.
    fn judge_whole(&mut self, whole: &str, path: &str) {
        let repository = whole.split('@').next().unwrap_or_default();
        let repository = match repository.rsplit_once(':') {
            Some((before, tag)) if !tag.contains('/') => before,
            _ => repository,
        };
        if let Some(found) = self.find_like(repository) {
            self.pin(vec![(path.to_owned(), "reference")], &found, (path, repository));
        }
    }

    /// An object with the parts of a reference.
    fn judge(&mut self, parts: &Map<String, Value>, path: &str) {
        let text = |key: &str| parts.get(key).and_then(Value::as_str).unwrap_or_default();
        // A digest pins more than a tag.
        let Some(key) = ["digest", "tag"].into_iter().find(|key| parts.get(*key).is_some_and(is_scalar))
        else {
            return;
        };
        let spelled = match (text("registry").trim_matches('/'), text("repository")) {
            ("", repository) => repository.to_owned(),
            (registry, repository) => format!("{registry}/{repository}"),
        };
        let found = match text("repository") {
            "" => self.find_by_place(path).map(Likeness::Same),
            _ => self.find_like(&spelled).or_else(|| self.find_by_place(path).map(Likeness::Alike)),
        };
        let Some(found) = found else { return };
        let mut values = vec![(format!("{path}{key}"), key)];
        if let Likeness::Alike(_) = found {
            match parts.contains_key("registry") {
                true => {
                    values.push((format!("{path}registry"), "registry"));
                    values.push((format!("{path}repository"), "path"));
                }
                false => values.push((format!("{path}repository"), "repository")),
            }
        }
        self.pin(values, &found, (path.trim_end_matches('.'), &spelled));
    }

    /// Pins values, all of them or none: what can't be written into the text is told. At `place` stands what is `spelled`.
    fn pin(&mut self, values: Vec<(String, &str)>, found: &Likeness<'a>, (place, spelled): (&str, &str)) {
        let (Likeness::Same(image) | Likeness::Alike(image)) = *found;
        let obstacle = values.iter().find_map(|(path, _)| Some((path, self.find_obstacle(path)?)));
        if let Some((path, why)) = obstacle {
            self.remarks.push(format!(
                "chart {}: `{path}` is not written with what image {} is released as: {why}",
                self.chart.path, image.name
            ));
            return;
        }
        self.pins.extend(values.into_iter().map(|(path, part)| (path, format!("{}.{part}", image.name))));
        if let Likeness::Alike(_) = found {
            self.tell_other_name(place, spelled, image);
        }
    }

    /// Why a value can't be set, where it is there: values that share their text through an anchor can't.
    fn find_obstacle(&self, path: &str) -> Option<String> {
        let place = parse_path(path).ok()?;
        match yaml::set(&self.chart.values, &place, "0") {
            Ok(_) | Err(EditError::NotFound { .. }) => None,
            Err(error) => Some(error.to_string()),
        }
    }

    fn tell_other_name(&mut self, path: &str, spelled: &str, image: &DraftImage) {
        let released = image.repositories.first().map(|name| with_host(name)).unwrap_or_default();
        self.remarks.push(format!(
            "chart {}: `{path}` names {spelled}, which is released as {released}: that name is written there",
            self.chart.path
        ));
    }

    fn find_like(&self, spelled: &str) -> Option<Likeness<'a>> {
        let whole = with_host(&spelled.to_lowercase());
        let is_named = |image: &&DraftImage| image.repositories.iter().any(|name| with_host(name) == whole);
        let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
        let is_alike =
            |image: &&DraftImage| image.repositories.iter().any(|name| last(name) == last(spelled));
        // Of several the one that has its home there.
        let is_home =
            |image: &&DraftImage| image.repositories.first().is_some_and(|name| with_host(name) == whole);
        let same = self.images.iter().find(is_home).or_else(|| self.images.iter().find(is_named));
        let same = same.map(Likeness::Same);
        same.or_else(|| self.images.iter().find(is_alike).map(Likeness::Alike))
    }

    /// The image that is wanted at a place: the only one at `image`, one of several under its own word.
    fn find_by_place(&self, path: &str) -> Option<&'a DraftImage> {
        match self.images {
            [image] => Some(image).filter(|_| path == "image."),
            images => images.iter().find(|image| {
                let short = image.name.rsplit('-').next().unwrap_or(&image.name);
                path == format!("{short}.image.") || path == format!("image.{short}.")
            }),
        }
    }
}

/// Whether a key needs no quotes in a path.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && !key.contains(['.', '[', ']', '"', ' '])
}

fn is_scalar(value: &Value) -> bool {
    value.is_string() || value.is_null() || value.is_number()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pinned(values: &str, repositories: &[&str]) -> (Vec<String>, usize) {
        let images: Vec<DraftImage> = repositories
            .iter()
            .map(|name| DraftImage {
                name: name.rsplit('/').next().unwrap().to_owned(),
                repositories: vec![(*name).to_owned()],
                ..DraftImage::default()
            })
            .collect();
        let chart = FoundChart { path: "chart".into(), values: values.to_owned(), ..FoundChart::default() };
        let (pins, remarks) = find_pins(&chart, &images);
        (pins.into_iter().map(|(path, what)| format!("{path}={what}")).collect(), remarks.len())
    }

    #[test]
    fn values_that_name_an_image_are_found() {
        let own = ["ghcr.io/acme/app"];
        let two = ["ghcr.io/acme/shop-web", "acme/shop-api"];
        for (values, images, pins, remarks) in [
            (
                json!({"image": {"repository": "ghcr.io/acme/app", "tag": ""}}),
                &own[..],
                &["image.tag=app.tag"][..],
                0,
            ),
            (json!({"image": {"tag": null, "digest": ""}}), &own, &["image.digest=app.digest"], 0),
            (
                json!({"image": {"repository": "acme/app", "tag": "1"}}),
                &own,
                &["image.tag=app.tag", "image.repository=app.repository"],
                1,
            ),
            (
                json!({"image": {"registry": "quay.io", "repository": "acme/app", "tag": ""}}),
                &own,
                &["image.tag=app.tag", "image.registry=app.registry", "image.repository=app.path"],
                1,
            ),
            (
                json!({"image": {"registry": "ghcr.io", "repository": "acme/app", "tag": ""}}),
                &own,
                &["image.tag=app.tag"],
                0,
            ),
            (json!({"redis": {"image": {"repository": "redis", "tag": "7"}}}), &own, &[], 0),
            (
                json!({"job": {"image": "acme/app:1"}, "other": {"image": "busybox"}}),
                &own,
                &["job.image=app.reference"],
                1,
            ),
            (
                json!({"web": {"image": {"tag": ""}}, "api": {"image": {"repository": "docker.io/acme/shop-api", "tag": ""}}}),
                &two,
                &["api.image.tag=shop-api.tag", "web.image.tag=shop-web.tag"],
                0,
            ),
        ] {
            let (found, told) = pinned(&values.to_string(), images);
            assert_eq!(
                (found, told),
                (pins.iter().map(|pin| (*pin).to_owned()).collect(), remarks),
                "{values}"
            );
        }
    }

    #[test]
    fn numbers_are_pinned_and_what_anchors_share_is_told() {
        let own = ["ghcr.io/acme/app"];
        let number = "image:\n  repository: ghcr.io/acme/app\n  tag: 1.9\n";
        assert_eq!(pinned(number, &own), (vec!["image.tag=app.tag".to_owned()], 0));
        let shared = "image: &a\n  repository: acme/app\n  tag: \"1\"\nwork:\n  image: *a\n";
        assert_eq!(pinned(shared, &own), (vec![], 2));
    }
}
