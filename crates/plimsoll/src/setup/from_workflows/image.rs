//! The images that a workflow makes.

use plimsoll_tags::notation::action::images::parse_images;
use plimsoll_tags::notation::action::record::parse_lines;

use super::expression::{Filled, Known};
use super::pairs;
use super::rules::{Rules, Source};
use super::workflow::{Job, Step, Workflow};

/// An image, as far as a workflow says.
#[derive(Clone, Debug, Default)]
pub(in crate::setup) struct DraftImage {
    pub(in crate::setup) name: String,
    /// What tells it apart from others of the same name: a value of the matrix.
    pub(in crate::setup) apart: Option<String>,
    pub(in crate::setup) repositories: Vec<String>,
    pub(in crate::setup) platforms: Vec<String>,
    pub(in crate::setup) dockerfile: Option<String>,
    pub(in crate::setup) context: Option<String>,
    pub(in crate::setup) target: Option<String>,
    pub(in crate::setup) labels: Vec<(String, String)>,
    pub(in crate::setup) annotations: Vec<(String, String)>,
    pub(in crate::setup) build_args: Vec<(String, String)>,
    pub(in crate::setup) flavor: Vec<String>,
    pub(in crate::setup) rules: Rules,
    /// What of it could not be carried over.
    pub(in crate::setup) left: Vec<String>,
}

/// What is found in a workflow.
#[derive(Default)]
pub(super) struct Found {
    pub(super) images: Vec<DraftImage>,
    /// Where charts are published; none: they are not.
    pub(super) charts: Option<Vec<String>>,
    pub(super) left: Vec<String>,
}

/// Inputs of the build that Plimsoll has no use for.
const NEEDLESS: [&str; 9] =
    ["cache-from", "cache-to", "push", "load", "builder", "provenance", "github-token", "no-cache", "pull"];
/// Inputs that are carried over as they are.
const CARRIED: [&str; 5] = ["context", "file", "target", "platforms", "outputs"];
/// Inputs of `KEY=VALUE`.
const PAIRS: [&str; 3] = ["labels", "annotations", "build-args"];

/// Actions that only prepare the job.
const PREPARING: [&str; 6] = [
    "actions/checkout",
    "docker/login-action",
    "docker/setup-",
    "actions/setup-",
    "step-security/",
    "azure/setup-",
];

/// Finds images and charts, and what else the workflow does.
pub(super) fn find(workflow: &Workflow, repository: Option<&str>) -> Found {
    let mut found = Found::default();
    for job in &workflow.jobs {
        let known = Known { values: &job.values, repository };
        let mut built = false;
        for step in &job.steps {
            match step.uses.as_str() {
                "docker/build-push-action" => {
                    built = true;
                    find_image(workflow, job, step, &known, &mut found);
                }
                "docker/metadata-action" => {}
                "helm/chart-releaser-action" => {
                    found.charts.get_or_insert_default();
                    found
                        .left
                        .push(format!("step `{}`: charts go to a chart repository on a branch", label(step)));
                }
                _ if step.makes_chart() => {
                    found.charts.get_or_insert_default().extend(find_chart_places(&step.run, &known));
                }
                uses if !uses.is_empty() && !PREPARING.iter().any(|prefix| uses.starts_with(prefix)) => {
                    found.left.push(format!("step `{}` ({uses})", label(step)));
                }
                _ => {}
            }
        }
        let only_metadata = job.steps.iter().filter(|step| !built && step.uses == "docker/metadata-action");
        for step in only_metadata {
            let mut image = DraftImage::default();
            read_metadata(workflow, step, &known, &mut image);
            image.apart = apart(job);
            found.images.extend(Some(image).filter(|image| !image.repositories.is_empty()));
        }
    }
    found.left.dedup();
    found
}

/// Gives images of one name another part of it.
pub(super) fn name_apart(images: &mut [DraftImage]) {
    let names: Vec<String> = images.iter().map(|image| image.name.clone()).collect();
    for image in images {
        let shared = names.iter().filter(|name| **name == image.name).count() > 1;
        if let (true, Some(apart)) = (shared, &image.apart) {
            image.name = apart.clone();
        }
    }
}

impl DraftImage {
    /// Takes over what another step says of the same image.
    pub(super) fn merge(&mut self, other: DraftImage) {
        for platform in other.platforms {
            if !self.platforms.contains(&platform) {
                self.platforms.push(platform);
            }
        }
        self.rules.merge(other.rules);
        for what in other.left {
            if !self.left.contains(&what) {
                self.left.push(what);
            }
        }
    }
}

fn find_image(workflow: &Workflow, job: &Job, step: &Step, known: &Known<'_>, found: &mut Found) {
    let mut image = DraftImage { apart: apart(job), ..DraftImage::default() };
    let tags = step.input("tags").unwrap_or_default();
    let metadata = job.steps.iter().find(|other| {
        let id = other.id.as_deref().unwrap_or_default();
        other.uses == "docker/metadata-action"
            && !id.is_empty()
            && tags.contains(&format!("steps.{id}.outputs"))
    });
    match metadata {
        Some(metadata) => read_metadata(workflow, metadata, known, &mut image),
        None => read_tags(workflow, step, tags, known, &mut image),
    }
    for (input, value) in &step.with {
        let filled = known.fill(value);
        let text = match (&filled, input.as_str()) {
            (_, input) if NEEDLESS.contains(&input) || PAIRS.contains(&input) || input == "tags" => {
                continue;
            }
            (Filled::Known(text), input) if CARRIED.contains(&input) => text.trim().to_owned(),
            (Filled::Known(text) | Filled::Unknown { text, .. }, input) => {
                image.left.push(format!("{input}: {}", text.trim().replace('\n', ", ")));
                continue;
            }
        };
        match input.as_str() {
            "context" => {
                image.context = Some(text.trim_start_matches("./").to_owned()).filter(|text| !text.is_empty())
            }
            "file" => image.dockerfile = Some(text.trim_start_matches("./").to_owned()),
            "target" => image.target = Some(text),
            "platforms" => image.platforms = split(&text),
            other => image.left.push(format!("{other}: {text}")),
        }
    }
    if image.platforms.is_empty() {
        // The action's own default is the platform of the runner, and GitHub's plain ones are these.
        image.platforms.push("linux/amd64".to_owned());
    }
    image.dockerfile.get_or_insert_with(|| match image.context.as_deref() {
        None | Some(".") => "Dockerfile".to_owned(),
        Some(context) => format!("{context}/Dockerfile"),
    });
    pairs::read_labels(step.input("labels").unwrap_or_default(), known, &mut image);
    pairs::read_annotations(step.input("annotations").unwrap_or_default(), known, &mut image);
    pairs::read_build_args(step.input("build-args").unwrap_or_default(), known, &mut image);
    match image.repositories.is_empty() {
        true => found.left.push(format!("step `{}`: where it pushes to", label(step))),
        false => found.images.push(image),
    }
}

fn read_metadata(workflow: &Workflow, step: &Step, known: &Known<'_>, image: &mut DraftImage) {
    let lines = |input: &str| parse_lines(step.input(input).unwrap_or_default());
    let mut names = Vec::new();
    for line in lines("images") {
        match known.fill(&line) {
            Filled::Known(line) => names.push(line),
            Filled::Unknown { text, .. } => image.left.push(format!("image name: {text}")),
        }
    }
    image.repositories = parse_images(names.iter().map(String::as_str)).unwrap_or_default();
    image.name = short_name(&image.repositories);
    image.flavor = lines("flavor");
    let tags: Vec<String> = lines("tags");
    image.rules =
        Rules::read(&tags, &image.flavor, Source { triggers: &workflow.triggers, known }, &mut image.left);
    pairs::read_labels(step.input("labels").unwrap_or_default(), known, image);
    pairs::read_annotations(step.input("annotations").unwrap_or_default(), known, image);
}

/// Tags that are written out: `acme/app:1.0`, `acme/app:sha-${{ … }}`.
fn read_tags(workflow: &Workflow, step: &Step, tags: &str, known: &Known<'_>, image: &mut DraftImage) {
    let mut rules = Vec::new();
    for line in parse_lines(&tags.replace(',', "\n")) {
        let guess = |expression: &str| guess_placeholder(expression);
        let line = match known.fill_with(&line, guess) {
            Filled::Known(line) => line,
            Filled::Unknown { text, .. } => {
                image.left.push(format!("tag: {text}"));
                continue;
            }
        };
        let Some((repository, tag)) = line.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) else {
            image.left.push(format!("tag: {line}"));
            continue;
        };
        let repository = repository.to_lowercase();
        if !image.repositories.contains(&repository) {
            image.repositories.push(repository);
        }
        rules.push(tag.to_owned());
    }
    image.name = short_name(&image.repositories);
    let mut triggers = workflow.triggers.clone();
    // Each step of a job may be for another event.
    if step.condition.contains("'pull_request'") && !step.condition.contains("!=") {
        (triggers.tags, triggers.branches) = (None, None);
    }
    image.rules = Rules::read(&rules, &[], Source { triggers: &triggers, known }, &mut image.left);
}

/// What an output of a step, or a value of the event, stands for by its name.
fn guess_placeholder(expression: &str) -> Option<String> {
    let last = expression.rsplit('.').next().unwrap_or(expression).to_lowercase();
    let placeholder = match last.as_str() {
        "ref_name" | "tag_name" => "{tag}",
        "number" => "{number}",
        _ if expression == "github.sha" => "{commit}",
        _ if last.contains("sha") => "{sha}",
        _ if last.contains("version") => "{version}",
        _ => return None,
    };
    Some(placeholder.to_owned())
}

fn apart(job: &Job) -> Option<String> {
    let matrix = job.values.iter().filter(|(key, _)| key.starts_with("matrix."));
    let named = |name: &str| job.values.get(&format!("matrix.{name}"));
    named("name").or_else(|| named("service")).or_else(|| named("image")).cloned().or_else(|| {
        let mut values = matrix.map(|(_, value)| value.clone());
        values.find(|value| {
            value.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
        })
    })
}

fn short_name(repositories: &[String]) -> String {
    let first = repositories.first().map_or("", String::as_str);
    first.rsplit('/').next().unwrap_or(first).to_owned()
}

/// The addresses behind `oci://` in a script, as far as they are known.
fn find_chart_places(run: &str, known: &Known<'_>) -> Vec<String> {
    let Filled::Known(run) = known.fill(run) else { return Vec::new() };
    let words = run.split(|character: char| character.is_whitespace() || "\"';".contains(character));
    let places = words.filter(|word| word.starts_with("oci://") && !word.contains('$'));
    places.map(str::to_lowercase).collect()
}

fn split(text: &str) -> Vec<String> {
    text.split([',', '\n']).map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

fn label(step: &Step) -> String {
    match step.name.is_empty() {
        true => step.uses.clone(),
        false => step.name.clone(),
    }
}
