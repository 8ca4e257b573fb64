//! Columns that fit the page.

use super::{WIDTH, cut};
use crate::output::ink::Ink;

/// What stands between two columns.
const GAP: &str = "  ";

/// Renders rows under a heading. The last column gives way where a line would be too wide.
pub fn render_table<const N: usize>(heading: [&str; N], rows: &[[String; N]], ink: Ink) -> String {
    let mut widths = heading.map(|word| word.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    text.push_str(&ink.faint(&line(heading, &widths)));
    text.push('\n');
    for row in rows {
        text.push_str(&line(row.each_ref().map(String::as_str), &widths));
        text.push('\n');
    }
    text
}

fn line<const N: usize>(cells: [&str; N], widths: &[usize; N]) -> String {
    let mut line = String::new();
    for (number, (cell, width)) in cells.iter().zip(widths).enumerate() {
        if number > 0 {
            line.push_str(GAP);
        }
        if number + 1 == N {
            line.push_str(&cut(cell, WIDTH.saturating_sub(line.chars().count())));
        } else {
            line.push_str(&format!("{cell:<width$}"));
        }
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn columns_align_and_the_last_gives_way() {
        let rows = [
            ["1.10.0".to_owned(), "published".to_owned(), "x".repeat(90)],
            ["1.2.0".to_owned(), "burnt".to_owned(), "web".to_owned()],
        ];
        let table = render_table(["VERSION", "STATE", "IMAGES"], &rows, Ink::Plain);
        assert!(table.lines().all(|line| line.chars().count() <= WIDTH));
        assert_snapshot!(table, @r"
        VERSION  STATE      IMAGES
        1.10.0   published  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
        1.2.0    burnt      web
        ");
    }
}
