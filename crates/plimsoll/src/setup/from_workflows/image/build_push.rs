//! The images that docker/build-push-action pushes, and the rules of docker/metadata-action.

use plimsoll_tags::notation::action::images::parse_images;
use plimsoll_tags::notation::action::record::parse_lines;

use super::super::expression::{Filled, Known};
use super::super::narrowed::{Condition, narrow};
use super::super::occasions::{At, Purpose};
use super::super::places::{parse_place, short_name, split_list, split_tag};
use super::super::references::Sent;
use super::super::rules::{Rules, Source, decides_by_value};
use super::super::script::is_here;
use super::super::spelled::{Spelled, read_tags};
use super::super::workflow::{Job, Step, Triggers, Workflow};
use super::super::{builder_inputs, pairs, runner};
use super::{DraftImage, Found, Place, Pushed, apart, flavor, label};

/// Inputs of the build that Plimsoll has no use for.
const NEEDLESS: [&str; 4] = ["push", "load", "builder", "github-token"];
/// Inputs that say nothing where they are switched off.
const OFF: [&str; 4] = ["no-cache", "provenance", "pull", "sbom"];
/// Inputs that are carried over as they are.
const CARRIED: [&str; 5] = ["context", "file", "target", "platforms", "outputs"];
/// What docker/build-push-action calls the commit of the event, which it has the builder fetch.
const DEFAULT_CONTEXT: &str = "{{defaultContext}}";
/// Inputs of `KEY=VALUE`.
const PAIRS: [&str; 3] = ["labels", "annotations", "build-args"];
/// Those of them that docker/metadata-action may say, and how they are read.
const PAIRS_OF_IMAGES: [(&str, pairs::Read); 2] =
    [("labels", pairs::read_labels), ("annotations", pairs::read_annotations)];

/// What docker/build-push-action pushes in a step. Where nobody knows where that goes it is told.
pub(super) fn find(place: Place<'_>, found: &mut Found) -> Option<DraftImage> {
    let Place { job, step, known, .. } = place;
    let mut image = DraftImage { apart: apart(job), ..DraftImage::default() };
    let tags = &known.spread(step.input("tags").unwrap_or_default());
    let by_digest = step.input("outputs").filter(|outputs| outputs.contains("push-by-digest=true"));
    let metadata = find_metadata(place, tags);
    match metadata {
        // What is pushed by its digest has a name and no tag.
        None if by_digest.is_some() => {
            for line in split_list(tags) {
                let line = known.fill(&line).into_text();
                let name = split_tag(&line).map_or(line.as_str(), |(name, _)| name);
                match parse_place(name) {
                    Some(name) => image.add_repository(name),
                    None => image.left.push(format!("tag: {line}")),
                }
            }
        }
        Some((other, metadata)) => {
            let known = Known { values: &other.values, repository: known.repository };
            read_metadata(place.triggers, metadata, &known, &mut image);
            let lines = split_list(tags);
            let written = lines.iter().filter(|line| !line.contains(".outputs."));
            image.left.extend(written.map(|line| format!("tag: {line}")));
        }
        None => {
            let mut lines = split_list(tags);
            let is_outside = |line: &String| !is_here(&known.fill(line).into_text());
            if lines.iter().any(is_outside) {
                lines.retain(is_outside);
            }
            read_tags(Spelled { triggers: place.triggers, lines: &lines }, known, &mut image);
        }
    }
    if let Some(outputs) = by_digest {
        // Another job gives it its tags.
        image.repositories.extend(find_output_names(outputs, known));
        image.repositories.dedup();
        image.name = short_name(&image.repositories);
    }
    if !image.repositories.is_empty() && image.repositories.iter().all(|name| is_here(name)) {
        // A registry of the job's own machine is gone with it.
        found.stays = true;
        return None;
    }
    image.repositories.retain(|name| !is_here(name));
    let mut is_of_git = false;
    for (input, value) in &step.with {
        let filled = match (known.fill(value), CARRIED.contains(&input.as_str())) {
            (Filled::Unknown { .. }, true) => fill_for_release(place, input, value, &mut image),
            (filled, _) => filled,
        };
        let text = match (&filled, input.as_str()) {
            (_, input) if NEEDLESS.contains(&input) || PAIRS.contains(&input) || input == "tags" => {
                continue;
            }
            (Filled::Known(text), input) if OFF.contains(&input) && text.trim() == "false" => continue,
            (_, input) if builder_inputs::INPUTS.contains(&input) => {
                continue;
            }
            (_, "outputs") if by_digest.is_some() || only_pushes(value) => continue,
            // That is as if it were not there.
            (Filled::Known(text), input) if CARRIED.contains(&input) && text.trim().is_empty() => continue,
            (Filled::Unknown { text, .. }, "platforms") => {
                let text = text.trim().replace('\n', ", ");
                let what = "they can't be known before, and linux/amd64 is a guess";
                image.left.push(format!("platforms: {text} ({what})"));
                image.unread_platforms = Some(text);
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
                is_of_git = text.starts_with(DEFAULT_CONTEXT);
                image.context = Some(folder_of(&text)).filter(|text| !text.is_empty());
            }
            "file" => image.dockerfile = Some(text.trim_start_matches("./").to_owned()),
            "target" => image.target = Some(text),
            "platforms" => image.platforms = split(&text),
            other => image.left.push(format!("{other}: {text}")),
        }
    }
    if image.platforms.is_empty() && image.unread_platforms.is_none() {
        runner::add_platform(known, &mut image);
    }
    // Of a context that is fetched from git the file lies in it, and not in the job's folder.
    if let (true, Some(context), Some(file)) = (is_of_git, &image.context, &mut image.dockerfile)
        && context != "."
    {
        *file = format!("{context}/{file}");
    }
    image.dockerfile.get_or_insert_with(|| match image.context.as_deref() {
        None | Some(".") => "Dockerfile".to_owned(),
        Some(context) => format!("{context}/Dockerfile"),
    });
    builder_inputs::read(step, known, &mut image);
    for (input, read) in PAIRS_OF_IMAGES {
        let text = known.spread(step.input(input).unwrap_or_default());
        read(&text, known, &mut image);
        for line in pairs::output_lines(&text) {
            match find_metadata(place, &line) {
                Some((_, other)) if metadata.is_some_and(|(_, read)| std::ptr::eq(read, other)) => {}
                Some((job, other)) => {
                    let known = Known { values: &job.values, repository: known.repository };
                    read(other.input(input).unwrap_or_default(), &known, &mut image);
                }
                None => image.left.push(format!("{input}: {line}")),
            }
        }
    }
    let arguments = known.spread(step.input("build-args").unwrap_or_default());
    pairs::read_build_args(&arguments, known, &mut image);
    if !image.repositories.is_empty() {
        return Some(image);
    }
    found.left.push(format!("step `{}`: where it pushes to", label(step)));
    // Without tags it is built to see that it can be.
    if !image.rules.0.is_empty() || !tags.is_empty() {
        found.unread = true;
        image.pushed = Pushed::on(place.triggers);
        found.homeless.push(image);
    }
    None
}

/// The folder of the repository that a context is: the action fetches the repository itself for `{{defaultContext}}:folder`.
fn folder_of(context: &str) -> String {
    let folder = match context.strip_prefix(DEFAULT_CONTEXT) {
        Some(rest) => rest.trim_start_matches([':', '/']),
        None => context,
    };
    let folder = folder.trim_start_matches("./").trim_end_matches('/');
    match context.starts_with(DEFAULT_CONTEXT) && folder.is_empty() {
        true => ".".to_owned(),
        false => folder.to_owned(),
    }
}

/// What an input is on the foremost occasion: a release, where it is one of them. What it is on others is told.
fn fill_for_release(place: Place<'_>, input: &str, value: &str, image: &mut DraftImage) -> Filled {
    let occasions = At::all(place.triggers, place.known);
    let mut filled = occasions.iter().map(|at| (&at.table, at.fill(value, Purpose::Value, &|_| None)));
    let Some((_, first)) = filled.next() else { return place.known.fill(value) };
    for (table, other) in filled {
        if let (Filled::Known(first), Filled::Known(other)) = (&first, &other)
            && first != other
        {
            let other = other.trim().replace('\n', ", ");
            let other = if other.is_empty() { "nothing" } else { &other };
            image.left.push(format!("{input} of `{table}`: {other} (a release has something else)"));
        }
    }
    first
}

/// The step of docker/metadata-action whose output a text names, and its job: the same one, or one that hands it on.
pub(super) fn find_metadata<'a>(place: Place<'a>, text: &str) -> Option<(&'a Job, &'a Step)> {
    let own = place.job.steps.iter().find(|step| names_output(text, step));
    if let Some(step) = own {
        return Some((place.job, step));
    }
    let needed = place.workflow.jobs.iter().filter(|job| place.job.needs.contains(&job.id));
    let mut handed = needed.flat_map(|job| {
        let named =
            job.outputs.iter().filter(|(name, _)| text.contains(&format!("needs.{}.outputs.{name}", job.id)));
        named.filter_map(move |(_, written)| {
            Some((job, job.steps.iter().find(|step| names_output(written, step))?))
        })
    });
    handed.next()
}

pub(in crate::setup::from_workflows) fn names_output(text: &str, step: &Step) -> bool {
    let is_named = |id: &String| !id.is_empty() && text.contains(&format!("steps.{id}.outputs"));
    step.uses == "docker/metadata-action" && step.id.as_ref().is_some_and(is_named)
}

/// Whether a build of another job is given what a step of docker/metadata-action says.
pub(super) fn is_used_elsewhere(workflow: &Workflow, job: &Job, step: &Step) -> bool {
    let handed = job.outputs.iter().filter(|(_, written)| names_output(written, step));
    let names: Vec<String> = handed.map(|(name, _)| format!("needs.{}.outputs.{name}", job.id)).collect();
    let builds = workflow.steps().filter(|step| step.uses == "docker/build-push-action");
    let tags: Vec<&str> = builds.filter_map(|step| step.input("tags")).collect();
    names.iter().any(|name| tags.iter().any(|tags| tags.contains(name.as_str())))
}

/// A name, and whether images go there on the occasions of a workflow.
enum Named {
    /// On these, which are all of them, or all but pull requests.
    Always(String, Triggers),
    /// On these, which are some of them.
    Sometimes(String, Triggers),
    /// On none of them.
    Never(String),
    /// That can't be known, or it is some of them.
    Open,
}

impl Named {
    fn read(line: &str, triggers: &Triggers, known: &Known<'_>) -> Named {
        let Some((name, enabled)) = line.split_once(",enable=") else { return Named::Open };
        let name = name.trim_start_matches("name=").to_owned();
        let narrowed = narrow(triggers, &Vec::from_iter(Condition::of("enable", enabled)), known);
        let others = Triggers { pull_request: None, ..triggers.clone() };
        let is_it = narrowed.triggers == *triggers || narrowed.triggers == others;
        let is_sure = narrowed.tell().is_empty() && narrowed.open.is_empty();
        match (is_sure, narrowed.is_never) {
            (true, true) => Named::Never(name),
            (true, false) if is_it => Named::Always(name, narrowed.triggers),
            (true, false) if narrowed.triggers.has_occasions() => Named::Sometimes(name, narrowed.triggers),
            (true | false, _) => Named::Open,
        }
    }
}

/// Names and rules that docker/metadata-action is told.
pub(super) fn read_metadata(triggers: &Triggers, step: &Step, known: &Known<'_>, image: &mut DraftImage) {
    let lines = |input: &str| parse_lines(&known.spread(step.input(input).unwrap_or_default()));
    let mut names = Vec::new();
    let mut open = Vec::new();
    let mut withheld = Vec::new();
    let mut sometimes = Vec::new();
    let mut triggers = triggers.clone();
    for line in lines("images") {
        let (Filled::Known(text) | Filled::Unknown { text, .. }) = known.fill(&line);
        match (text.contains("${{"), Named::read(&text, &triggers, known)) {
            (_, Named::Never(name)) => withheld.push(name),
            (false, _) => names.extend(Some(text).filter(|name| !name.is_empty())),
            (true, Named::Always(name, narrowed)) => {
                if narrowed != triggers {
                    let what = "pull requests do not go there: they are rehearsed, and go nowhere";
                    image.left.push(format!("image name: {text} ({what})"));
                }
                names.push(name);
                triggers = narrowed;
            }
            (true, Named::Sometimes(name, on)) => sometimes.push((name, on, text)),
            (true, Named::Open) => match parse_place(&text) {
                Some(name) => open.push(name),
                None => image.left.push(format!("image name: {text}")),
            },
        }
    }
    if names.is_empty() && open.is_empty() {
        // Where nothing has them all, the one for releases is what a release pushes.
        let is_released = |(_, on, _): &&(String, Triggers, String)| on.tags.is_some();
        let chosen = sometimes.iter().find(is_released).or(sometimes.first()).map(|(_, on, _)| on.clone());
        triggers = chosen.unwrap_or(triggers);
    }
    for (name, on, text) in sometimes {
        let is_it = on == triggers && open.is_empty();
        match is_it {
            true => names.push(name),
            false => image.left.push(format!("image name: {text}")),
        }
    }
    match parse_images(names.iter().map(String::as_str)) {
        Ok(repositories) => image.repositories = repositories,
        Err(error) => image.left.push(format!("image names: {} ({error})", names.join(", "))),
    }
    image.repositories.extend(open);
    image.withheld.extend(parse_images(withheld.iter().map(String::as_str)).into_iter().flatten());
    image.name = short_name(&image.repositories);
    let tags: Vec<String> = lines("tags");
    let source = || Source { triggers: &triggers, known };
    let with_latest = flavor::read(&lines("flavor"), &source(), image);
    if decides_by_value(&tags, &source()) {
        flavor::leave_out_latest(image);
    }
    image.rules = Rules::read(&tags, &image.flavor, source(), &mut image.left);
    flavor::add_latest(&with_latest, &source(), image);
    let to = |place: &String| Sent::to(place, &triggers, image.rules.clone(), &image.flavor);
    let sent: Vec<Sent> = image.repositories.iter().map(to).collect();
    image.sent.extend(sent);
    pairs::read_labels(step.input("labels").unwrap_or_default(), known, image);
    pairs::read_annotations(step.input("annotations").unwrap_or_default(), known, image);
}

/// The names in `outputs: type=image,name=…`; several stand in quotes.
fn find_output_names(outputs: &str, known: &Known<'_>) -> Vec<String> {
    let outputs = known.fill(outputs).into_text();
    let Some((_, named)) = outputs.split_once("name=") else { return Vec::new() };
    let quoted = outputs.contains("\"name=");
    let end = named.find(if quoted { '"' } else { ',' }).unwrap_or(named.len());
    split(named.get(..end).unwrap_or_default()).iter().filter_map(|name| parse_place(name)).collect()
}

/// Whether an output is nothing more than a push.
fn only_pushes(outputs: &str) -> bool {
    let fields = ["type=image", "type=registry", "push=true"];
    outputs.split(',').all(|field| fields.contains(&field.trim()))
}

fn split(text: &str) -> Vec<String> {
    text.split([',', '\n']).map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}
