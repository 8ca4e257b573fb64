//! Which rules stand under which occasion: where their workflow is set off, and where they yield something.

mod words;

use std::collections::BTreeMap;

use plimsoll_tags::class::{Class, ClassName};
use plimsoll_tags::git_tag::TagPattern;
use plimsoll_tags::notation::action::evaluation::parse_rules;
use plimsoll_tags::notation::action::flavor::Flavor;
use plimsoll_tags::notation::action::rule::Rule;
use plimsoll_tags::notation::short::Template;
use plimsoll_tags::rule::{ClassError, TagRule};
use plimsoll_tags::table::Table;

use super::expression::{Filled, Known};
use super::narrowed::{Condition, narrow};
use super::occasions::{At, Purpose};
use super::tables::{is_pattern, tables};
use super::workflow::Triggers;
pub(super) use words::decides_by_value;
use words::{is_match, meaning, of_ref_name, semver_of_match, whole_version};

/// The rules of an image by occasion.
#[derive(Clone, Debug, Default)]
pub(in crate::setup) struct Rules(pub(in crate::setup) BTreeMap<Table, Vec<DraftRule>>);

/// A rule as it is drafted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct DraftRule {
    /// The rule, in either notation.
    pub(in crate::setup) text: String,
    /// What may become of its tags, where they do not say it themselves.
    pub(in crate::setup) class: Option<ClassName>,
}

impl DraftRule {
    /// A rule that says by itself what may become of its tags.
    pub(in crate::setup) fn plain(text: &str) -> DraftRule {
        DraftRule { text: text.to_owned(), class: None }
    }
}

/// Under this name stands the default branch, where it is known.
const BRANCH: &str = "github.event.repository.default_branch";

/// Where rules stand.
pub(super) struct Source<'a> {
    pub(super) triggers: &'a Triggers,
    pub(super) known: &'a Known<'a>,
}

impl Rules {
    /// Reads rules in either notation. What can't be carried over is told to `left`.
    pub(super) fn read(
        lines: &[String],
        flavor: &[String],
        source: Source<'_>,
        left: &mut Vec<String>,
    ) -> Rules {
        let mut rules = Rules::default();
        let filters = source.triggers.tags.as_deref();
        let mut tables = tables(source.triggers);
        let mut texts: Vec<String> = Vec::new();
        // Those of them that are for some of the occasions alone.
        let mut narrower: BTreeMap<usize, Vec<Table>> = BTreeMap::new();
        for line in lines {
            if let Some(each) = of_ref_name(line, &tables, left) {
                for (tables, rule) in each {
                    narrower.insert(texts.len(), tables);
                    texts.push(rule);
                }
                continue;
            }
            if let Some(rule) = whole_version(line, &source) {
                texts.push(rule.to_owned());
                continue;
            }
            let line = &words::without_value(line, &source);
            let meaning = |expression: &str| meaning(expression, source.known);
            match source.known.fill_with(line, &meaning) {
                Filled::Known(text) if text.contains("type=schedule") => {
                    left.push(format!("rule: {text} (nothing is published on a schedule)"));
                }
                // That is what it means without the word.
                Filled::Known(text) => texts.push(semver_of_match(text.replace(",enable=true", ""), filters)),
                // It never yields a tag.
                Filled::Unknown { text, .. } if text.contains(",enable=false") => {}
                Filled::Unknown { text, .. } => match enabled(&text, &source, &tables) {
                    Some((text, enabled)) => {
                        narrower.insert(texts.len(), enabled);
                        texts.push(semver_of_match(text, filters));
                    }
                    None => match on_each(line, &source) {
                        Some(each) => {
                            for (table, text) in each {
                                narrower.insert(texts.len(), vec![table]);
                                texts.push(semver_of_match(text, filters));
                            }
                        }
                        None => left.push(format!("rule: {text}")),
                    },
                },
            }
        }
        if lines.is_empty() {
            let usual = parse_rules([]).into_iter().flatten().map(|rule| rule.to_string());
            texts = usual.filter(|rule| !rule.starts_with("type=schedule")).collect();
        }
        let flavor = match Flavor::parse(flavor.iter().map(String::as_str)) {
            Ok(flavor) => flavor,
            Err(error) => {
                left.push(format!("flavor: {error}"));
                Flavor::default()
            }
        };
        let parsed: Vec<_> = texts.iter().map(|text| (text, parse(text, &flavor))).collect();
        if tables.is_empty() && source.triggers.has_occasions() {
            return rules;
        }
        if tables.is_empty() && source.triggers.is_of_others() {
            if !texts.is_empty() {
                left.push(format!("tags that another repository asks for: {}", texts.join(", ")));
            }
            return rules;
        }
        if tables.is_empty() {
            // A person sets it off, or another workflow. What it pushes is a release if its tags say of which version.
            let is_version = |rule: &TagRule| matches!(rule.class_in(&Table::Release), Ok(Class::WriteOnce));
            if !parsed.iter().any(|(_, rule)| rule.as_ref().is_ok_and(is_version)) {
                if !texts.is_empty() {
                    let who = if source.triggers.schedule.is_some() { "on a schedule" } else { "by hand" };
                    left.push(format!("tags without a version, pushed {who}: {}", texts.join(", ")));
                }
                return rules;
            }
            tables.push(Table::Release);
        }
        for (place, (text, rule)) in parsed.into_iter().enumerate() {
            let tables = narrower.get(&place).unwrap_or(&tables);
            let tables = of_branch(text, tables, source.known, left);
            match rule {
                Ok(_) if tables.is_empty() => {
                    left.push(format!("rule: {text} (a git tag is on no branch)"));
                }
                Ok(rule) => {
                    if rules.place(text, &rule, &tables, left) == Placed::Nowhere && is_match(text) {
                        left.push(format!("rule: {text} (no git tag of the version pattern fits it)"));
                    }
                }
                Err(why) => left.push(format!("rule: {text} ({why})")),
            }
        }
        rules
    }

    fn place(&mut self, text: &str, rule: &TagRule, tables: &[Table], left: &mut Vec<String>) -> Placed {
        let mut placed = Placed::Nowhere;
        let is_branch = |table: &Table| matches!(table, Table::Branch(_) | Table::AnyBranch);
        // Of the occasions that it could be true for, the branch's own pushes are the one that is meant.
        let follows_branch = text.contains("is_default_branch") && tables.iter().any(is_branch);
        for table in tables.iter().filter(|table| !follows_branch || is_branch(table)) {
            let classed = match rule.class_in(table) {
                Ok(_) => Ok(None),
                Err(error) => choose_class(rule, table, &error).map(Some).ok_or(error),
            };
            match classed {
                Ok(class) => {
                    placed = Placed::Somewhere;
                    let list = self.0.entry(table.clone()).or_default();
                    if !list.iter().any(|known| known.text == text) {
                        list.push(DraftRule { text: text.to_owned(), class });
                    }
                }
                // It is meant for other occasions.
                Err(ClassError::Never { .. }) => {}
                Err(error @ ClassError::NotKnown { .. }) => {
                    left.push(format!("rule under `{table}`: {text}: {error}, and it is left out there"));
                }
                Err(error) => {
                    placed = Placed::Somewhere;
                    left.push(format!("rule under `{table}`: {error}"));
                }
            }
        }
        placed
    }

    pub(super) fn merge(&mut self, other: Rules) {
        for (table, texts) in other.0 {
            let list = self.0.entry(table).or_default();
            for rule in texts {
                if !list.iter().any(|known| known.text == rule.text) {
                    list.push(rule);
                }
            }
        }
        self.leave_branches_theirs();
    }

    /// What is for the default branch is for its own pushes, where those are an occasion of another part of the work.
    fn leave_branches_theirs(&mut self) {
        let of_branches =
            self.0.iter().filter(|(table, _)| matches!(table, Table::Branch(_) | Table::AnyBranch));
        let of_branches: Vec<String> = of_branches
            .flat_map(|(_, rules)| rules)
            .map(|rule| rule.text.clone())
            .filter(|text| text.contains("is_default_branch"))
            .collect();
        for (table, rules) in &mut self.0 {
            if !matches!(table, Table::Branch(_) | Table::AnyBranch) {
                rules.retain(|rule| !of_branches.contains(&rule.text));
            }
        }
        self.0.retain(|_, rules| !rules.is_empty());
    }
}

/// The occasions of a rule: what is for the default branch is for that one, where it is among them, and a git tag is on no
/// branch. Where a clone does not know it, it is told which one is taken.
fn of_branch(text: &str, tables: &[Table], known: &Known<'_>, left: &mut Vec<String>) -> Vec<Table> {
    let is_edge = text.contains("type=edge") && !text.contains("branch=");
    let is_asked = text.contains("{{is_default_branch}}") || is_edge;
    let default = known.values.get(BRANCH);
    let own = default.map(|name| Table::Branch(name.clone())).filter(|table| tables.contains(table));
    match (own, default) {
        (Some(own), _) if is_asked => return vec![own],
        (_, None) if is_asked => {
            if let Some(likely) = words::likely_default(text, tables, left) {
                return vec![likely];
            }
        }
        _ => {}
    }
    let needs_branch = text.contains("{{branch}}") && !text.contains("{{tag}}");
    let is_of_tags = |table: &Table| matches!(table, Table::Release | Table::Promotion);
    tables.iter().filter(|table| !(needs_branch && is_of_tags(table))).cloned().collect()
}

/// Whether a rule stands under an occasion.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Placed {
    Somewhere,
    Nowhere,
}

/// The class that a rule must name, where its tags do not say what they have in common: what is the same commit's keeps
/// its first content in a release, and follows the branch elsewhere.
fn choose_class(rule: &TagRule, table: &Table, error: &ClassError) -> Option<ClassName> {
    let class = match (error, table) {
        (ClassError::WholeVersionByParts { .. }, _) => ClassName::WriteOnce,
        (ClassError::Unclear { .. }, Table::Release | Table::Promotion) => ClassName::FirstWins,
        (ClassError::Unclear { .. }, Table::Branch(_) | Table::AnyBranch | Table::PullRequest) => {
            ClassName::Moving
        }
        _ => return None,
    };
    let named = TagRule { class: Some(class), ..rule.clone() };
    named.class_in(table).is_ok().then_some(class)
}

/// Reads a rule in either notation.
pub(super) fn parse(text: &str, flavor: &Flavor) -> Result<TagRule, String> {
    let is_action = text.contains("type=") || text.contains("{{");
    match is_action {
        true => {
            let text = if text.contains("type=") { text.to_owned() } else { format!("type=raw,{text}") };
            let rule = Rule::parse(&text).map_err(|error| error.to_string())?;
            Ok(TagRule::of_action(rule, flavor.clone(), TagPattern::default()))
        }
        false => Template::parse(text).map(TagRule::of).map_err(|error| error.to_string()),
    }
}

/// A rule without the condition that enables it, and the occasions on which that is sure to hold; none where it decides
/// something else.
fn enabled(text: &str, source: &Source<'_>, all: &[Table]) -> Option<(String, Vec<Table>)> {
    let (before, condition) = text.split_once(",enable=${{")?;
    let (condition, after) = condition.split_once("}}")?;
    let rule = format!("{before}{after}");
    let is_whole = after.is_empty() || after.starts_with(',');
    if !is_whole || ["${{", "enable=", "type=schedule"].iter().any(|word| rule.contains(word)) {
        return None;
    }
    let triggers = source.triggers;
    let mut narrowed = narrow(triggers, &Vec::from_iter(Condition::of("enable", condition)), source.known);
    if is_moving(&rule) {
        // No prerelease moves a tag here, whatever is said of those.
        narrowed.otherwise.retain(|otherwise| !otherwise.is_for_stable());
    }
    let is_sure = narrowed.tell().is_empty() && narrowed.open.is_empty() && !narrowed.is_never;
    // Part of the versions, or of the branches of one pattern, is no occasion of its own.
    let is_apart = narrowed.triggers.tags.is_none() || narrowed.triggers.tags == triggers.tags;
    let patterns = |triggers: &Triggers| -> Vec<String> {
        triggers.branches.iter().flatten().filter(|name| is_pattern(name)).cloned().collect()
    };
    let found = tables(&narrowed.triggers);
    let is_known = found.iter().all(|table| all.contains(table))
        && (!found.contains(&Table::AnyBranch) || patterns(&narrowed.triggers) == patterns(triggers));
    (is_sure && is_apart && is_known && !found.is_empty()).then_some((rule, found))
}

/// Whether the tags that a rule gives a release follow the newest one.
fn is_moving(rule: &str) -> bool {
    let parsed = parse(rule, &Flavor::default());
    parsed.is_ok_and(|rule| matches!(rule.class_in(&Table::Release), Ok(Class::Moving(_))))
}

/// A rule as it is on each occasion; none where that is not known of all.
fn on_each(line: &str, source: &Source<'_>) -> Option<Vec<(Table, String)>> {
    if ["enable=", "type=schedule"].iter().any(|word| line.contains(word)) {
        return None;
    }
    let also = |expression: &str| meaning(expression, source.known);
    let mut each = Vec::new();
    for at in At::all(source.triggers, source.known) {
        let Filled::Known(text) = at.fill(line, Purpose::Value, &also) else { return None };
        // Without a value it yields none.
        if !text.ends_with("value=") && !text.contains("value=,") {
            each.push((at.table, text));
        }
    }
    (!each.is_empty()).then_some(each)
}

#[cfg(test)]
mod tests {
    use super::super::workflow::read_triggers;
    use super::*;

    /// Where a rule stands, and what is told of it.
    fn placed(on: &str, rule: &str) -> (Vec<String>, usize) {
        let triggers = read_triggers(Some(&yaml_serde::from_str(on).expect("a workflow is YAML")));
        let values = [("matrix.slim".to_owned(), "true".to_owned())].into();
        let known = Known { values: &values, repository: Some("acme/app") };
        let mut left = Vec::new();
        let source = Source { triggers: &triggers, known: &known };
        let rules = Rules::read(&[rule.to_owned()], &[], source, &mut left);
        let shown = rules
            .0
            .iter()
            .flat_map(|(table, rules)| rules.iter().map(move |rule| format!("{table}: {}", rule.text)));
        (shown.collect(), left.len())
    }

    #[test]
    fn what_enables_a_rule_says_where_it_stands() {
        let on = "{ push: { branches: [main, next], tags: ['v*'] }, pull_request: }";
        let sha = |tables: &[&str]| -> Vec<String> {
            tables.iter().map(|table| format!("{table}: type=sha")).collect()
        };
        let all = ["release", "branch:main", "branch:next", "pull-request"];
        for (condition, want) in [
            ("startsWith(github.ref, 'refs/tags/')", &all[..1]),
            ("github.ref_type == 'tag'", &all[..1]),
            ("github.ref == 'refs/heads/next'", &all[2..3]),
            ("github.event_name == 'push' && github.ref_type == 'branch'", &all[1..3]),
            ("github.event_name == 'pull_request'", &all[3..]),
            ("matrix.slim == true && github.event_name == 'pull_request'", &all[3..]),
        ] {
            let (found, left) = placed(on, &format!("type=sha,enable=${{{{ {condition} }}}}"));
            assert_eq!((found, left), (sha(want), 0), "{condition}");
        }
    }

    #[test]
    fn what_moves_for_stable_versions_alone_stands_without_saying_so() {
        let push = "{ push: { tags: ['v*'] } }";
        let page = "{ release: { types: [published] } }";
        for (on, condition) in [
            (push, "!contains(github.ref_name, '-')"),
            (page, "github.event.release.prerelease == false"),
            (page, "!github.event.release.prerelease"),
        ] {
            for rule in ["type=raw,value=latest", "type=semver,pattern={{major}}.{{minor}}"] {
                let found = placed(on, &format!("{rule},enable=${{{{ {condition} }}}}"));
                assert_eq!(found, (vec![format!("release: {rule}")], 0), "{condition}");
            }
            // A prerelease has a whole version, too.
            let rule = format!("type=semver,pattern={{{{version}}}},enable=${{{{ {condition} }}}}");
            assert_eq!(placed(on, &rule), (vec![], 1), "{condition}");
        }
    }

    #[test]
    fn what_may_enable_a_rule_is_told() {
        for (on, condition) in [
            ("{ push: { tags: ['v*'] } }", "contains(github.ref, '-')"),
            ("{ push: { tags: ['v*'] } }", "github.event_name == 'schedule'"),
            ("{ push: { tags: ['v*'] } }", "matrix.slim == 'true'"),
            ("{ push: { tags: ['v*'] } }", "vars.EDGE"),
            // A part of what the workflow is for.
            ("{ push: { tags: ['api-v*', 'web-v*'] } }", "startsWith(github.ref_name, 'web-')"),
            ("{ push: { branches: ['a/*', 'b/*'] } }", "startsWith(github.ref_name, 'a/')"),
            ("{ push: { branches: ['**'] } }", "github.ref_name == 'next'"),
            ("workflow_dispatch", "github.event_name == 'workflow_dispatch'"),
        ] {
            let rule = format!("type=raw,value=edge,enable=${{{{ {condition} }}}}");
            assert_eq!(placed(on, &rule), (vec![], 1), "{on}: {condition}");
        }
    }
}
