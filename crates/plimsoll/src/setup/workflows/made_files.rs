//! The files that images are put together from and that git does not have: who makes them.
//!
//! What makes them is the project's own, with all that it fetches: where jobs can hand something on it has a job of its own,
//! which may read and nothing else, and the job that signs and pushes takes the files alone.

use super::document::{Job, Step, in_quotes};
use super::needs::Needs;
use super::steps::{self, Ground};
use super::{Actions, Choices, Host};

/// What the job is called, and what it hands on.
const MAKE: &str = "make";
const MADE: &str = "made";

/// Between the names of files: names with blanks are told apart by it.
const BETWEEN: &str = ":";

/// Whether files are made by a job of their own, where any are made.
pub(crate) fn are_handed_on(choices: &Choices) -> bool {
    choices.actions == Actions::Pinned && choices.host == Host::GitHub
}

/// The steps after which the files are there, in a job that publishes; none where git has them all.
pub(super) fn before(needs: &Needs, choices: &Choices) -> Vec<Step> {
    match files(needs) {
        Some(files) if are_handed_on(choices) => take(&files),
        Some(_) | None => make(needs).into_iter().collect(),
    }
}

/// Makes the files where they are wanted; none where git has them all.
pub(super) fn make(needs: &Needs) -> Option<Step> {
    files(needs).map(|files| Step {
        name: "Make the files that images are put together from".to_owned(),
        env: vec![("FILES".to_owned(), files)],
        // Whoever knows how they are made puts it here.
        run: script(),
        ..Step::default()
    })
}

/// The lines that make them, where the project says how.
pub(super) fn script() -> Vec<String> {
    [
        "if [ -f justfile ] && command -v just >/dev/null; then just dist",
        "elif [ -f Makefile ] && command -v make >/dev/null && grep --quiet '^dist:' Makefile; then make dist",
        r#"else echo "wanted, unless git has them: $FILES"; fi"#,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Their names, as patterns of a shell: what stands in braces is another word for each platform.
pub(super) fn files(needs: &Needs) -> Option<String> {
    let pattern = |file: &String| {
        let mut text = String::new();
        let mut rest = file.as_str();
        while let Some((before, after)) = rest
            .split_once('{')
            .and_then(|(before, inside)| inside.split_once('}').map(|(_, after)| (before, after)))
        {
            text.push_str(before);
            text.push('*');
            rest = after;
        }
        text + rest
    };
    let patterns: Vec<String> = needs.made_before.iter().map(pattern).collect();
    (!patterns.is_empty()).then(|| in_quotes(&patterns.join(BETWEEN)))
}

/// A job with the one that makes its files before it.
pub(super) fn with_job(making: Option<Job>, mut job: Job) -> Vec<Job> {
    if making.is_some() {
        job.needs.push(MAKE);
    }
    making.into_iter().chain([job]).collect()
}

/// The job that makes them and hands them on; none where there are none, or where jobs hand nothing on.
pub(super) fn job(
    needs: &Needs,
    choices: &Choices,
    ground: Ground,
    condition: Option<String>,
) -> Option<Job> {
    let files = files(needs).filter(|_| are_handed_on(choices))?;
    let mut list = steps::fetch(choices, ground);
    list.extend(make(needs));
    list.push(Step {
        name: "Put them together".to_owned(),
        env: vec![("FILES".to_owned(), files)],
        // An archive keeps what may be executed, which artifacts forget.
        run: [
            r#"mkdir "$RUNNER_TEMP/made""#,
            "IFS=:",
            r#"git ls-files --others -z -- $FILES | tar --create --null --files-from - --file "$RUNNER_TEMP/made/files.tar""#,
        ]
        .map(str::to_owned)
        .to_vec(),
        ..Step::default()
    });
    list.push(Step {
        name: "Hand them on".to_owned(),
        uses: Some(steps::UPLOAD),
        with: vec![
            ("name", MADE.to_owned()),
            ("path", "${{ runner.temp }}/made".to_owned()),
            ("if-no-files-found", "error".to_owned()),
            ("retention-days", "7".to_owned()),
        ],
        ..Step::default()
    });
    Some(Job {
        id: MAKE,
        name: "Make files".to_owned(),
        condition,
        runner: steps::runner(choices),
        minutes: 60,
        permissions: vec![steps::READS],
        steps: list,
        ..Job::default()
    })
}

/// Takes those files of what was handed on, and no others: whatever made them could have put anything beside.
fn take(files: &str) -> Vec<Step> {
    let lines = [
        r#"mkdir "$RUNNER_TEMP/files""#,
        r#"tar --extract --file "$RUNNER_TEMP/made/files.tar" --directory "$RUNNER_TEMP/files""#,
        r#"cd "$RUNNER_TEMP/files""#,
        "IFS=:",
        "for file in $FILES; do",
        r#"  if [ -e "$file" ]; then cp --recursive --parents -- "$file" "$GITHUB_WORKSPACE"; fi"#,
        "done",
    ];
    vec![
        Step {
            name: "Take the files that were made".to_owned(),
            uses: Some(steps::DOWNLOAD),
            with: vec![("name", MADE.to_owned()), ("path", "${{ runner.temp }}/made".to_owned())],
            ..Step::default()
        },
        Step {
            name: "Put them where plimsoll.toml looks for them".to_owned(),
            env: vec![("FILES".to_owned(), files.to_owned())],
            run: lines.map(str::to_owned).to_vec(),
            ..Step::default()
        },
    ]
}
