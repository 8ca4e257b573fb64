use super::*;

fn commits(messages: &[&str]) -> Vec<(Oid, String)> {
    let commit = |(at, message): (usize, &&str)| {
        (format!("{at:040x}").parse().expect("forty digits"), (*message).to_owned())
    };
    messages.iter().enumerate().map(commit).collect()
}

#[test]
fn commits_are_sorted_by_what_they_change() {
    let told = render_changes(&commits(&[
        "fix(api): close the <socket>\n\nlong story",
        "docs: a page",
        "feat!: new wire\n\nBREAKING CHANGE: old clients stop",
        "Merge branch 'x'",
        "feat: answer faster",
    ]));
    assert_eq!(
        told,
        "## Breaking changes\n\n- new wire (0000000)\n\n## Features\n\n- answer faster (0000000)\n\n\
         ## Fixes\n\n- **api:** close the &lt;socket> (0000000)\n"
    );
    assert_eq!(render_changes(&commits(&["chore: x", "anything"])), "");
}

#[test]
fn what_a_commit_says_is_no_markup_but_code() {
    for (subject, told) in [
        (
            "installer, see [SHA256SUMS](https://evil.example/s) @acme/all",
            "installer, see \\[SHA256SUMS\\](https://evil.example/s) @\u{200b}acme/all",
        ),
        ("![](https://evil.example/p.png)", "!\\[\\](https://evil.example/p.png)"),
        ("take `a_[b]@c` and `&`", "take `a_[b]@c` and `&`"),
        ("an odd ` in *it*", "an odd \\` in \\*it\\*"),
        ("``two`` [x](y)", "\\`\\`two\\`\\` \\[x\\](y)"),
        ("# no heading (#12)", "\\# no heading (#12)"),
        ("bump @babel/core", "bump @\u{200b}babel/core"),
        ("c:\\*", "c:\\\\\\*"),
    ] {
        let told = format!("## Fixes\n\n- {told} (0000000)\n");
        assert_eq!(render_changes(&commits(&[&format!("fix: {subject}")])), told);
    }
}

#[test]
fn a_long_text_is_cut_at_a_line_with_a_word_on_the_rest() {
    let text: String = (0..100).map(|number| format!("- ä {number:02}\n")).collect();
    assert_eq!(cut(&text, 700), text);
    let cut = cut(&text, 100);
    assert!(cut.chars().count() <= 100, "{cut}");
    let (lines, rest) = cut.split_once("\n\n").expect("an empty line stands before the word");
    let kept = lines.lines().count();
    assert!(text.starts_with(lines) && kept > 5, "{cut}");
    assert_eq!(rest, format!("… and {} more lines\n", 100 - kept));
}

proptest::proptest! {
    #[test]
    fn a_cut_text_has_room(text in "[a\n]{0,300}", room in 40_usize..300) {
        proptest::prop_assert!(cut(&text, room).chars().count() <= room);
    }
}
