//! Two texts, line by line, as `diff --unified` shows them.

use similar::TextDiff;

/// How many lines are shown around a change.
const AROUND: usize = 2;

/// Renders how `new` differs from `old`; empty if it does not.
pub(crate) fn render(path: &str, old: &str, new: &str) -> String {
    let lines = TextDiff::from_lines(old, new);
    let mut unified = lines.unified_diff();
    unified.context_radius(AROUND).header(path, "what would be drafted").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_shown_with_what_is_around() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
        let new = "1\n2\nthree\n4\n5\n6\n7\n8\n9\n10\n12\n13\n";
        insta::assert_snapshot!(render("a.toml", old, new), @r"
        --- a.toml
        +++ what would be drafted
        @@ -1,5 +1,5 @@
         1
         2
        -3
        +three
         4
         5
        @@ -9,4 +9,4 @@
         9
         10
        -11
         12
        +13
        ");
        assert_eq!(render("a.toml", old, old), "");
    }
}
