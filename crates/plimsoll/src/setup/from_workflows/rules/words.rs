//! What rules say that other words of rules say, too.

use plimsoll_tags::table::Table;

use super::super::expression::Known;
use super::super::guessed::guess_on;
use super::super::spelled::is_ref_name;
use super::Source;

pub(super) fn is_match(text: &str) -> bool {
    text.contains("type=match")
}

/// A rule that takes the version out of the git tag, in the words of the version. One that is for tags of another family than those
/// that set the workflow off (`hotfix-*` beside `v*`) stays what it is.
pub(super) fn semver_of_match(text: String, filters: Option<&[String]>) -> String {
    let fields: Vec<&str> = text.split(',').collect();
    let of = |key: &str| fields.iter().find_map(|field| field.trim().strip_prefix(key));
    let (Some("match"), Some(pattern)) = (of("type="), of("pattern=")) else { return text };
    let pattern = pattern.replace("\\.", ".").replace("[0-9]+", "\\d+");
    let group = pattern.split_once('(').and_then(|(before, group)| {
        // What stands before is a word that tags of the project begin with.
        let is_word = |sign: char| sign.is_ascii_alphanumeric() || "-_/^".contains(sign);
        let is_of_version =
            before.chars().all(is_word) && begins_tags(before.trim_start_matches('^'), filters);
        is_of_version.then_some(group.trim_end_matches('$'))
    });
    let version = match (group, of("group=")) {
        (Some(".*)" | ".+)" | "\\d+.\\d+.\\d+)" | "\\d.\\d.\\d)"), Some("1")) => "{{version}}",
        (Some("\\d+.\\d+)" | "\\d.\\d)"), Some("1")) => "{{major}}.{{minor}}",
        (Some("\\d+)" | "\\d)"), Some("1")) => "{{major}}",
        _ => return text,
    };
    let others = fields
        .iter()
        .filter(|field| !["type=", "pattern=", "group="].iter().any(|key| field.trim().starts_with(key)));
    let rest: String = others.map(|field| format!(",{field}")).collect();
    format!("type=semver,pattern={version}{rest}")
}

/// Whether all tags that these filters let through may begin with a word; where there are none, any may.
fn begins_tags(word: &str, filters: Option<&[String]>) -> bool {
    let literal =
        |filter: &String| filter.chars().take_while(|sign| !"*?[+".contains(*sign)).collect::<String>();
    let mut let_through = filters.into_iter().flatten().filter(|filter| !filter.starts_with('!'));
    matches!(word, "" | "v") || let_through.all(|filter| literal(filter).starts_with(word))
}

/// Expressions of workflows that rules have a word for.
pub(super) fn meaning(expression: &str, known: &Known<'_>) -> Option<String> {
    let default = known.values.get("github.event.repository.default_branch").map(String::as_str);
    let is_default = |name: &str| default.is_none_or(|default| default == name);
    let spaceless: String = expression.chars().filter(|character| !character.is_whitespace()).collect();
    let text = match spaceless.as_str() {
        "github.ref=='refs/heads/main'" if is_default("main") => "{{is_default_branch}}",
        "github.ref=='refs/heads/master'" if is_default("master") => "{{is_default_branch}}",
        "github.ref_name==github.event.repository.default_branch"
        | "github.ref==format('refs/heads/{0}',github.event.repository.default_branch)"
        | "endsWith(github.ref,github.event.repository.default_branch)" => "{{is_default_branch}}",
        // 0.x has no tag of the major number alone here unless somebody asks for it.
        "!startsWith(github.ref,'refs/tags/v0.')" => "true",
        "github.sha" => "{{sha}}",
        "github.ref_name" => "{{branch}}{{tag}}",
        "true" => "true",
        "false" => "false",
        _ => return None,
    };
    Some(text.to_owned())
}

/// The rule that a value amounts to which a step works out: the version, or the git tag.
pub(super) fn whole_version(line: &str, source: &Source<'_>) -> Option<&'static str> {
    let Source { triggers, known } = source;
    let value = line.trim().strip_prefix("type=raw,value=${{")?.strip_suffix("}}")?;
    let value = Some(value.trim()).filter(|value| !value.contains("}}"))?;
    match known.in_words(value).or_else(|| guess_on(triggers, known, value))?.as_str() {
        "{version}" => Some("type=semver,pattern={{version}}"),
        "{tag}" => Some("type=raw,value={{tag}}"),
        _ => None,
    }
}

/// Whether a release has no `latest` by itself since a value is what decides: docker/metadata-action gives none beside that, and
/// gives one beside the rule of versions that it amounts to.
pub(in crate::setup::from_workflows) fn decides_by_value(lines: &[String], source: &Source<'_>) -> bool {
    let is_of_tags = |line: &&String| {
        let kinds = ["type=semver", "type=pep440", "type=match", "type=ref,event=tag"];
        kinds.iter().any(|kind| line.contains(kind))
    };
    let value = |line: &String| whole_version(line, source);
    let first = lines.iter().find(|line| is_of_tags(line) || value(line).is_some());
    // A value that is the git tag stays one.
    first.and_then(value).is_some_and(|rule| rule.starts_with("type=semver"))
}

/// The same rule of versions without a value that is the git tag's or its version, as it has one anyway.
pub(super) fn without_value(line: &str, source: &Source<'_>) -> String {
    let is_of_versions = ["type=semver", "type=pep440"].iter().any(|kind| line.contains(kind));
    let found = line.split_once(",value=${{").filter(|_| is_of_versions).and_then(|(before, rest)| {
        let (value, after) = rest.split_once("}}")?;
        let value = value.trim();
        let word = source.known.in_words(value).or_else(|| guess_on(source.triggers, source.known, value))?;
        let is_whole = after.is_empty() || after.starts_with(',');
        (is_whole && ["{tag}", "{version}"].contains(&word.as_str())).then(|| format!("{before}{after}"))
    });
    found.unwrap_or_else(|| line.to_owned())
}

/// The rules that one with the name of the git tag or the branch in it amounts to, each under its occasions; none where it is
/// another one. What a pull request's is called is told: a release has no word for it.
pub(super) fn of_ref_name(
    line: &str,
    tables: &[Table],
    left: &mut Vec<String>,
) -> Option<Vec<(Vec<Table>, String)>> {
    let (name, rest) = line.trim().strip_prefix("type=raw,value=${{")?.split_once("}}")?;
    let is_whole = rest.is_empty() || (rest.starts_with(',') && !rest.contains("${{"));
    if !is_whole || !is_ref_name(name.trim()) || tables.is_empty() {
        return None;
    }
    let (mut tags, mut branches) = (Vec::new(), Vec::new());
    for table in tables {
        match table {
            Table::Release | Table::Promotion => tags.push(table.clone()),
            Table::Branch(_) | Table::AnyBranch => branches.push(table.clone()),
            Table::PullRequest => {
                left.push(format!("rule under `{table}`: {line} (there it is `NUMBER/merge`)"))
            }
        }
    }
    let both = [
        (tags, format!("type=raw,value={{{{tag}}}}{rest}")),
        (branches, format!("type=raw,value={{{{branch}}}}{rest}")),
    ];
    Some(both.into_iter().filter(|(tables, _)| !tables.is_empty()).collect())
}

/// The branch that is likely to be the default one where no clone says it. That is told, with how it is found out.
pub(super) fn likely_default(text: &str, tables: &[Table], left: &mut Vec<String>) -> Option<Table> {
    let branches: Vec<&Table> = tables.iter().filter(|table| matches!(table, Table::Branch(_))).collect();
    let named = |name: &str| branches.iter().find(|table| ***table == Table::Branch(name.to_owned()));
    let (chosen, why) = match (named("main").or_else(|| named("master")), branches.as_slice()) {
        (Some(usual), _) => (Some((*usual).clone()), "by its name"),
        (None, [only]) => (Some((*only).clone()), "since no other one is published"),
        (None, []) => return None,
        (None, _) => (None, ""),
    };
    let taken = match &chosen {
        Some(table) => format!("`{table}` is taken for it, {why}"),
        None => "it stands under each".to_owned(),
    };
    left.push(format!(
        "rule: {text}: this clone does not say which branch is the default one (there is no origin/HEAD): {taken}; \
         `git remote set-head origin --auto` finds it out"
    ));
    chosen
}
