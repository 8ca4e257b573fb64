//! `docs/errors.md`: every code with its exit code, what it means, why, and what to do.

use plimsoll_engine::domain::code::Code;

use super::pages::read;

#[test]
fn every_code_says_its_exit_code_and_what_to_do() {
    let text = read("docs/errors.md");
    let sections: Vec<&str> = text.split("\n## ").skip(1).collect();
    let mut broken = Vec::new();
    for code in Code::ALL {
        let section = sections.iter().find(|section| section.lines().next() == Some(code.word()));
        let Some(section) = section else {
            broken.push(format!("{code} has no section"));
            continue;
        };
        if !section.contains(&format!("Exit code {}.", code.exit())) {
            broken.push(format!("{code} ends with {}", code.exit()));
        }
        if section.lines().filter(|line| !line.is_empty()).count() < 3 {
            broken.push(format!("{code} says too little"));
        }
    }
    assert!(broken.is_empty(), "docs/errors.md:\n  {}", broken.join("\n  "));
}

#[test]
fn codes_stand_in_the_order_of_their_exit_codes() {
    let text = read("docs/errors.md");
    let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.word()).collect();
    assert_eq!(headings, codes);
}
