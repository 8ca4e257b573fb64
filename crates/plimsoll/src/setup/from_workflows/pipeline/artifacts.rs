//! Files that a job of a pipeline gets from others (docs.gitlab.com, "Job artifacts").

use serde_json::Value;

use super::{jobs, layers, names};

/// The stages of a pipeline that names none.
const STAGES: [&str; 3] = ["build", "test", "deploy"];
/// The stage of a job that names none.
const STAGE: &str = "test";

/// What a job says of other jobs.
pub(super) struct Wanted<'a> {
    pub(super) needs: Option<&'a Value>,
    pub(super) dependencies: Option<&'a Value>,
    pub(super) stage: Option<&'a Value>,
}

/// What other jobs make that a job is given: a sentence for each of them.
pub(super) fn handed_on(name: &str, wanted: &Wanted<'_>, root: &Value) -> Vec<String> {
    let mut told = Vec::new();
    for (other, job) in jobs(root).filter(|(other, _)| *other != name) {
        let layers = layers(root, job, 0);
        let find = |key: &str| layers.iter().find_map(|layer| layer.get(key));
        let Some(paths) = find("artifacts").and_then(|artifacts| artifacts.get("paths")) else { continue };
        if wanted.has(other, find("stage"), root) {
            let paths = names(paths).replace(' ', ", ");
            told.push(format!(
                "job `{name}`: job `{other}` makes {paths}, and that is not in the commit that the image is built from"
            ));
        }
    }
    told
}

impl Wanted<'_> {
    /// Whether it is given what this job makes.
    fn has(&self, other: &str, stage: Option<&Value>, root: &Value) -> bool {
        let is_named = |one: &Value| one.as_str() == Some(other);
        let is_needed = |one: &Value| {
            let is_it = one.get("job").is_some_and(is_named);
            is_named(one) || (is_it && one.get("artifacts") != Some(&Value::Bool(false)))
        };
        let among =
            |list: &Value, is_it: &dyn Fn(&Value) -> bool| list.as_array().into_iter().flatten().any(is_it);
        match (self.dependencies, self.needs) {
            (Some(dependencies), _) => among(dependencies, &is_named),
            (None, Some(needs)) => among(needs, &is_needed),
            (None, None) => place_of(stage, root) < place_of(self.stage, root),
        }
    }
}

/// Which one of the stages a job is in.
fn place_of(stage: Option<&Value>, root: &Value) -> Option<usize> {
    let stage = stage.and_then(Value::as_str).unwrap_or(STAGE);
    let named = root.get("stages").and_then(Value::as_array);
    let named: Option<Vec<&str>> = named.map(|stages| stages.iter().filter_map(Value::as_str).collect());
    let mut stages = named.as_deref().unwrap_or(&STAGES).iter();
    stages.position(|known| *known == stage)
}
