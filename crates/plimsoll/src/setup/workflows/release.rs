//! The workflow that releases.

use super::document::{Job, Overtaken, Permission, Step, Workflow};
use super::needs::Needs;
use super::{Actions, Choices, Foreign, Host, Trigger, steps};

/// The tag that a person named; without one, what set the job off.
const TAG: &str = "${{ inputs.tag }}";

pub(super) fn workflow(needs: &Needs, choices: &Choices) -> Workflow {
    let tags: Vec<String> =
        needs.tags.iter().chain(&needs.chart_tags).map(|tag| format!("'{tag}'")).collect();
    let event = match choices.trigger {
        Trigger::Tag => format!("push:\n  tags: [{}]", tags.join(", ")),
        Trigger::Release => "release:\n  types: [published]".to_owned(),
    };
    let on = format!(
        "{event}\nworkflow_dispatch:\n  inputs:\n    tag:\n      description: The git tag to release, or to finish\n      required: true\n      type: string"
    );
    let parts = is_native(needs, choices).then(|| build_job(needs, choices));
    let release = release_job(needs, choices, parts.is_some());
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
        jobs: parts.into_iter().chain([release]).collect(),
    }
}

/// Whether each platform is built on a runner of its own.
fn is_native(needs: &Needs, choices: &Choices) -> bool {
    let handed_on = choices.actions == Actions::Pinned && choices.host == Host::GitHub;
    choices.foreign == Foreign::Native && handed_on && needs.builds && needs.foreign() == ["linux/arm64"]
}

/// Builds what one platform needs, on a runner of that platform.
fn build_job(needs: &Needs, choices: &Choices) -> Job {
    let combinations = needs.platforms.iter().map(|platform| {
        let runner = if platform == "linux/arm64" { "ubuntu-24.04-arm" } else { "ubuntu-24.04" };
        format!("{{ platform: {platform}, part: {}, runner: {runner} }}", platform.replace('/', "-"))
    });
    let mut list = steps::fetch(choices);
    list.push(steps::install(&choices.pin));
    list.extend(steps::prepare_builds(needs, &[]));
    list.push(Step {
        name: "Build".to_owned(),
        env: vec![
            ("TAG".to_owned(), TAG.to_owned()),
            ("PLATFORM".to_owned(), "${{ matrix.platform }}".to_owned()),
        ],
        run: vec![
            r#"plimsoll build ${TAG:+--tag "$TAG"} --platform "$PLATFORM" --output "$RUNNER_TEMP/part""#
                .to_owned(),
        ],
        ..Step::default()
    });
    list.push(Step {
        name: "Hand it on".to_owned(),
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
        permissions: vec![Permission { scope: "contents", level: "read", purpose: "the repository" }],
        steps: list,
        ..Job::default()
    }
}

fn release_job(needs: &Needs, choices: &Choices, has_parts: bool) -> Job {
    let mut list = steps::fetch(choices);
    list.push(steps::install(&choices.pin));
    let mut command = r#"plimsoll release ${TAG:+"$TAG"}"#.to_owned();
    match has_parts {
        true => {
            list.push(Step {
                name: "Take what was built".to_owned(),
                uses: Some(steps::DOWNLOAD),
                with: vec![("path", "${{ runner.temp }}/parts".to_owned())],
                ..Step::default()
            });
            for platform in &needs.platforms {
                command.push_str(&format!(
                    r#" --from "$RUNNER_TEMP/parts/part-{}""#,
                    platform.replace('/', "-")
                ));
            }
        }
        false => list.extend(steps::prepare_builds(needs, &needs.foreign())),
    }
    let mut env = steps::secrets(needs);
    env.push(("TAG".to_owned(), TAG.to_owned()));
    list.push(Step { name: "Release".to_owned(), env, run: vec![command], ..Step::default() });
    Job {
        id: "release",
        name: "Release".to_owned(),
        needs: has_parts.then_some("build"),
        runner: steps::runner(choices),
        minutes: 120,
        permissions: steps::release_permissions(needs),
        steps: list,
        ..Job::default()
    }
}
