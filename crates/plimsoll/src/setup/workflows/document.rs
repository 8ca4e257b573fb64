//! A workflow as data, and its text.

use std::fmt::Write as _;

use super::containers::DEBIAN;
use super::{Choices, Host};

/// What a job is allowed that proves who it is.
pub(super) const IDENTITY: &str = "id-token";

/// A workflow.
pub(super) struct Workflow {
    /// The file's name without ending.
    pub(super) file: &'static str,
    /// Its first lines, as comments.
    pub(super) about: Vec<String>,
    /// Its name.
    pub(super) name: &'static str,
    /// What sets it off, as YAML below `on`.
    pub(super) on: String,
    /// Runs of one group do not run side by side.
    pub(super) group: String,
    /// What becomes of a run when another of its group begins.
    pub(super) overtaken: Overtaken,
    /// Its jobs.
    pub(super) jobs: Vec<Job>,
}

/// What becomes of a run when another of its group begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Overtaken {
    /// It goes on, and the other waits.
    GoesOn,
    /// It ends.
    Ends,
}

/// A job.
#[derive(Default)]
pub(super) struct Job {
    pub(super) id: &'static str,
    pub(super) name: String,
    /// The jobs that must have succeeded.
    pub(super) needs: Vec<&'static str>,
    /// When it runs.
    pub(super) condition: Option<String>,
    /// The combinations that it runs in, each a YAML mapping.
    pub(super) matrix: Vec<String>,
    pub(super) runner: String,
    pub(super) minutes: u32,
    pub(super) environment: Option<&'static str>,
    pub(super) permissions: Vec<Permission>,
    /// Name and expression.
    pub(super) outputs: Vec<(&'static str, &'static str)>,
    pub(super) steps: Vec<Step>,
}

/// A permission of a job's token, and what it is for.
pub(super) struct Permission {
    pub(super) scope: &'static str,
    pub(super) level: &'static str,
    pub(super) purpose: &'static str,
}

/// A step.
#[derive(Default)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) id: Option<&'static str>,
    /// When it runs.
    pub(super) condition: Option<&'static str>,
    /// An action, with a comment.
    pub(super) uses: Option<&'static str>,
    pub(super) with: Vec<(&'static str, String)>,
    pub(super) env: Vec<(String, String)>,
    /// Lines of a script.
    pub(super) run: Vec<String>,
}

impl Workflow {
    pub(super) fn render(&self, choices: &Choices) -> String {
        let mut text = String::new();
        for line in &self.about {
            let _ = writeln!(text, "# {line}");
        }
        let name = choices.own_name(&format!("plimsoll-{}", self.name)).replacen("plimsoll-", "", 1);
        let _ = write!(text, "name: {name}\n\non:\n{}\n", indented(&self.on, 2));
        text.push_str("# Each job names what it may do.\npermissions: {}\n\n");
        if let Some(config) = &choices.config {
            let _ = write!(text, "env:\n  PLIMSOLL_CONFIG: {}\n\n", in_quotes(config));
        }
        let ends = self.overtaken == Overtaken::Ends;
        let _ = write!(
            text,
            "concurrency:\n  group: {}\n  cancel-in-progress: {ends}\n\njobs:\n",
            choices.own_name(&self.group)
        );
        let jobs: Vec<String> = self.jobs.iter().map(|job| job.render(choices.host)).collect();
        text.push_str(&jobs.join("\n"));
        text
    }
}

impl Job {
    fn render(&self, host: Host) -> String {
        let mut text = format!("  {}:\n    name: {}\n", self.id, self.name);
        match self.needs.as_slice() {
            [] => {}
            [one] => _ = writeln!(text, "    needs: {one}"),
            many => _ = writeln!(text, "    needs: [{}]", many.join(", ")),
        }
        if let Some(condition) = &self.condition {
            let _ = writeln!(text, "    if: {condition}");
        }
        if !self.matrix.is_empty() {
            text.push_str("    strategy:\n      matrix:\n        include:\n");
            for combination in &self.matrix {
                let _ = writeln!(text, "          - {combination}");
            }
        }
        let _ = write!(text, "    runs-on: {}\n    timeout-minutes: {}\n", self.runner, self.minutes);
        if host == Host::Forgejo {
            let _ = write!(text, "    container:\n      image: {DEBIAN}\n");
            // Forgejo reads no `permissions`, and lets a job prove who it is by this key (forgejo.org, "Security OpenID
            // Connect").
            if self.permissions.iter().any(|one| one.scope == IDENTITY) {
                text.push_str("    enable-openid-connect: true\n");
            }
        }
        if let (Some(environment), Host::GitHub) = (self.environment, host) {
            let _ = writeln!(text, "    environment: {environment}");
        }
        let width = self.permissions.iter().map(|one| one.scope.len() + one.level.len()).max().unwrap_or(0);
        match self.permissions.is_empty() {
            true => text.push_str("    permissions: {}\n"),
            false => text.push_str("    permissions:\n"),
        }
        for Permission { scope, level, purpose } in &self.permissions {
            let gap = width - scope.len() - level.len() + 2;
            let _ = writeln!(text, "      {scope}: {level}{:gap$}# {purpose}", "");
        }
        if !self.outputs.is_empty() {
            text.push_str("    outputs:\n");
            for (name, expression) in &self.outputs {
                let _ = writeln!(text, "      {name}: {expression}");
            }
        }
        text.push_str("    steps:\n");
        for step in &self.steps {
            text.push_str(&step.render());
        }
        text
    }
}

impl Step {
    fn render(&self) -> String {
        let mut text = format!("      - name: {}\n", self.name);
        if let Some(id) = self.id {
            let _ = writeln!(text, "        id: {id}");
        }
        if let Some(condition) = self.condition {
            let _ = writeln!(text, "        if: {condition}");
        }
        if let Some(uses) = self.uses {
            let _ = writeln!(text, "        uses: {uses}");
        }
        if !self.with.is_empty() {
            text.push_str("        with:\n");
            for (key, value) in &self.with {
                let _ = writeln!(text, "          {key}: {value}");
            }
        }
        if !self.env.is_empty() {
            text.push_str("        env:\n");
            for (key, value) in &self.env {
                let _ = writeln!(text, "          {key}: {value}");
            }
        }
        match self.run.as_slice() {
            [] => {}
            [line] if !line.contains([':', '#', '{']) => {
                let _ = writeln!(text, "        run: {line}");
            }
            lines => {
                let _ = write!(text, "        run: |\n{}", indented(&lines.join("\n"), 10));
            }
        }
        text
    }
}

/// A text as a scalar of YAML: in single quotes, or where it has signs that could be read as ends of lines or are not
/// printed, in double ones (yaml.org, 1.2.2, 5.1 and 7.3).
pub(crate) fn in_quotes(text: &str) -> String {
    let is_plain = |sign: char| (' '..='~').contains(&sign) || sign.is_alphanumeric();
    if text.chars().all(is_plain) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for sign in text.chars() {
        match sign {
            '"' | '\\' => quoted.extend(['\\', sign]),
            sign if is_plain(sign) => quoted.push(sign),
            sign => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(sign));
            }
        }
    }
    quoted + "\""
}

/// Every line moved to the right, with a newline at the end.
pub(super) fn indented(text: &str, by: usize) -> String {
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("{:by$}{line}\n", "") };
    text.lines().map(line).collect()
}
