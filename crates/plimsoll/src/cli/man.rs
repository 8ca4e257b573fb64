//! `man`: the manual page, with a section for each command.

use clap_mangen::Man;

use super::ending::{Ended, Outcome};
use crate::output::Answer;

pub(super) fn run() -> Outcome {
    let mut page = Vec::new();
    let command = super::command();
    // Writing to memory does not fail.
    let _ = Man::new(command.clone()).render(&mut page);
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        let named = command.clone().display_name(format!("plimsoll {}", command.get_name()));
        let mut section = Vec::new();
        let man = Man::new(named);
        let _ = man.render_synopsis_section(&mut section);
        let _ = man.render_description_section(&mut section);
        let _ = man.render_options_section(&mut section);
        let _ = man.render_extra_section(&mut section);
        let text = String::from_utf8_lossy(&section).into_owned();
        let heading = format!(".SH \"PLIMSOLL {}\"\n", command.get_name().to_uppercase());
        page.extend(heading.into_bytes());
        // Sections of the command become parts of its own.
        page.extend(text.replace("\n.SH ", "\n.SS ").replacen(".SH ", ".SS ", 1).into_bytes());
    }
    Ok(Ended::well(Answer::Text(String::from_utf8_lossy(&page).into_owned())))
}
