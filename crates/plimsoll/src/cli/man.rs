//! `man`: the manual page, with a section for each command and those below it.

use clap::Command;
use clap_mangen::Man;

use super::ending::{Ended, Outcome};
use crate::output::Answer;

pub(super) fn run() -> Outcome {
    let mut page = Vec::new();
    let command = super::command();
    // Writing to memory does not fail.
    let _ = Man::new(command.clone()).render(&mut page);
    add_sections(&mut page, "plimsoll", &command);
    Ok(Ended::well(Answer::Text(String::from_utf8_lossy(&page).into_owned())))
}

/// Adds a section for each command below one, and for those below it.
fn add_sections(page: &mut Vec<u8>, above: &str, command: &Command) {
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = format!("{above} {}", command.get_name());
        let mut section = Vec::new();
        let man = Man::new(command.clone().display_name(&name).bin_name(&name));
        let _ = man.render_synopsis_section(&mut section);
        let _ = man.render_description_section(&mut section);
        let _ = man.render_options_section(&mut section);
        let _ = man.render_extra_section(&mut section);
        let text = String::from_utf8_lossy(&section).into_owned();
        page.extend(format!(".SH \"{}\"\n", name.to_uppercase()).into_bytes());
        // Sections of the command become parts of its own.
        page.extend(text.replace("\n.SH ", "\n.SS ").replacen(".SH ", ".SS ", 1).into_bytes());
        add_sections(page, &name, command);
    }
}
