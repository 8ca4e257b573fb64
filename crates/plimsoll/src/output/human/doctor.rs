//! What was found on a machine, and in registries.

use super::{WIDTH, wrap};
use crate::output::ink::Ink;
use crate::output::json::doctor::{BuilderInfo, DoctorInfo, RepositoryInfo, ToolInfo};

/// Where values begin.
const COLUMN: usize = 20;

/// Renders it.
pub fn render(answer: &DoctorInfo, ink: Ink) -> String {
    let mut parts = vec![format!("{}\n{}", ink.strong("tools"), lines(&answer.tools, tool))];
    parts.push(format!("{}\n{}", ink.strong("builders"), lines(&answer.builders, builder)));
    if !answer.platforms.is_empty() {
        let platform = |one: &crate::output::json::doctor::PlatformInfo| {
            (one.platform.clone(), describe(one.runs).to_owned())
        };
        parts.push(format!("{}\n{}", ink.strong("platforms"), lines(&answer.platforms, platform)));
    }
    parts.extend(answer.repositories.iter().map(|one| repository(one, ink)));
    parts.join("\n")
}

fn lines<T>(all: &[T], line: impl Fn(&T) -> (String, String)) -> String {
    all.iter().map(line).map(|(name, value)| row(&name, &value)).collect()
}

/// A name and what is said of it, folded at the page's edge.
fn row(name: &str, value: &str) -> String {
    let mut text = format!("  {name:<width$}", width = COLUMN - 2);
    if !text.ends_with(' ') {
        text.push(' ');
    }
    let mut column = text.chars().count();
    for word in value.split_whitespace() {
        let length = word.chars().count();
        if column > COLUMN && column + length > WIDTH {
            text.truncate(text.trim_end().len());
            text.push('\n');
            text.push_str(&" ".repeat(COLUMN));
            column = COLUMN;
        }
        text.push_str(word);
        text.push(' ');
        column += length + 1;
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn tool(tool: &ToolInfo) -> (String, String) {
    let found = match (&tool.version, &tool.why) {
        (Some(version), _) => format!("{version} ({})", tool.purpose),
        (None, Some(why)) => format!("no: {why} ({})", tool.purpose),
        (None, None) => format!("no ({})", tool.purpose),
    };
    (tool.name.to_owned(), found)
}

fn builder(builder: &BuilderInfo) -> (String, String) {
    let found = match (&builder.platforms, &builder.why) {
        (_, Some(why)) => format!("no: {why}"),
        (Some(platforms), None) => wrap(0, platforms.iter().map(String::as_str)),
        (None, None) => "it does not say what it runs".to_owned(),
    };
    let mark = if builder.chosen { "builds: " } else { "" };
    (builder.name.to_owned(), format!("{mark}{found}"))
}

fn describe(runs: &str) -> &str {
    match runs {
        "native" => "native",
        "emulated" => "emulated: about ten times as slow where a RUN runs its programs",
        "not-at-all" => "not here: build it where it runs, with `plimsoll build --platform P --output DIR`",
        _ => "unknown",
    }
}

fn repository(repository: &RepositoryInfo, ink: Ink) -> String {
    let optional = if repository.required { "" } else { "  (optional)" };
    let mut text = format!("{}{optional}\n", ink.strong(&repository.repository));
    let credentials = match (&repository.credentials, &repository.amiss) {
        (Some(place), _) => format!("from {place}"),
        (None, Some(why)) => format!("none: {why}"),
        (None, None) => "none".to_owned(),
    };
    text.push_str(&row("credentials", &credentials));
    text.push_str(&row("may push", repository.push));
    let referrers = match repository.referrers {
        "no" => "no: what refers to an image is listed under a tag beside it",
        other => other,
    };
    text.push_str(&row("referrers", referrers));
    let untagged = match repository.collects_untagged {
        Some(when) => format!("collected {when}"),
        None => "unknown".to_owned(),
    };
    let holds = if repository.hold_tags { "; hold tags keep it until a version tag does" } else { "" };
    text.push_str(&row("untagged content", &format!("{untagged}{holds}")));
    text
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::output::json::doctor::PlatformInfo;

    #[test]
    fn it_fits_the_page() {
        let tool = |name, version: Option<&str>, why: Option<&str>| ToolInfo {
            name,
            version: version.map(str::to_owned),
            purpose: "smoke commands, sealed gates, build --load",
            why: why.map(str::to_owned),
        };
        let why = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
        let builder = |name, chosen, platforms: Option<Vec<String>>, why: Option<&str>| BuilderInfo {
            name,
            usable: why.is_none(),
            chosen,
            platforms,
            why: why.map(str::to_owned),
        };
        let many = ["amd64", "amd64/v2", "amd64/v3", "386", "arm64", "riscv64", "ppc64le", "s390x", "arm/v7"];
        let many = many.map(|name| format!("linux/{name}")).to_vec();
        let info = DoctorInfo {
            schema: DoctorInfo::SCHEMA,
            component: Some("app".into()),
            tools: vec![tool("git", Some("2.39.5"), None), tool("docker", None, Some(why))],
            builders: vec![
                builder("docker buildx", false, None, Some("docker has no buildx")),
                builder("buildctl", true, Some(many), None),
            ],
            platforms: vec![
                PlatformInfo { platform: "linux/amd64".into(), runs: "native" },
                PlatformInfo { platform: "linux/arm64".into(), runs: "emulated" },
            ],
            repositories: vec![RepositoryInfo {
                repository: "quay.io/acme/app".into(),
                required: false,
                credentials: Some("docker-credential-desktop, named in /home/ada/.docker/config.json".into()),
                amiss: None,
                push: "yes",
                referrers: "no",
                collects_untagged: Some("after an hour"),
                hold_tags: true,
            }],
        };
        let text = render(&info, Ink::Plain);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_snapshot!(text, @r"
        tools
          git               2.39.5 (smoke commands, sealed gates, build --load)
          docker            no: Cannot connect to the Docker daemon at
                            unix:///var/run/docker.sock. Is the docker daemon running?
                            (smoke commands, sealed gates, build --load)

        builders
          docker buildx     no: docker has no buildx
          buildctl          builds: linux/amd64, linux/amd64/v2, linux/amd64/v3,
                            linux/386, linux/arm64, linux/riscv64, linux/ppc64le,
                            linux/s390x, linux/arm/v7

        platforms
          linux/amd64       native
          linux/arm64       emulated: about ten times as slow where a RUN runs its
                            programs

        quay.io/acme/app  (optional)
          credentials       from docker-credential-desktop, named in
                            /home/ada/.docker/config.json
          may push          yes
          referrers         no: what refers to an image is listed under a tag beside it
          untagged content  collected after an hour; hold tags keep it until a version
                            tag does
        ");
    }
}
