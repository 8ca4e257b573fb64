//! The public repositories that `init` was tried on: the guide shows what the test's table has.

use super::pages::{check, read};
use crate::public_repositories::Table;

const PAGE: &str = "docs/guide/moving-over.md";
const BEGIN: &str = "| repository | commit |";

#[test]
fn the_guide_shows_the_table_of_the_test() {
    let page = read(PAGE);
    let begin = page.find(BEGIN).expect("the page has the table");
    let (before, rest) = page.split_at(begin);
    let end = rest.split_inclusive('\n').take_while(|line| line.starts_with('|')).map(str::len).sum();
    let after = rest.get(end..).unwrap_or_default();
    check(PAGE, &format!("{before}{}{after}", Table::read().text()));
}
