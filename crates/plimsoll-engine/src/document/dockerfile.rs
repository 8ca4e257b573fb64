//! Dockerfiles, read and never run: what a build will want, before anything is built.
//!
//! Follows the Dockerfile reference (<https://docs.docker.com/reference/dockerfile/>) as far as the questions here need
//! it. What a build does with an instruction is the builder's business.

mod arguments;
mod heredoc;
mod lines;
mod stages;
mod words;

use std::collections::BTreeMap;

pub use arguments::{Argument, expand};
pub use stages::{Base, Stage, StagePlatform};

use lines::{Directives, Instruction};

/// A Dockerfile as far as it is known without building it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// The frontend that its first line asks for: `docker/dockerfile:1`.
    pub syntax: Option<String>,
    /// Arguments declared before the first stage.
    pub arguments: Vec<Argument>,
    /// Its stages, in order; at least one.
    pub stages: Vec<Stage>,
}

/// Why a text is no Dockerfile. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DockerfileError {
    /// It has no `FROM`.
    #[error("it has no FROM: there is nothing to build")]
    NoStage,
    /// A line begins with a word that is no instruction.
    #[error("line {line}: there is no instruction `{word}`")]
    UnknownInstruction {
        /// The line.
        line: usize,
        /// The word.
        word: String,
    },
    /// Something other than `ARG` comes before the first `FROM`.
    #[error("line {line}: {word} comes before the first FROM")]
    BeforeFrom {
        /// The line.
        line: usize,
        /// The instruction.
        word: String,
    },
    /// An instruction lacks what it is about, or has too much.
    #[error("line {line}: {word} {why}")]
    Malformed {
        /// The line.
        line: usize,
        /// The instruction.
        word: String,
        /// What is wrong.
        why: &'static str,
    },
    /// A here-document has no end.
    #[error("line {line}: the here-document `{name}` has no end")]
    OpenHeredoc {
        /// The line that begins it.
        line: usize,
        /// The word that should end it.
        name: String,
    },
    /// The `escape` directive names another character than `\` and `` ` ``.
    #[error("line {line}: the escape character can be \\ or `, not `{found}`")]
    Escape {
        /// The line.
        line: usize,
        /// What it names.
        found: String,
    },
}

impl DockerfileError {
    /// The line that it is about.
    pub fn line(&self) -> Option<usize> {
        match self {
            DockerfileError::NoStage => None,
            DockerfileError::UnknownInstruction { line, .. }
            | DockerfileError::BeforeFrom { line, .. }
            | DockerfileError::Malformed { line, .. }
            | DockerfileError::OpenHeredoc { line, .. }
            | DockerfileError::Escape { line, .. } => Some(*line),
        }
    }
}

impl Dockerfile {
    /// Reads a text.
    ///
    /// # Errors
    /// No builder would take it. A text for a frontend that is not Docker's own may have instructions of its own; those
    /// are passed over.
    pub fn parse(text: &str) -> Result<Dockerfile, DockerfileError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let directives = Directives::parse(text)?;
        let instructions = lines::parse(text, &directives)?;
        let frontend = match directives.syntax.as_deref() {
            Some(syntax) if !is_dockers_own(syntax) => Frontend::Foreign,
            _ => Frontend::Dockers,
        };
        let (arguments, stages) = stages::parse(&instructions, directives.escape, frontend)?;
        Ok(Dockerfile { syntax: directives.syntax, arguments, stages })
    }

    /// The stage of a name or number, or the last one.
    pub fn find_stage(&self, target: Option<&str>) -> Option<usize> {
        let Some(target) = target else { return self.stages.len().checked_sub(1) };
        let named =
            |stage: &Stage| stage.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(target));
        // The last of a name wins, as in BuildKit.
        let by_name = self.stages.iter().rposition(named);
        by_name.or_else(|| target.parse().ok().filter(|number| *number < self.stages.len()))
    }

    /// The stages that a build of `stage` goes through, itself included.
    pub fn reached(&self, stage: usize) -> Vec<usize> {
        let mut reached = vec![stage];
        let mut next = 0;
        while let Some(at) = reached.get(next).copied() {
            next += 1;
            let Some(stage) = self.stages.get(at) else { continue };
            let base = match &stage.base {
                Base::Stage(base) => Some(*base),
                Base::Scratch | Base::Image(_) => None,
            };
            for other in stage.uses.iter().copied().chain(base) {
                if !reached.contains(&other) {
                    reached.push(other);
                }
            }
        }
        reached.sort_unstable();
        reached
    }

    /// The stages that `stage` stands on, from itself down; what they set is inherited.
    pub fn chain(&self, stage: usize) -> Vec<usize> {
        let mut chain = vec![stage];
        let mut at = stage;
        while let Some(Stage { base: Base::Stage(base), .. }) = self.stages.get(at) {
            chain.push(*base);
            at = *base;
        }
        chain
    }

    /// Whether a build of `stage` would see the build argument `name`.
    pub fn declares(&self, stage: usize, name: &str) -> bool {
        let named = |arguments: &[Argument]| arguments.iter().any(|argument| argument.name == name);
        let within = |at: &usize| self.stages.get(*at).is_some_and(|stage| named(&stage.arguments));
        named(&self.arguments) || self.reached(stage).iter().any(within)
    }

    /// The keys of labels that the Dockerfile itself sets for `stage`.
    pub fn label_keys(&self, stage: usize) -> Vec<&str> {
        let chain = self.chain(stage);
        let stages = chain.iter().filter_map(|at| self.stages.get(*at));
        stages.flat_map(|stage| stage.labels.iter().map(String::as_str)).collect()
    }

    /// Whether building `stage` runs programs of the platform that it is built for. Without any, a foreign platform
    /// needs no emulation: files are only put together.
    pub fn runs_on_target(&self, stage: usize) -> bool {
        let runs = |at: &usize| {
            let is_foreign = self.platform_of(*at) == &StagePlatform::Target;
            is_foreign && self.stages.get(*at).is_some_and(|stage| stage.runs)
        };
        self.reached(stage).iter().any(runs)
    }

    /// What a stage runs on: a stage on another stage runs where that one does.
    fn platform_of(&self, stage: usize) -> &StagePlatform {
        let chain = self.chain(stage);
        let bottom = chain.last().and_then(|at| self.stages.get(*at));
        bottom.map_or(&StagePlatform::Target, |stage| &stage.platform)
    }

    /// The image that `stage` stands on, its name expanded with `given` over the defaults; none if that is `scratch`, or
    /// if the name can't be told before the build.
    pub fn find_base(&self, stage: usize, given: &BTreeMap<String, String>) -> Option<String> {
        let chain = self.chain(stage);
        let bottom = chain.last().and_then(|at| self.stages.get(*at))?;
        let Base::Image(image) = &bottom.base else { return None };
        expand(image, &self.global_values(given))
    }

    /// The images that a build of `stage` begins with, those apart whose names can't be told before the build.
    pub fn find_images(&self, stage: usize, given: &BTreeMap<String, String>) -> Vec<String> {
        let values = self.global_values(given);
        let reached = self.reached(stage);
        let bases = reached.iter().filter_map(|at| match &self.stages.get(*at)?.base {
            Base::Image(image) => expand(image, &values),
            Base::Scratch | Base::Stage(_) => None,
        });
        bases.collect()
    }

    /// What the arguments before the first stage are worth.
    fn global_values(&self, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        for argument in &self.arguments {
            let default = argument.default.as_deref().and_then(|text| expand(text, &values));
            if let Some(value) = given.get(&argument.name).cloned().or(default) {
                values.insert(argument.name.clone(), value);
            }
        }
        values
    }
}

/// Whose instructions a text is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frontend {
    Dockers,
    Foreign,
}

fn is_dockers_own(syntax: &str) -> bool {
    let name = syntax.split(['@', ':']).next().unwrap_or_default();
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    matches!(name, "docker/dockerfile" | "docker/dockerfile-upstream")
}

#[cfg(test)]
mod tests;
