//! `[build]` and `[gates]`: programs that run for a release, how long they may take, and what they may see.

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_oci::name::Reference;

use super::claim::parse_duration;
use super::{invalid, unforeseen};
use crate::config::file::is_variable_name;
use crate::config::file::written::Section;
use crate::config::problems::{Problems, Told, every};

/// Two hours.
const BUILD_LIMIT: u64 = 2 * 60 * 60;
/// Half an hour.
const GATE_LIMIT: u64 = 30 * 60;

/// What builds from Dockerfiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildSettings {
    /// Which program; none is the first that can be used.
    pub program: Option<String>,
    /// The name of a buildx builder.
    pub builder: Option<String>,
    /// The address of a buildkitd.
    pub address: Option<String>,
    /// The image that BuildKit makes SBOMs with; none is BuildKit's own choice.
    pub scanner: Option<String>,
    /// How long one build may take, and one list of what is in an image, in seconds.
    pub limit: u64,
    /// The names of variables that builders see beside the ordinary ones.
    pub environment: Vec<String>,
}

/// Commands that must succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateSettings {
    /// Before anything is made.
    pub source: Vec<String>,
    /// Between the seal and the first push.
    pub sealed: Vec<String>,
    /// Before a version is promoted.
    pub promote: Vec<String>,
    /// How long one command may take, in seconds.
    pub limit: u64,
    /// The names of variables that commands see beside the ordinary ones.
    pub environment: Vec<String>,
}

/// What sealed gates see of what was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// An image.
    Image,
    /// A chart.
    Chart,
}

impl Sealed {
    /// The variable that names it to them.
    pub fn variable(self, name: &ArtifactName) -> String {
        let kind = match self {
            Sealed::Image => "IMAGE",
            Sealed::Chart => "CHART",
        };
        let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        let word: String = name.as_str().chars().map(upper).collect();
        format!("PLIMSOLL_{kind}_{word}")
    }
}

impl Default for BuildSettings {
    fn default() -> BuildSettings {
        BuildSettings {
            program: None,
            builder: None,
            address: None,
            scanner: None,
            limit: BUILD_LIMIT,
            environment: Vec::new(),
        }
    }
}

impl Default for GateSettings {
    fn default() -> GateSettings {
        GateSettings {
            source: Vec::new(),
            sealed: Vec::new(),
            promote: Vec::new(),
            limit: GATE_LIMIT,
            environment: Vec::new(),
        }
    }
}

/// Resolves `[build]`.
///
/// # Errors
/// Something in it can't be meant, which was told.
pub fn resolve_build(root: &Section, problems: &mut Problems<'_>) -> Result<BuildSettings, Told> {
    let Some(section) = root.section("build")? else { return Ok(BuildSettings::default()) };
    let text = |key: &str| Ok::<_, Told>(section.text(key)?.map(|text| text.value.to_owned()));
    let limit = resolve_limit(section, BUILD_LIMIT, problems);
    let environment = resolve_names(section, problems);
    let program = text("with")?;
    Ok(BuildSettings {
        program,
        builder: text("builder")?,
        address: text("address")?,
        scanner: resolve_scanner(section, problems)?,
        limit: limit?,
        environment: environment?,
    })
}

fn resolve_scanner(section: &Section, problems: &mut Problems<'_>) -> Result<Option<String>, Told> {
    let Some(text) = section.text("sbom-scanner")? else { return Ok(None) };
    // It goes into a list of options, which a comma would end.
    match text.value.parse::<Reference>() {
        Ok(_) => Ok(Some(text.value.to_owned())),
        Err(error) => Err(problems.error(&text.span, invalid(error))),
    }
}

/// Resolves `[gates]`.
///
/// # Errors
/// Something in it can't be meant, which was told.
pub fn resolve_gates(root: &Section, problems: &mut Problems<'_>) -> Result<GateSettings, Told> {
    let Some(section) = root.section("gates")? else { return Ok(GateSettings::default()) };
    let limit = resolve_limit(section, GATE_LIMIT, problems);
    let environment = resolve_names(section, problems);
    let source = resolve_commands(section, "source", problems);
    let sealed = resolve_commands(section, "sealed", problems);
    let promote = resolve_commands(section, "promote", problems);
    Ok(GateSettings {
        source: source?,
        sealed: sealed?,
        promote: promote?,
        limit: limit?,
        environment: environment?,
    })
}

fn resolve_limit(section: &Section, default: u64, problems: &mut Problems<'_>) -> Result<u64, Told> {
    let Some(text) = section.text("timeout")? else { return Ok(default) };
    let wrong = || {
        let message = format!("`{}` is no length of time", text.value);
        invalid(message).help("write a number and s, m, h or d: `90m`, `6h`")
    };
    let seconds = parse_duration(text.value).filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| problems.error(&text.span, wrong()))
}

fn resolve_commands(section: &Section, key: &str, problems: &mut Problems<'_>) -> Result<Vec<String>, Told> {
    let Some(list) = section.list(key)? else { return Ok(Vec::new()) };
    every(list.value.iter().map(|command| {
        let node = command.as_ref().map_err(|told| *told)?;
        match node.text() {
            Some(text) if text.value.trim().is_empty() || text.value.contains('\0') => {
                Err(problems.error(&node.span, invalid("this is no command")))
            }
            Some(text) => Ok(text.value.to_owned()),
            None => Err(unforeseen(&node.span, problems)),
        }
    }))
}

fn resolve_names(section: &Section, problems: &mut Problems<'_>) -> Result<Vec<String>, Told> {
    let Some(list) = section.list("environment")? else { return Ok(Vec::new()) };
    every(list.value.iter().map(|name| {
        let node = name.as_ref().map_err(|told| *told)?;
        match node.text() {
            Some(text) if is_variable_name(text.value) => Ok(text.value.to_owned()),
            Some(text) => {
                let message = format!("`{}` can't be the name of a variable", text.value.escape_debug());
                Err(problems.error(
                    &node.span,
                    invalid(message).help("write the name alone; its value stays outside"),
                ))
            }
            None => Err(unforeseen(&node.span, problems)),
        }
    }))
}
