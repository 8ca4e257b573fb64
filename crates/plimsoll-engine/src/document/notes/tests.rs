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
