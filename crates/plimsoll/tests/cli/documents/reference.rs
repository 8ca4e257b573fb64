//! `docs/reference`: pages that are made from the code.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::{Arg, Command};
use plimsoll::config::file::keys::ROOT;
use plimsoll::config::file::shape::{Key, Shape, Standing, Table};
use plimsoll_engine::domain::code::Code;
use plimsoll_tags::git_tag::TagPattern;
use plimsoll_tags::notation::action::flavor::Flavor;
use plimsoll_tags::notation::action::rule::Rule;
use plimsoll_tags::notation::short::Template;
use plimsoll_tags::rule::{ClassError, TagRule};
use plimsoll_tags::table::Table as TagTable;

use super::pages::check;

const GENERATED: &str =
    "<!-- Made from the code by a test: see crates/plimsoll/tests/cli/documents.rs. -->\n";

#[test]
fn the_command_line() {
    let mut root = plimsoll::cli::command();
    root.build();
    let mut page = format!("# Command line\n\n{GENERATED}\n");
    page.push_str(
        "Every option has a twin among the environment variables; what stands on the command line wins, and a variable that \
         is empty is as one that is not set. Data goes to standard output, everything else to standard error. With `-o json` standard output is one object \
         ([shapes](json.md)). How commands end: [exit codes](exit-codes.md).\n",
    );
    page.push_str("\n## Options of every command\n\n");
    options(&mut page, root.get_arguments().filter(|argument| argument.is_global_set()));
    for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
        describe(&mut page, command, 2);
    }
    check("docs/reference/cli.md", &page);
}

fn describe(page: &mut String, command: &Command, depth: usize) {
    let heading = "#".repeat(depth);
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").split('\n').next().unwrap_or_default().to_owned();
    let _ = write!(page, "\n{heading} {name}\n\n{}\n\n```text\n{usage}\n```\n", paragraphs(&about));
    let own = |argument: &&Arg| !argument.is_global_set() && argument.get_id() != "help";
    let arguments: Vec<&Arg> = command.get_arguments().filter(own).collect();
    let positionals: Vec<&Arg> =
        arguments.iter().copied().filter(|argument| argument.is_positional()).collect();
    if !positionals.is_empty() {
        page.push_str("\n| argument | |\n|---|---|\n");
        for argument in positionals {
            let name = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
            let name = name.unwrap_or_else(|| argument.get_id().to_string().to_uppercase());
            let _ = writeln!(page, "| `{name}` | {}{} |", help(argument), values(argument));
        }
    }
    let flags = || arguments.iter().copied().filter(|argument| !argument.is_positional());
    if flags().next().is_some() {
        page.push('\n');
        options(page, flags());
    }
    if let Some(examples) = command.get_after_help() {
        let _ = write!(page, "\n```text\n{examples}\n```\n");
    }
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        describe(page, command, depth + 1);
    }
}

fn options<'a>(page: &mut String, arguments: impl Iterator<Item = &'a Arg>) {
    page.push_str("| option | variable | |\n|---|---|---|\n");
    for argument in arguments {
        let short = argument.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
        let value = argument.get_value_names().filter(|_| argument.get_action().takes_values());
        let value = value.and_then(|names| names.first()).map(|name| format!(" {name}")).unwrap_or_default();
        let long = argument.get_long().unwrap_or_default();
        let variable =
            argument.get_env().map(|name| format!("`{}`", name.to_string_lossy())).unwrap_or_default();
        let _ = writeln!(
            page,
            "| {short}`--{long}{value}` | {variable} | {}{} |",
            help(argument),
            values(argument)
        );
    }
}

fn help(argument: &Arg) -> String {
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    help.replace('\n', " ").replace('|', "\\|")
}

fn values(argument: &Arg) -> String {
    let possible = argument.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
    let names: Vec<String> = possible.map(|value| format!("`{}`", value.get_name())).collect();
    match names.is_empty() || !argument.get_action().takes_values() {
        true => String::new(),
        false => format!(": {}", names.join(", ")),
    }
}

/// Paragraphs, each on one line, as clap has folded them.
fn paragraphs(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn exit_codes() {
    let mut page = format!("# Exit codes\n\n{GENERATED}\n");
    page.push_str(
        "The exit code says what kind of end it was; the [code](../errors.md) of the error says which.\n\n",
    );
    page.push_str("| exit code | meaning | running again | codes |\n|---|---|---|---|\n");
    for (exit, meaning, again) in MEANINGS {
        let codes = Code::ALL.iter().filter(|code| code.exit() == exit);
        let codes: Vec<String> = codes.map(|code| format!("[{code}](../errors.md#{code})")).collect();
        let _ = writeln!(page, "| {exit} | {meaning} | {again} | {} |", codes.join(", "));
    }
    page.push_str(
        "\nWhere several things are wrong at once, the first error decides. The last line of a command that changes \
         the world says whether running it again is safe: it always is, and the line says what it will do.\n",
    );
    let known: BTreeSet<u8> = MEANINGS.iter().map(|(exit, ..)| *exit).collect();
    let unknown: Vec<&Code> = Code::ALL.iter().filter(|code| !known.contains(&code.exit())).collect();
    assert!(unknown.is_empty(), "give these exit codes a meaning: {unknown:?}");
    check("docs/reference/exit-codes.md", &page);
}

const MEANINGS: [(u8, &str, &str); 11] = [
    (0, "done, or nothing to do", "changes nothing"),
    (1, "a bug in Plimsoll", "safe; please report it"),
    (2, "usage or configuration", "after mending it"),
    (3, "`plan --detailed-exitcode`: a release would change something", ""),
    (4, "credentials or permission", "after mending it"),
    (
        5,
        "refused by policy: the version is taken, spent or not one",
        "ends the same way, until the tag is another",
    ),
    (6, "verification failed: bytes do not have their digest", "after mending it"),
    (7, "drift: it is released, but the world differs", "after mending it"),
    (8, "a service, tool or disk does not do its part; nothing has left the machine", "may simply work"),
    (
        9,
        "incomplete, or held by another run; also 8 once something has left the machine",
        "goes on from here",
    ),
    (130, "interrupted", "goes on from here"),
];

#[test]
fn the_schema_of_records() {
    let schema = plimsoll_engine::statement::record::schema();
    check("docs/formats/release-info.schema.json", &format!("{schema:#}\n"));
}

#[test]
fn the_configuration() {
    let mut page = format!("# plimsoll.toml\n\n{GENERATED}\n");
    page.push_str(
        "The file lies at the root of the repository, or at `.config/plimsoll.toml`, or where `--config` says. Unknown \
         keys are errors. `plimsoll schema` prints this as JSON Schema for editors.\n",
    );
    let mut seen = BTreeSet::new();
    table(&mut page, &ROOT, &mut seen);
    check("docs/reference/config.md", &page);
}

fn table(page: &mut String, of: &'static Table, seen: &mut BTreeSet<&'static str>) {
    if !seen.insert(of.title) {
        return;
    }
    let _ = write!(page, "\n## {}\n\n{}\n\n| key | value | |\n|---|---|---|\n", of.title, of.about);
    let now = of.keys.iter().filter(|key| matches!(key.standing, Standing::Optional | Standing::Required));
    for key in now {
        let required = if key.standing == Standing::Required { " Required." } else { "" };
        let _ = writeln!(page, "| `{}` | {} | {}{required} |", key.name, value(key.shape), cell(key.about));
    }
    if let Some(open) = &of.open {
        let name = format!("{}{}", open.prefix, open.placeholder);
        let _ = writeln!(page, "| *`{name}`* | {} | {} |", value(open.shape), cell(open.about));
    }
    let reserved: Vec<&Key> = of.keys.iter().filter(|key| key.standing == Standing::Reserved).collect();
    if !reserved.is_empty() {
        let names: Vec<String> = reserved.iter().map(|key| format!("`{}`", key.name)).collect();
        let _ = write!(page, "\nReserved, and refused: {}.\n", names.join(", "));
    }
    for shape in of.keys.iter().map(|key| key.shape).chain(of.open.iter().map(|open| open.shape)) {
        tables_of(page, shape, seen);
    }
}

fn tables_of(page: &mut String, shape: Shape, seen: &mut BTreeSet<&'static str>) {
    match shape {
        Shape::Table(inner) => table(page, inner, seen),
        Shape::List(inner) => tables_of(page, *inner, seen),
        Shape::Either(shapes) => shapes.iter().for_each(|shape| tables_of(page, *shape, seen)),
        Shape::Text | Shape::Secret | Shape::Switch | Shape::Word(_) | Shape::Anything => {}
    }
}

fn value(shape: Shape) -> String {
    match shape {
        Shape::Table(table) => table.title.to_owned(),
        Shape::List(Shape::Table(table)) => table.title.to_owned(),
        other => other.expected(),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Rules as people write them, in both notations.
const RULES: [&str; 31] = [
    "{version}",
    "{tag}",
    "{major}.{minor}",
    "{major}",
    "{major}.{minor}.{patch}",
    "sha-{sha}",
    "{commit}",
    "{branch}",
    "pr-{number}",
    "latest",
    "type=schedule",
    "type=semver,pattern={{version}}",
    "type=semver,pattern={{raw}}",
    "type=semver,pattern={{major}}.{{minor}}.{{patch}}",
    "type=semver,pattern={{major}}.{{minor}}",
    "type=semver,pattern={{major}}",
    "type=pep440,pattern={{version}}",
    "type=pep440,pattern={{major}}.{{minor}}",
    r"type=match,pattern=v(.*),group=1",
    r"type=match,pattern=v(\d+\.\d+),group=1",
    r"type=match,pattern=\d.\d",
    "type=edge",
    "type=edge,branch=dev",
    "type=ref,event=branch",
    "type=ref,event=tag",
    "type=ref,event=pr",
    "type=raw,value=stable",
    "type=raw,value=stable,enable={{is_default_branch}}",
    "type=raw,value={{branch}}-{{sha}}",
    "type=raw,value={{date 'YYYYMMDD'}}",
    "type=sha",
];

#[test]
fn the_classes_of_image_tags() {
    let tables = ["release", "promotion", "branch:main", "branch:*", "pull-request"];
    let mut page = format!("# Classes of image tags\n\n{GENERATED}\n");
    page.push_str(
        "What may become of a tag after it was written follows from its rule and the table that it stands in, with \
         git tags `v{version}`. *Moving* tags follow one line. \"–\": it yields nothing there, or means nothing there. \
         \"error\": `plimsoll check` says why; `class = \"…\"` names a class where none can be deduced (\"unclear\"). A \
         prerelease moves nothing, and `{major}` of 0.x is left out unless its class is named.\n\n",
    );
    let _ = writeln!(page, "| rule | {} |", tables.map(|table| format!("`{table}`")).join(" | "));
    page.push_str("|---|---|---|---|---|---|\n");
    for text in RULES {
        let rule = match text.starts_with("type=") {
            true => TagRule::of_action(Rule::parse(text).unwrap(), Flavor::default(), TagPattern::default()),
            false => TagRule::of(Template::parse(text).unwrap()),
        };
        let classes = tables.map(|table| match rule.class_in(&TagTable::parse(table).unwrap()) {
            Ok(class) => class.to_string(),
            Err(ClassError::Never { .. } | ClassError::NotKnown { .. }) => "–".to_owned(),
            Err(ClassError::Unclear { .. }) => "unclear".to_owned(),
            Err(_) => "error".to_owned(),
        });
        let _ = writeln!(page, "| `{text}` | {} |", classes.join(" | "));
    }
    check("docs/reference/image-tags.md", &page);
}
