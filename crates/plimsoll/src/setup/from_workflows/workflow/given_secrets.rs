//! Secrets that a caller gives a workflow under names of its own: `secrets: { password: ${{ secrets.TOKEN }} }`.

use std::collections::BTreeMap;

use super::super::expression::inside;
use super::Job;
use super::jobs::texts;
use super::local_actions::{Said, each_text, in_expressions, in_names};
use serde_json::Value;

/// What a workflow is given as `secrets.NAME`, by the name in small letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GivenSecrets(BTreeMap<String, String>);

impl GivenSecrets {
    /// What a job gives that is a workflow. Where all are handed on (`inherit`), none has another name.
    pub(super) fn of(job: &Value) -> GivenSecrets {
        let given = texts("", job.get("secrets")).into_iter();
        GivenSecrets(given.map(|(name, value)| (name.to_lowercase(), value)).collect())
    }

    /// Puts in what they are where they are named.
    pub(super) fn put_into(&self, job: &mut Job) {
        if self.0.is_empty() {
            return;
        }
        for step in &mut job.steps {
            *step = each_text(std::mem::take(step), |text| self.rename(text));
        }
        for value in job.values.values_mut() {
            *value = self.rename(value);
        }
    }

    /// What they hand on is what they are given.
    pub(super) fn put_into_call(&self, inner: &mut GivenSecrets) {
        for value in inner.0.values_mut() {
            *value = self.rename(value);
        }
    }

    fn rename(&self, text: &str) -> String {
        let given = |name: &str| {
            let value = self.0.get(&name.strip_prefix("secrets.")?.to_lowercase())?;
            Some(match inside(value) {
                Some(expression) => expression.to_owned(),
                None => format!("'{}'", value.replace('\'', "''")),
            })
        };
        in_expressions(text, |expression| Said::Expression(in_names(expression, given)))
    }
}
