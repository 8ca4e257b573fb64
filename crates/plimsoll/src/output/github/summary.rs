//! The summary of a step: what people see first of a run.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Reach, ReleaseFate, last_line};

use super::SUMMARY_LIMIT;
use crate::output::diagnostic::render_diagnostics;
use crate::output::human::released::describe_standing;
use crate::output::human::short_commit;
use crate::output::ink::Ink;
use crate::output::json::images::ReleasedImage;
use crate::output::json::on_forge::DeploymentInfo;
use crate::output::json::published::{PublishDone, PublishedStatus};
use crate::output::json::released::{ReleaseDone, ReleasedStatus};

/// How much was done of what a command is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Not all; what is missing is told above.
    Part,
}

impl Extent {
    /// The one sentence about running again, with its empty line.
    fn again(self) -> &'static str {
        match self {
            Extent::Whole => "\nRunning this again changes nothing.\n",
            Extent::Part => "",
        }
    }
}

/// Renders the summary of a release; cut where the forge would refuse it.
pub fn render_summary(done: &ReleaseDone, extent: Extent) -> String {
    let ReleaseDone { component, tag, commit, .. } = done;
    let what = match done.status {
        ReleasedStatus::Released => "was released",
        ReleasedStatus::Finished => "was finished by this run",
        ReleasedStatus::Rehearsed => "was rehearsed",
        ReleasedStatus::AlreadyReleased => "was released already",
    };
    let mut text = format!(
        "## {} {}\n\n`{component}` {what} from commit `{}`.\n\n",
        cell(component),
        cell(tag),
        short_commit(commit)
    );
    text.push_str("| image | repository | tags | platforms | digest |\n|---|---|---|---|---|\n");
    let charts = done.charts.iter().map(|chart| {
        let address = chart.address();
        let place = repository(address.strip_prefix("oci://").unwrap_or(&address));
        let name = cell(&chart.name);
        format!(
            "| {name} (chart) | {place} | `{}` | | `{}` |
",
            cell(&chart.version),
            chart.digest
        )
    });
    let rows: Vec<String> = done.images.iter().map(row).chain(charts).collect();
    let page =
        done.page.as_ref().map(|page| format!("\nThe release page: <{}>\n", page.url)).unwrap_or_default();
    let deployed: String = done.deployments.iter().map(deployment).collect();
    let check = format!("\nTo check it: `{}`\n", cell(&done.verify));
    let standing = describe_standing(done).into_iter().map(|line| format!("\n{}\n", cell(&line)));
    let standing: String = standing.collect();
    let end = format!("{page}{deployed}{standing}{check}{}", extent.again());
    for (number, row) in rows.iter().enumerate() {
        if text.len() + row.len() + end.len() + 64 > SUMMARY_LIMIT {
            text.push_str(&format!("| and {} more | | | | |\n", rows.len() - number));
            break;
        }
        text.push_str(row);
    }
    text.push_str(&end);
    text
}

/// Renders the summary of `publish`; cut where the forge would refuse it.
pub fn render_published_summary(done: &PublishDone, extent: Extent) -> String {
    let PublishDone { component, reference, commit, .. } = done;
    let what = match done.status {
        PublishedStatus::Published => "was published",
        PublishedStatus::Finished => "was finished by this run",
        PublishedStatus::Built => "was built, and not published",
        PublishedStatus::AlreadyPublished => "was published already",
    };
    let mut text = format!(
        "## {} {}\n\n`{component}` {what} from commit `{}` of {}.\n\n",
        cell(component),
        done.version,
        short_commit(commit),
        cell(reference),
    );
    text.push_str("| image | repository | tags | platforms | digest |\n|---|---|---|---|---|\n");
    let end = match (done.status, done.ephemeral) {
        (PublishedStatus::Built, _) => {
            "\nThe commits come from another repository: nothing left this machine.\n"
        }
        (_, true) => "\nThese images are ephemeral: the pull request's next commit takes their tags.\n",
        (_, false) => extent.again(),
    };
    for (number, image) in done.images.iter().enumerate() {
        let tags = image.tags.iter().chain(&image.moving_tags).collect();
        let row = format!(
            "| {} | {} | {} | {} | `{}` |\n",
            cell(&image.name),
            repository(&image.repository),
            codes(tags),
            codes(image.platforms.keys().collect()),
            image.digest
        );
        if text.len() + row.len() + end.len() + 64 > SUMMARY_LIMIT {
            text.push_str(&format!("| and {} more | | | | |\n", done.images.len() - number));
            break;
        }
        text.push_str(&row);
    }
    text.push_str(end);
    text
}

/// What a run was to do that left nothing but a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// To release.
    Release,
    /// To publish the images of a branch or pull request.
    Publish,
    /// To take a release back.
    Withdraw,
    /// To say something of released versions.
    Say,
    /// To try something out.
    Trial,
}

/// Renders the summary of a run that did not reach its end: why, and whether running again is safe.
pub fn render_failure(aim: Aim, problems: &[Diagnostic], reach: Reach) -> String {
    let first = problems.first();
    let (cure, release) =
        first.map_or((Cure::ReportBug, ReleaseFate::Unsaid), |problem| (problem.cure, problem.release));
    let code = first.map_or("bug", |problem| problem.code.word());
    let title = match (aim, release, reach) {
        (Aim::Release, ReleaseFate::Out, _) | (Aim::Release, _, Reach::Published) => "Released, but",
        (Aim::Release, ..) => "Not released",
        (Aim::Publish, ..) if code == Code::MirrorIncomplete.word() => "Published, but",
        (Aim::Publish, ..) => "Not published",
        (Aim::Withdraw, ..) => "Not withdrawn",
        (Aim::Say, ..) => "Not all said and done",
        (Aim::Trial, ..) => "Failed",
    };
    let again = last_line(reach, cure, release);
    let text = fenced(&render_diagnostics(problems, Ink::Plain));
    let page = format!("## {title}: {code}\n\n{text}\n{again}\n");
    match page.len() <= SUMMARY_LIMIT {
        true => page,
        false => format!("## {title}: {code}\n\n{again}\n"),
    }
}

/// Renders the summary of what people read as it stands on a terminal.
pub fn render_told(title: &str, text: &str) -> String {
    let page = format!("## {title}\n\n{}", fenced(text));
    match page.len() <= SUMMARY_LIMIT {
        true => page,
        false => format!("## {title}\n\nIt is too long for this page: see the log.\n"),
    }
}

/// A text as it is, in a fence longer than any in it.
fn fenced(text: &str) -> String {
    let fence = "`".repeat(text.split(|c| c != '`').map(str::len).max().unwrap_or(0).max(2) + 1);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}text\n{text}{end}{fence}\n")
}

/// A repository; a link where its registry shows people a page of it.
fn repository(name: &str) -> String {
    let shown = format!("`{}`", cell(name));
    match name.split_once('/') {
        Some(("ghcr.io" | "quay.io", _)) => format!("[{shown}](https://{})", cell(name)),
        Some(("docker.io", path)) => format!("[{shown}](https://hub.docker.com/r/{})", cell(path)),
        _ => shown,
    }
}

fn deployment(entry: &DeploymentInfo) -> String {
    let url = entry.url.as_ref().map(|url| format!(": <{url}>")).unwrap_or_default();
    match &entry.at {
        Some(version) => {
            format!("\nEnvironment {} stays at {}{url}\n", cell(&entry.environment), cell(version))
        }
        None => format!("\nEnvironment {}{url}\n", cell(&entry.environment)),
    }
}

fn row(image: &ReleasedImage) -> String {
    format!(
        "| {} | {} | {} | {} | `{}` |\n",
        cell(&image.name),
        repository(&image.repository),
        codes(image.own_tags().collect()),
        codes(image.platforms.keys().collect()),
        image.digest
    )
}

fn codes(words: Vec<&String>) -> String {
    words.into_iter().map(|word| format!("`{}`", cell(word))).collect::<Vec<_>>().join(", ")
}

/// A text that can't end its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use insta::assert_snapshot;

    use super::*;
    use crate::output::github::{Delimiter, render_outputs};

    fn done(images: usize) -> ReleaseDone {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let image = |number: usize| ReleasedImage {
            name: format!("image-{number}"),
            repository: "ghcr.io/acme/app".into(),
            digest: digest.clone(),
            media_type: "application/vnd.oci.image.index.v1+json".into(),
            tags: vec!["v1.0.0".into(), "latest".into()],
            primary_tag: "v1.0.0".into(),
            moving_tags: vec!["latest".into()],
            promoted_tags: Default::default(),
            elsewhere: Default::default(),
            platforms: BTreeMap::from([("linux/amd64".into(), digest.clone())]),
            mirrors: Vec::new(),
            labels: BTreeMap::new(),
        };
        ReleaseDone {
            schema: ReleaseDone::SCHEMA,
            verify: "plimsoll verify v1.0.0".into(),
            component: "app".into(),
            version: "1.0.0".into(),
            tag: "v1.0.0".into(),
            commit: "0".repeat(40),
            status: ReleasedStatus::Released,
            changed: true,
            record: digest.clone(),
            gates: Vec::new(),
            gates_before: Vec::new(),
            images: (0..images).map(image).collect(),
            page: None,
            deployments: Vec::new(),
            pageless: None,
            charts: Vec::new(),
            orphaned_tags: Vec::new(),
            kept_tags: Vec::new(),
            passed_over: Vec::new(),
            behind: Vec::new(),
        }
    }

    #[test]
    fn a_summary_is_a_table_and_says_whether_to_run_again() {
        assert_snapshot!(render_summary(&done(1), Extent::Whole), @r"
        ## app v1.0.0

        `app` was released from commit `0000000`.

        | image | repository | tags | platforms | digest |
        |---|---|---|---|---|
        | image-0 | [`ghcr.io/acme/app`](https://ghcr.io/acme/app) | `v1.0.0`, `latest` | `linux/amd64` | `sha256:abababababababababababababababababababababababababababababababab` |

        To check it: `plimsoll verify v1.0.0`

        Running this again changes nothing.
        ");
    }

    #[test]
    fn a_summary_leads_to_the_page_and_names_charts() {
        let chart = crate::output::json::charts::ReleasedChart {
            name: "app-chart".into(),
            chart: "app".into(),
            repository: "ghcr.io/acme/charts/app".into(),
            listed_in: None,
            version: "1.0.0".into(),
            app_version: "1.0.0".into(),
            tag: Some("1.0.0".into()),
            digest: "sha256:cd".into(),
            package: "app-1.0.0.tgz".into(),
            package_digest: "sha256:ef".into(),
        };
        let page = crate::output::json::on_forge::PageInfo {
            url: "https://github.com/acme/app/releases/tag/v1.0.0".into(),
            changed: true,
            lacks: Vec::new(),
        };
        let text =
            render_summary(&ReleaseDone { charts: vec![chart], page: Some(page), ..done(1) }, Extent::Whole);
        assert!(
            text.contains("| app-chart (chart) | [`ghcr.io/acme/charts/app`](https://ghcr.io/acme/charts/app) | `1.0.0` | | `sha256:cd` |\n"),
            "{text}"
        );
        assert!(
            text.contains("\nThe release page: <https://github.com/acme/app/releases/tag/v1.0.0>\n"),
            "{text}"
        );
    }

    #[test]
    fn what_stands_in_environments_is_said_with_its_address() {
        let entry = |environment: &str, url: Option<&str>, at: Option<&str>| DeploymentInfo {
            environment: environment.into(),
            url: url.map(str::to_owned),
            state: if at.is_some() { "outranked" } else { "success" },
            changed: true,
            at: at.map(str::to_owned),
        };
        let deployments = vec![
            entry("production", Some("https://app.example"), None),
            entry("canary", None, Some("1.1.0")),
        ];
        let text = render_summary(&ReleaseDone { deployments, ..done(1) }, Extent::Whole);
        assert!(text.contains("\nEnvironment production: <https://app.example>\n"), "{text}");
        assert!(text.contains("\nEnvironment canary stays at 1.1.0\n"), "{text}");
    }

    #[test]
    fn what_is_not_whole_is_not_called_so() {
        let text = render_summary(&done(1), Extent::Part);
        assert!(text.contains("sha256:") && !text.contains("changes nothing"), "{text}");
    }

    #[test]
    fn repositories_that_have_a_page_lead_to_it() {
        for (name, want) in [
            ("ghcr.io/a/b", "[`ghcr.io/a/b`](https://ghcr.io/a/b)"),
            ("quay.io/a/b", "[`quay.io/a/b`](https://quay.io/a/b)"),
            ("docker.io/a/b", "[`docker.io/a/b`](https://hub.docker.com/r/a/b)"),
            ("registry.example/a", "`registry.example/a`"),
        ] {
            assert_eq!(repository(name), want);
        }
    }

    #[test]
    fn what_is_told_can_not_leave_its_fence() {
        let told = render_told("Yank", "yanked app 1.0.0: ```\n# breaks");
        assert_eq!(told, "## Yank\n\n````text\nyanked app 1.0.0: ```\n# breaks\n````\n");
        assert!(render_told("Audit", &"x".repeat(SUMMARY_LIMIT)).len() < 100);
    }

    #[test]
    fn the_title_of_a_failure_is_true() {
        let plain = Diagnostic::error(Code::MirrorIncomplete, Cure::RunAgain, "x");
        let out = plain.clone().of_a_published_release();
        for (aim, problem, reach, want) in [
            (Aim::Release, &plain, Reach::Visible, "## Not released: mirror-incomplete"),
            (Aim::Release, &plain, Reach::Published, "## Released, but: mirror-incomplete"),
            (Aim::Release, &out, Reach::Nothing, "## Released, but: mirror-incomplete"),
            (Aim::Withdraw, &out, Reach::Nothing, "## Not withdrawn: mirror-incomplete"),
            (Aim::Trial, &plain, Reach::Nothing, "## Failed: mirror-incomplete"),
        ] {
            let page = render_failure(aim, std::slice::from_ref(problem), reach);
            assert!(page.starts_with(want), "{page}");
            assert_eq!(
                page.contains("the release is out"),
                want.contains("but") || *problem == out,
                "{page}"
            );
        }
    }

    #[test]
    fn a_summary_is_never_too_large() {
        let text = render_summary(&done(10_000), Extent::Whole);
        assert!(text.len() <= SUMMARY_LIMIT && text.ends_with("changes nothing.\n"));
    }

    #[test]
    fn outputs_end_where_their_delimiter_stands() {
        let text = render_outputs(&done(1), &Delimiter::new(7));
        let end = "plimsoll_00000000000000000000000000000007";
        let images = text.split(&format!("images<<{end}\n")).nth(1).unwrap();
        let images = images.strip_suffix(&format!("\n{end}\n")).unwrap();
        let images: serde_json::Value = serde_json::from_str(images).unwrap();
        assert_eq!(images["images"][0]["name"], "image-0");
        assert!(text.starts_with(&format!("version<<{end}\n1.0.0\n{end}\n")));
    }
}
