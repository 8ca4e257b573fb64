//! Configurations that pages show can be read.

use plimsoll::config::{Surroundings, parse};

use super::pages::{blocks, in_folder, read};

#[test]
fn configurations_in_pages_can_be_read() {
    let mut pages = in_folder("docs/guide");
    pages.push("README.md".into());
    let mut count = 0;
    for page in pages {
        for block in blocks(&read(&page)).into_iter().filter(|block| block.language == "toml") {
            let text = block.lines.join("\n");
            // A page may show a part: what is missing is not what is wrong.
            let whole = match text.contains("[[image]]") {
                true => text.clone(),
                false => format!(
                    "{text}\n[[image]]\nname = \"other\"\nrepository = \"ghcr.io/acme/other\"\nimport.layout = \"dist\"\n"
                ),
            };
            let surroundings = Surroundings { directory: Some("app"), remote: None, texts: &|_| None };
            if let Err(problems) = parse(&page, &whole, surroundings) {
                panic!("{page}:{}:\n{text}\n{problems:#?}", block.at + 1);
            }
            count += 1;
        }
    }
    assert!(count > 3, "only {count} configurations are shown");
}
