//! The workflow that releases.

use super::document::{Job, Overtaken, Step, Workflow, in_quotes};
use super::needs::Needs;
use super::steps::{Ground, NAMED_TAG};
use super::tag_family::TagFamily;
use super::variables::{Work, handed};
use super::{Actions, Choices, Foreign, Host, Trigger, made_files, steps};

/// The tag of the run, in the words of expressions.
const NAMED: &str = "(inputs.tag || github.ref_name)";

pub(super) fn workflow(needs: &Needs, choices: &Choices) -> Workflow {
    let further = needs.promotion_tags.iter().chain(&needs.chart_tags);
    let filters = |families: Vec<&TagFamily>| {
        let filters: Vec<String> = families.into_iter().map(|family| in_quotes(&family.filter())).collect();
        (!filters.is_empty()).then(|| format!("push:\n  tags: [{}]\n", filters.join(", ")))
    };
    let event = match choices.trigger {
        Trigger::Tag => filters([&needs.version_tags].into_iter().chain(further).collect()),
        // No page is published for what is promoted, or for a chart alone.
        Trigger::Release => Some(format!(
            "release:\n  types: [published]\n{}",
            filters(further.collect()).unwrap_or_default()
        )),
    };
    let event = event.unwrap_or_default();
    let on = format!(
        "{event}workflow_dispatch:\n  inputs:\n    tag:\n      description: The git tag to release, or to finish\n      required: true\n      type: string"
    );
    let jobs = match Division::of(needs, choices) {
        Division::Whole => {
            let making = made_files::job(needs, choices, Ground::Tag, None);
            made_files::with_job(making, release_job(needs, choices))
        }
        Division::ByPlatform { others } => {
            let condition = others.as_ref().map(|others| format!("${{{{ !({others}) }}}}"));
            let making = made_files::job(needs, choices, Ground::Tag, condition.clone());
            let building = Job { condition, ..build_job(needs, choices) };
            let joining = made_files::with_job(making, joining_job(needs, choices));
            let other = others.map(|others| Job { condition: Some(others), ..other_job(needs, choices) });
            [building].into_iter().chain(joining).chain(other).collect()
        }
    };
    Workflow {
        file: "plimsoll-release",
        about: vec![
            "Releases a git tag. Running it again, from here or by hand, finishes what is missing."
                .to_owned(),
            "Written by `plimsoll init`; `plimsoll check` says when it and plimsoll.toml no longer fit."
                .to_owned(),
        ],
        name: "Release",
        on,
        // A group of its own for each tag: of several runs that wait in one group, forges keep the newest alone.
        group: "plimsoll-release-${{ inputs.tag || github.ref_name }}".to_owned(),
        overtaken: Overtaken::GoesOn,
        jobs,
    }
}

/// How the work of a release is divided.
enum Division {
    /// One job does it.
    Whole,
    /// Each platform is built on a runner of its own, which a further job joins.
    ByPlatform {
        /// The condition that a tag is of a family for which nothing is built.
        others: Option<String>,
    },
}

impl Division {
    fn of(needs: &Needs, choices: &Choices) -> Division {
        let handed_on = choices.actions == Actions::Pinned && choices.host == Host::GitHub;
        // A runner builds what all images are for; where they differ one builds everything.
        let is_native = choices.foreign == Foreign::Native && handed_on && needs.can_be_divided();
        let others: Vec<&TagFamily> = needs.promotion_tags.iter().chain(&needs.chart_tags).collect();
        if !is_native || others.iter().any(|other| other.hides(&needs.version_tags)) {
            return Division::Whole;
        }
        let conditions: Vec<String> = others.iter().filter_map(|other| other.condition(NAMED)).collect();
        Division::ByPlatform { others: (!conditions.is_empty()).then(|| conditions.join(" || ")) }
    }
}

/// Builds what one platform needs, on a runner of that platform.
fn build_job(needs: &Needs, choices: &Choices) -> Job {
    let combinations = needs.platforms.iter().map(|platform| {
        let runner = if platform == "linux/arm64" { "ubuntu-24.04-arm" } else { "ubuntu-24.04" };
        format!("{{ platform: {platform}, part: {}, runner: {runner} }}", platform.replace('/', "-"))
    });
    let mut list = steps::fetch(choices, Ground::Tag);
    list.push(steps::install(&choices.pin));
    list.extend(steps::prepare_builds(needs, choices, &[]));
    // Base images and secrets of builds may need them.
    let mut env = handed(needs, Work::Builds);
    env.push(("TAG".to_owned(), NAMED_TAG.to_owned()));
    env.push(("PLATFORM".to_owned(), "${{ matrix.platform }}".to_owned()));
    list.push(Step {
        name: "Build".to_owned(),
        id: Some("build"),
        env,
        run: vec![
            r#"plimsoll build ${TAG:+--tag "$TAG"} --platform "$PLATFORM" --output "$RUNNER_TEMP/part""#
                .to_owned(),
        ],
        ..Step::default()
    });
    list.push(Step {
        name: "Hand it on".to_owned(),
        condition: Some("steps.build.outputs.status != 'ignored'"),
        uses: Some(steps::UPLOAD),
        with: vec![
            ("name", "part-${{ matrix.part }}".to_owned()),
            ("path", "${{ runner.temp }}/part".to_owned()),
            ("if-no-files-found", "error".to_owned()),
            ("retention-days", "7".to_owned()),
        ],
        ..Step::default()
    });
    Job {
        id: "build",
        name: "Build for ${{ matrix.platform }}".to_owned(),
        matrix: combinations.collect(),
        runner: "${{ matrix.runner }}".to_owned(),
        minutes: 120,
        permissions: steps::building_permissions(needs),
        // A tag that is none of a release's is for nobody, on every platform.
        outputs: vec![("status", "${{ steps.build.outputs.status }}")],
        steps: list,
        ..Job::default()
    }
}

/// Releases what the jobs of all platforms built.
fn joining_job(needs: &Needs, choices: &Choices) -> Job {
    let taken = Step {
        name: "Take what was built".to_owned(),
        uses: Some(steps::DOWNLOAD),
        with: vec![("path", "${{ runner.temp }}/parts".to_owned())],
        ..Step::default()
    };
    let parts: String = needs
        .platforms
        .iter()
        .map(|platform| format!(r#" --from "$RUNNER_TEMP/parts/part-{}""#, platform.replace('/', "-")))
        .collect();
    // What is put together from files was no part of what was built.
    let before = made_files::before(needs, choices).into_iter().chain([taken]).collect();
    let condition = Some("needs.build.outputs.status != 'ignored'".to_owned());
    Job { needs: vec!["build"], condition, ..releasing(needs, choices, before, &parts) }
}

/// Builds and releases.
fn release_job(needs: &Needs, choices: &Choices) -> Job {
    let mut before = made_files::before(needs, choices);
    before.extend(steps::prepare_builds(needs, choices, &needs.foreign()));
    releasing(needs, choices, before, "")
}

/// Releases what nothing is built for.
fn other_job(needs: &Needs, choices: &Choices) -> Job {
    Job {
        id: "other",
        name: "Promote, or release a chart".to_owned(),
        ..releasing(needs, choices, Vec::new(), "")
    }
}

fn releasing(needs: &Needs, choices: &Choices, before: Vec<Step>, options: &str) -> Job {
    let mut list = steps::fetch(choices, Ground::Tag);
    list.push(steps::install(&choices.pin));
    list.extend(steps::install_helm(needs, choices));
    list.extend(before);
    let mut env = handed(needs, Work::Releases);
    env.push(("TAG".to_owned(), NAMED_TAG.to_owned()));
    let command = format!(r#"plimsoll release ${{TAG:+"$TAG"}}{options}"#);
    list.push(Step { name: "Release".to_owned(), env, run: vec![command], ..Step::default() });
    Job {
        id: "release",
        name: "Release".to_owned(),
        runner: steps::runner(choices),
        minutes: 120,
        permissions: steps::release_permissions(needs),
        steps: list,
        ..Job::default()
    }
}
