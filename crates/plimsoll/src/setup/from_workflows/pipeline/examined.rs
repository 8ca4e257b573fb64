//! Jobs of a pipeline as they are written, for whoever asks whether they can do what they are for.

use serde_json::Value;

use super::occasions::{Occasions, Said};
use super::{PipelineHome, WorkflowFile, jobs, join, layers, lines, texts};

/// A job.
pub(in crate::setup) struct Examined {
    pub(in crate::setup) name: String,
    /// Its script.
    pub(in crate::setup) run: String,
    /// How many commits it fetches, as far as the pipeline says.
    pub(in crate::setup) depth: Option<String>,
    /// The configuration that it names.
    pub(in crate::setup) config: Option<String>,
    /// For whom it has tokens that say who it is.
    pub(in crate::setup) audiences: Vec<String>,
    /// Those of the git tags for which it may run.
    pub(in crate::setup) tags: Vec<String>,
}

/// Reads the jobs of a pipeline. `tags` are git tags of which is asked whether they set them off; `branch` is the default one.
pub(in crate::setup) fn examine(
    files: &[WorkflowFile],
    branch: Option<&str>,
    tags: &[String],
) -> Vec<Examined> {
    let root = join(files, |_, _| {});
    let home = PipelineHome { branch, ..PipelineHome::default() };
    jobs(&root)
        .map(|(name, job)| {
            let layers = layers(&root, job, 0);
            let find = |key: &str| layers.iter().find_map(|layer| layer.get(key));
            let shared = |key: &str| find(key).or_else(|| root.get("default")?.get(key));
            let scripts = [shared("before_script").or_else(|| root.get("before_script")), find("script")];
            let run =
                scripts.into_iter().flatten().flat_map(|script| lines(script, &root, 0)).collect::<Vec<_>>();
            let mut variables = texts("", root.get("variables"));
            layers.iter().rev().for_each(|layer| variables.extend(texts("", layer.get("variables"))));
            let whole = root.pointer("/workflow/rules");
            let said = Said { rules: find("rules"), only: find("only"), except: find("except"), whole };
            let sets_off = |tag: &&String| Occasions::has_tag(said, &variables, &home, tag);
            let tokens = shared("id_tokens").and_then(Value::as_object);
            let audiences = tokens.into_iter().flatten().filter_map(|(_, token)| token.get("aud"));
            Examined {
                name: name.clone(),
                run: run.join("\n"),
                depth: variables.get("GIT_DEPTH").cloned(),
                config: variables.get("PLIMSOLL_CONFIG").cloned(),
                audiences: audiences.flat_map(names).collect(),
                tags: tags.iter().filter(sets_off).cloned().collect(),
            }
        })
        .collect()
}

fn names(value: &Value) -> Vec<String> {
    let many = value.as_array().into_iter().flatten();
    many.chain([value]).filter_map(Value::as_str).map(str::to_owned).collect()
}
