//! Columns that fit the page, where it is one.

use super::{WIDTH, cut};
use crate::output::ink::Ink;

/// What stands between two columns.
const GAP: &str = "  ";

/// Renders rows under a heading. The last column gives way where a line would be too wide for a terminal; what is read by
/// programs has all of it.
pub fn render_table<const N: usize>(heading: [&str; N], rows: &[[String; N]], ink: Ink) -> String {
    let mut widths = heading.map(|word| word.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    text.push_str(&ink.faint(&line(heading, &widths, ink)));
    text.push('\n');
    for row in rows {
        text.push_str(&line(row.each_ref().map(String::as_str), &widths, ink));
        text.push('\n');
    }
    text
}

fn line<const N: usize>(cells: [&str; N], widths: &[usize; N], ink: Ink) -> String {
    let mut line = String::new();
    for (number, (cell, width)) in cells.iter().zip(widths).enumerate() {
        if number > 0 {
            line.push_str(GAP);
        }
        match (number + 1 == N, ink) {
            (true, Ink::Coloured) => line.push_str(&cut(cell, WIDTH.saturating_sub(line.chars().count()))),
            (true, Ink::Plain) => line.push_str(cell),
            (false, _) => line.push_str(&format!("{cell:<width$}")),
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
        let heading = ["VERSION", "STATE", "IMAGES"];
        let table = render_table(heading, &rows, Ink::Coloured);
        let (_, below) = table.split_once('\n').unwrap();
        assert_snapshot!(below, @r"
        1.10.0   published  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
        1.2.0    burnt      web
        ");
        let table = render_table(heading, &rows, Ink::Plain);
        assert!(table.starts_with("VERSION  STATE      IMAGES\n"), "{table}");
        assert!(table.contains(&"x".repeat(90)), "{table}");
    }
}
