//! The images that a workflow makes.

use std::collections::BTreeSet;

use plimsoll_tags::notation::action::images::parse_images;
use plimsoll_tags::notation::action::record::parse_lines;

use super::builder_inputs::{self, Given};
use super::chart_releaser::ChartReleaser;
use super::deployments;
use super::expression::{Filled, Known};
use super::rules::{Rules, Source};
use super::script::is_here;
use super::spelled::{Spelled, find_named, read_tags};
use super::workflow::{Job, Step, Workflow};
use super::{pairs, scripted};

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
    /// The program that it holds and that is made before, where no Dockerfile builds it.
    pub(in crate::setup) program: Option<String>,
    pub(in crate::setup) labels: Vec<(String, String)>,
    pub(in crate::setup) annotations: Vec<(String, String)>,
    pub(in crate::setup) build_args: Vec<(String, String)>,
    pub(in crate::setup) given: Given,
    pub(in crate::setup) flavor: Vec<String>,
    pub(in crate::setup) rules: Rules,
    /// Patterns of the git tags that set its workflows off.
    pub(in crate::setup) git_tags: BTreeSet<String>,
    /// What of it could not be carried over.
    pub(in crate::setup) left: Vec<String>,
}

/// What is found in a workflow.
#[derive(Default)]
pub(super) struct Found {
    pub(super) images: Vec<DraftImage>,
    /// Where charts are published; none: they are not.
    pub(super) charts: Option<Vec<String>>,
    /// What releases them when a branch is pushed.
    pub(super) chart_releaser: Option<ChartReleaser>,
    /// Images of which is not known where they go.
    pub(super) homeless: Vec<DraftImage>,
    /// Whether something in it pushes images in a way that is not understood.
    pub(super) unread: bool,
    /// Repositories that something is pushed to which is not built there.
    pub(super) strange: Vec<String>,
    pub(super) left: Vec<String>,
}

/// Inputs of the build that Plimsoll has no use for.
const NEEDLESS: [&str; 7] = ["push", "load", "builder", "provenance", "github-token", "no-cache", "pull"];
/// Inputs that are carried over as they are.
const CARRIED: [&str; 5] = ["context", "file", "target", "platforms", "outputs"];
/// Inputs of `KEY=VALUE`.
const PAIRS: [&str; 3] = ["labels", "annotations", "build-args"];

/// Actions that only prepare the job.
const PREPARING: [&str; 9] = [
    "actions/cache",
    "actions/checkout",
    "actions/download-artifact",
    "actions/upload-artifact",
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
        if job.steps.iter().any(Step::makes_image) {
            found.left.extend(job.terms.iter().cloned());
            found.left.extend(find_made_before(job));
        }
        for step in &job.steps {
            let deed = step.find_deed().map(|deed| format!("step `{}`: it runs `{deed}`", label(step)));
            found.left.extend(deed);
            match step.uses.as_str() {
                // It is built to see that it can be, and thrown away.
                "docker/build-push-action" if step.input("push") == Some("false") => built = true,
                "docker/build-push-action" => {
                    built = true;
                    find_image(workflow, job, step, &known, &mut found);
                }
                "docker/metadata-action" => {}
                _ if step.names_images() => {
                    found.images.extend(find_named(workflow, job, step, &known, &mut found.left));
                }
                // What it makes stands in its own file.
                _ if step.runs_goreleaser() => {}
                _ if step.pushes_by_script() => scripted::find(workflow, job, step, &known, &mut found),
                "helm/chart-releaser-action" => {
                    found.charts.get_or_insert_default();
                    let releaser = ChartReleaser::of(step, &known, &workflow.triggers, &mut found.left);
                    found.chart_releaser.get_or_insert(releaser);
                }
                _ if step.makes_chart() => {
                    found.charts.get_or_insert_default().extend(find_chart_places(&step.run, &known));
                }
                _ if deployments::tells(workflow, job, step) => {}
                uses if !uses.is_empty() && !is_preparing(uses) => {
                    found.unread |= step.pushes_by_action();
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
    found
}

/// Scripts that run before the image is built, and may make what it is built from.
fn find_made_before(job: &Job) -> Vec<String> {
    let is_build =
        |step: &&Step| step.uses == "docker/build-push-action" || step.uses == "docker/bake-action";
    let built = job.steps.iter().position(|step| is_build(&step)).unwrap_or(0);
    let checked_out = job.steps.iter().position(|step| step.uses == "actions/checkout").unwrap_or(built);
    let between = job.steps.iter().take(built).skip(checked_out + 1);
    let scripts =
        between.filter(|step| makes_files(&step.run) && !step.makes_chart() && !step.pushes_by_script());
    scripts
        .map(|step| {
            format!("step `{}`: what it makes is not in the commit that the image is built from", label(step))
        })
        .collect()
}

/// Whether a script does more than to work out values for later steps.
pub(super) fn makes_files(run: &str) -> bool {
    const MAKERS: [&str; 16] = [
        "make ",
        "npm ",
        "pnpm ",
        "yarn ",
        "go build",
        "go generate",
        "cargo ",
        "mvn ",
        "gradle",
        "dotnet ",
        "cp ",
        "mv ",
        "curl ",
        "wget ",
        "tar ",
        "git submodule",
    ];
    let own_file = ["GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_PATH", "/dev/null", ">&"];
    run.lines().map(str::trim).filter(|line| !line.starts_with('#')).any(|line| {
        let begins = |word: &str| line.starts_with(word) || line.contains(&format!("&& {word}"));
        let writes = line.contains("> ") && !own_file.iter().any(|file| line.contains(file));
        MAKERS.iter().any(|word| begins(word)) || writes
    })
}

/// Whether an action only prepares the job: it sets something up, or fetches what an earlier one made.
pub(super) fn is_preparing(uses: &str) -> bool {
    let sets_up =
        uses.split_once('/').is_some_and(|(_, name)| name.contains("setup") || name.contains("install"));
    sets_up || PREPARING.iter().any(|prefix| uses.starts_with(prefix))
}

impl DraftImage {
    /// Takes over what another step says of the same image.
    pub(in crate::setup) fn merge(&mut self, other: DraftImage) {
        if self.dockerfile.is_none() {
            (self.dockerfile, self.context, self.target) = (other.dockerfile, other.context, other.target);
            self.build_args = other.build_args;
        }
        self.given.merge(other.given, &mut self.left);
        if self.rules.0.is_empty() {
            self.flavor = other.flavor;
        }
        // Where one part of the work names fewer of them, the other part's order is the one that was meant.
        let mut repositories = other.repositories;
        if !self.repositories.iter().all(|name| repositories.contains(name)) {
            std::mem::swap(&mut self.repositories, &mut repositories);
        }
        let more: Vec<String> =
            self.repositories.drain(..).filter(|name| !repositories.contains(name)).collect();
        self.repositories = repositories;
        self.repositories.extend(more);
        for platform in other.platforms {
            if !self.platforms.contains(&platform) {
                self.platforms.push(platform);
            }
        }
        self.rules.merge(other.rules);
        self.git_tags.extend(other.git_tags);
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
        Some(metadata) => {
            read_metadata(workflow, metadata, known, &mut image);
            let lines = parse_lines(&tags.replace(',', "\n"));
            let written = lines.iter().filter(|line| !line.contains(".outputs."));
            image.left.extend(written.map(|line| format!("tag: {line}")));
        }
        None => {
            let lines = parse_lines(&tags.replace(',', "\n"));
            read_tags(Spelled { workflow, step, lines: &lines }, known, &mut image);
        }
    }
    let by_digest = step.input("outputs").filter(|outputs| outputs.contains("push-by-digest=true"));
    if let Some(outputs) = by_digest {
        // Another job gives it its tags.
        image.repositories.extend(find_output_names(outputs, known));
        image.name = short_name(&image.repositories);
    }
    if !image.repositories.is_empty() && image.repositories.iter().all(|name| is_here(name)) {
        // A registry of the job's own machine is gone with it.
        return;
    }
    image.repositories.retain(|name| !is_here(name));
    for (input, value) in &step.with {
        let filled = known.fill(value);
        let text = match (&filled, input.as_str()) {
            (_, input) if NEEDLESS.contains(&input) || PAIRS.contains(&input) || input == "tags" => {
                continue;
            }
            (_, input) if builder_inputs::INPUTS.contains(&input) => {
                continue;
            }
            (_, "outputs") if by_digest.is_some() => continue,
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
    builder_inputs::read(step, known, &mut image);
    pairs::read_labels(step.input("labels").unwrap_or_default(), known, &mut image);
    pairs::read_annotations(step.input("annotations").unwrap_or_default(), known, &mut image);
    pairs::read_build_args(step.input("build-args").unwrap_or_default(), known, &mut image);
    match image.repositories.is_empty() {
        true => {
            found.left.push(format!("step `{}`: where it pushes to", label(step)));
            // Without tags it is built to see that it can be.
            if !image.rules.0.is_empty() || !tags.is_empty() {
                found.unread = true;
                found.homeless.push(image);
            }
        }
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
    for line in lines("flavor") {
        match known.fill(&line) {
            // What adds nothing is nothing.
            Filled::Known(line) if line.trim_end().ends_with("fix=") => {}
            Filled::Known(line) => image.flavor.push(line),
            Filled::Unknown { text, .. } => image.left.push(format!("flavor: {text}")),
        }
    }
    let tags: Vec<String> = lines("tags");
    image.rules =
        Rules::read(&tags, &image.flavor, Source { triggers: &workflow.triggers, known }, &mut image.left);
    pairs::read_labels(step.input("labels").unwrap_or_default(), known, image);
    pairs::read_annotations(step.input("annotations").unwrap_or_default(), known, image);
}

/// The names in `outputs: type=image,name=…`; several stand in quotes.
fn find_output_names(outputs: &str, known: &Known<'_>) -> Vec<String> {
    let Filled::Known(outputs) = known.fill(outputs) else { return Vec::new() };
    let outputs = outputs.to_lowercase();
    let Some((_, named)) = outputs.split_once("name=") else { return Vec::new() };
    let quoted = outputs.contains("\"name=");
    let end = named.find(if quoted { '"' } else { ',' }).unwrap_or(named.len());
    split(named.get(..end).unwrap_or_default())
}

pub(super) fn apart(job: &Job) -> Option<String> {
    let matrix = job.values.iter().filter(|(key, _)| key.starts_with("matrix."));
    let named = |name: &str| job.values.get(&format!("matrix.{name}"));
    named("name").or_else(|| named("service")).or_else(|| named("image")).cloned().or_else(|| {
        let mut values = matrix.map(|(_, value)| value.clone());
        values.find(|value| {
            value.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
        })
    })
}

pub(super) fn short_name(repositories: &[String]) -> String {
    let first = repositories.first().map_or("", String::as_str);
    first.rsplit('/').next().unwrap_or(first).to_owned()
}

/// The addresses behind `oci://` in a script, as far as they are known.
fn find_chart_places(run: &str, known: &Known<'_>) -> Vec<String> {
    let (Filled::Known(run) | Filled::Unknown { text: run, .. }) = known.fill(run);
    let words = run.split(|character: char| character.is_whitespace() || "\"';".contains(character));
    let places = words.filter(|word| word.starts_with("oci://") && !word.contains('$'));
    places.map(str::to_lowercase).collect()
}

fn split(text: &str) -> Vec<String> {
    text.split([',', '\n']).map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

/// How a step is named for people: by its name, its action, or the first line of its script.
pub(super) fn label(step: &Step) -> String {
    let first = step.run.trim().lines().next().unwrap_or_default();
    let names = [step.name.as_str(), step.uses.as_str(), first];
    names.into_iter().find(|name| !name.is_empty()).unwrap_or("without a name").to_owned()
}
