//! The commands by what they are for, as `plimsoll --help` lists them.

use std::fmt::Write as _;

use clap::Command;

/// Every command in one group, in the order in which a project comes to need them.
const GROUPS: [(&str, &[&str]); 7] = [
    ("Begin", &["demo", "init", "check", "doctor"]),
    (
        "Release",
        &["version", "plan", "rehearse", "tag", "release", "status", "withdraw", "build", "publish", "tags"],
    ),
    ("Look at releases", &["list", "info", "images", "latest", "diff", "whatis", "verify", "audit", "site"]),
    ("Say which count", &["promote", "rollback", "unhold", "yank", "unyank"]),
    (
        "Deploy them, or take them elsewhere",
        &["compose", "app-compose", "deploy", "copy", "export", "import"],
    ),
    ("Parts by themselves", &["chart", "sign", "attest", "key", "registry", "ledger"]),
    ("This program", &["schema", "completions", "man", "help"]),
];

/// The command line, whose help lists its commands in groups.
pub(super) fn in_groups(command: Command) -> Command {
    let groups = list(&command);
    let options = heading(&command, "Options");
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}{options}{{options}}{{after-help}}"
    ))
}

fn list(command: &Command) -> String {
    let name_style = command.get_styles().get_literal();
    let mut text = String::new();
    for (title, names) in GROUPS {
        text.push_str(&heading(command, title));
        for name in names {
            let about = command.find_subcommand(name).and_then(Command::get_about);
            // clap adds this one by itself.
            let about =
                about.map_or_else(|| "Prints this, or the help of a command".to_owned(), ToString::to_string);
            let _ =
                writeln!(text, "  {}{name:11}{}  {about}", name_style.render(), name_style.render_reset());
        }
        text.push('\n');
    }
    text
}

fn heading(command: &Command, title: &str) -> String {
    let style = command.get_styles().get_header();
    format!("{}{title}:{}\n", style.render(), style.render_reset())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_command_is_in_one_group_and_takes_one_line() {
        let command = crate::cli::command();
        let mut groups: BTreeMap<String, usize> = BTreeMap::new();
        for name in GROUPS.iter().flat_map(|(_, names)| *names) {
            *groups.entry((*name).to_owned()).or_default() += 1;
        }
        let names = command.get_subcommands().map(Command::get_name).chain(["help"]);
        let once: BTreeMap<String, usize> = names.map(|name| (name.to_owned(), 1)).collect();
        assert_eq!(groups, once);
        let abouts = command.get_subcommands().filter_map(Command::get_about).map(ToString::to_string);
        let long: Vec<String> = abouts.filter(|about| about.chars().count() > 80 - 15).collect();
        assert!(long.is_empty(), "{long:#?}");
    }
}
