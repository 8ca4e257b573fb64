//! The class of a rule, deduced from its template and its table.

use super::refusal::ClassError;
use super::{Judged, Notation, TagRule};
use crate::class::{Class, ClassName, Line};
use crate::notation::action::amount::{self, Stage};
use crate::notation::action::kind::Kind;
use crate::notation::short::{Placeholder, Template};
use crate::table::Table;

impl TagRule {
    /// Returns the class of the tags that the rule yields in a table, for final versions.
    ///
    /// # Errors
    /// The rule says something that the table does not know, yields nothing there, or no class fits; see
    /// [`ClassError`].
    pub fn class_in(&self, table: &Table) -> Result<Class, ClassError> {
        self.class_at(table, Stage::Final)
    }

    pub(super) fn class_at(&self, table: &Table, stage: Stage) -> Result<Class, ClassError> {
        let rule = || self.to_string();
        let template = match (self.amount_in(table, stage), self.class) {
            (Judged::Never, _) => return Err(ClassError::Never { rule: rule(), table: table.clone() }),
            (Judged::Template(template), _) => template,
            (Judged::Unclear(_), Some(ClassName::WriteOnce)) => return Ok(Class::WriteOnce),
            (Judged::Unclear(_), Some(ClassName::FirstWins)) => return Ok(Class::FirstWins),
            (Judged::Unclear(_), Some(ClassName::Moving)) => return self.line_of(table).map(Class::Moving),
            (Judged::Unclear(unclear), None) => {
                return Err(ClassError::Unclear { rule: rule(), unclear: Box::new(unclear) });
            }
        };
        if let Some(placeholder) = template.placeholders().find(|placeholder| !placeholder.is_known_in(table))
        {
            return Err(ClassError::NotKnown { placeholder, table: table.clone() });
        }
        template.check_literals(&rule()).map_err(ClassError::Illegal)?;
        let names_a_version = template.has(Placeholder::Version) || template.has(Placeholder::Tag);
        let names_a_commit = template.has(Placeholder::Sha) || template.has(Placeholder::Commit);
        match self.class {
            Some(named) if names_a_version && named != ClassName::WriteOnce => {
                Err(ClassError::VersionTagMoves { rule: rule(), named })
            }
            _ if names_a_version => Ok(Class::WriteOnce),
            Some(ClassName::WriteOnce) if names_a_commit || has_all_parts(&template) => Ok(Class::WriteOnce),
            Some(ClassName::WriteOnce) => Err(ClassError::SharedTagFrozen { rule: rule() }),
            Some(ClassName::FirstWins) => Ok(Class::FirstWins),
            None if names_a_commit => Ok(Class::FirstWins),
            None if has_all_parts(&template) => match &self.notation {
                Notation::Short(_) => Err(ClassError::WholeVersionByParts { rule: rule() }),
                // Its whole version is these parts, without build metadata.
                Notation::Action(action) if matches!(action.rule.kind, Kind::Semver(_)) => {
                    Ok(Class::WriteOnce)
                }
                Notation::Action(_) => Err(ClassError::WholeVersionByParts { rule: rule() }),
            },
            Some(ClassName::Moving) | None => self.line_in(&template, table).map(Class::Moving),
        }
    }

    fn line_in(&self, template: &Template, table: &Table) -> Result<Line, ClassError> {
        use Placeholder::{Branch, Major, Minor, Number, Patch};
        for (part, whole) in [(Minor, Major), (Patch, Minor)] {
            if template.has(part) && !template.has(whole) {
                return Err(ClassError::PartWithoutItsWhole { rule: self.to_string(), placeholder: part });
            }
        }
        match table {
            Table::AnyBranch if template.has(Branch) => Ok(Line::OwnBranch),
            Table::PullRequest if template.has(Number) => Ok(Line::PullRequest),
            Table::Release | Table::Promotion | Table::Branch(_) | Table::AnyBranch | Table::PullRequest => {
                self.line_of(table)
            }
        }
    }

    /// The line of a tag that is the same for everything in the table.
    fn line_of(&self, table: &Table) -> Result<Line, ClassError> {
        let rule = || self.to_string();
        match table {
            Table::Release => Ok(Line::Version),
            Table::Promotion => Ok(Line::Promotion),
            Table::Branch(name) => Ok(Line::Branch(name.clone())),
            Table::AnyBranch => self
                .action()
                .and_then(|action| amount::find_only_branch(&action.rule))
                .ok_or_else(|| ClassError::SharedByBranches { rule: rule() }),
            Table::PullRequest => Err(ClassError::SharedByPullRequests { rule: rule() }),
        }
    }
}

/// Whether a template has the first three numbers of a version.
pub(super) fn has_all_parts(template: &Template) -> bool {
    use Placeholder::{Major, Minor, Patch};
    [Major, Minor, Patch].into_iter().all(|part| template.has(part))
}
