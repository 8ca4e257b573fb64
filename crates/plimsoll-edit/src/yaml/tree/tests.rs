use proptest::prelude::*;

use super::*;

fn tree(text: &str) -> Tree {
    Tree::parse(text).unwrap()
}

/// The source of every value under a top-level key, in order.
fn sources(text: &str) -> Vec<(String, String)> {
    let tree = tree(text);
    let one = |pair: &Pair| (pair.key.clone(), text[tree.node(pair.value).span.clone()].to_owned());
    tree.pairs(tree.root()).iter().map(one).collect()
}

#[test]
fn every_value_knows_its_bytes() {
    let text = "a: &x !!str plain # c\nb: 'it''s'   # c\nc: \"q\\\"\"\nd: {k: [1, 2]} # c\ne:\n  - é\n  - f: g\n\n# end\nh: |\n  block\n  text\n\n# c\ni: two\n  lines\nj:\nk: *x\n";
    let want = [
        ("a", "plain"),
        ("b", "'it''s'"),
        ("c", "\"q\\\"\""),
        ("d", "{k: [1, 2]}"),
        ("e", "- é\n  - f: g"),
        ("h", "block\n  text"),
        ("i", "two\n  lines"),
        ("j", ""),
        ("k", "*x"),
    ];
    assert_eq!(sources(text), want.map(|(key, source)| (key.to_owned(), source.to_owned())));
}

#[test]
fn merges_give_what_is_not_written_here() {
    let tree = tree("x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  <<: [*x, *y]\n  a: 0\nw: {<<: *y}\n");
    let under = |key: &str| tree.find(tree.root(), key).unwrap().value;
    let entries = |key: &str| {
        let entries = tree.entries(under(key));
        entries
            .iter()
            .map(|pair| format!("{}={}", pair.key, tree.text(pair.value).unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(entries("z"), ["a=0", "b=2", "c=4"]);
    assert_eq!(entries("w"), ["b=3", "c=4"]);
    assert_eq!(tree.text(tree.find(under("z"), "c").unwrap().value), Some("4"));
    assert!(tree.find(under("z"), "d").is_none());
}

#[test]
fn a_scalar_is_met_as_often_as_readers_meet_it() {
    let text = "x-a: &m {k: &p one, l: two}\ns:\n  a: {<<: *m, l: three}\n  b: [*p, {<<: *m}]\n";
    let tree = tree(text);
    let counts = |is_passed_over: fn(&str) -> bool| {
        let counts = tree.count_scalars(is_passed_over);
        counts.iter().map(|(id, count)| format!("{} {count}", tree.text(*id).unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(counts(|key| key.starts_with("x-")), ["one 3", "two 1", "three 1"]);
    assert_eq!(counts(|_| false), ["one 4", "two 2", "three 1"]);
}

#[test]
fn what_is_refused_and_why() {
    let deep = "[".repeat(70) + &"]".repeat(70);
    let bomb: String = (1..9).fold("a0: &a0 [x]\n".to_owned(), |text, level| {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        format!("{text}a{level}: &a{level} [{aliases}]\n")
    });
    for (text, want) in [
        ("a: 1\nb: 2\na: 3\n", TreeError::DuplicateKey { key: "a".into(), first: 1, line: 3 }),
        ("a:\n  <<: &x {k: v}\n  <<: *x\n", TreeError::DuplicateKey { key: "<<".into(), first: 2, line: 3 }),
        ("a:\n\tb: 1\n", TreeError::Tab { line: 2 }),
        ("a: 1\n---\nb: 2\n", TreeError::SecondDocument { line: 2 }),
        ("a: &a [*a]\n", TreeError::SelfReference { line: 1 }),
        ("[a]: b\n", TreeError::KeyNotText { line: 1 }),
        ("# nothing\n", TreeError::Empty),
        (&deep, TreeError::TooDeep { line: 1 }),
        (&bomb, TreeError::TooMuch { line: 7 }),
    ] {
        assert_eq!(Tree::parse(text).err(), Some(want), "{text}");
    }
    assert!(matches!(Tree::parse("a: *b\n"), Err(TreeError::DoesNotParse { .. })));
    assert!(matches!(Tree::parse("a: [\n"), Err(TreeError::DoesNotParse { .. })));
    let long = "a".repeat(MAX_BYTES + 1);
    assert_eq!(Tree::parse(&long).err(), Some(TreeError::TooLong { length: MAX_BYTES + 1 }));
}

#[test]
fn meanings_differ_where_readers_see_a_difference() {
    let before = tree("a: x\nb: [1, 'y']\nc: &c {d: e}\nf: *c\n");
    let same = "# c\na:   'x'\nb:\n- 1\n- \"y\"\nc: &other\n  d: e\nf: *other\n";
    let told = |text: &str| tree(text).meaning(&[], &[]);
    assert_eq!(before.meaning(&[], &[]), told(same));
    for other in [
        "a: z\nb: [1, 'y']\nc: &c {d: e}\nf: *c\n",
        "a: x\nb: ['1', 'y']\nc: &c {d: e}\nf: *c\n",
        "a: x\nb: [1, 'y']\nc: &c {d: e}\nf: {d: e}\n",
        "a: x\nb: [1, 'y']\nc: &c {d: e}\n",
    ] {
        assert_ne!(before.meaning(&[], &[]), told(other), "{other}");
    }
    let under = |key: &str| before.find(before.root(), key).unwrap().value;
    assert_eq!(before.meaning(&[(under("a"), "z")], &[]), told("a: z\nb: [1, 'y']\nc: &c {d: e}\nf: *c\n"));
    assert_eq!(before.meaning(&[], &[under("b")]), told("a: x\nc: &c {d: e}\nf: *c\n"));
    // An anchor that goes leaves the others what they are.
    let two = tree("a: &a x\nb: &b y\nc: *a\nd: *b\n");
    let gone = ["a", "c"].map(|key| two.find(two.root(), key).unwrap().value);
    assert_eq!(two.meaning(&[], &gone), told("b: &other y\nd: *other\n"));
    assert_ne!(two.meaning(&[], &[]), told("a: &a x\nb: &b y\nc: *b\nd: *a\n"));
}

#[test]
fn splices_keep_every_other_byte() {
    let at = |over: Range<usize>, text: &str| Splice { over, text: text.to_owned() };
    assert_eq!(splice("abcdef", vec![at(4..5, "E"), at(1..2, "")]).as_deref(), Some("acdEf"));
    assert_eq!(splice("abc", vec![at(3..3, "d"), at(0..0, "_")]).as_deref(), Some("_abcd"));
    assert_eq!(splice("abc", vec![at(0..2, "x"), at(1..3, "y")]), None);
    assert_eq!(splice("abc", vec![at(2..4, "x")]), None);
}

proptest! {
    #[test]
    fn never_panics(text in "[-a-b:#&*<>|{}\\[\\], \\t\\n'\"!é]{0,60}") {
        if let Ok(tree) = Tree::parse(&text) {
            for id in tree.ids() {
                let span = tree.node(id).span.clone();
                prop_assert!(text.get(span).is_some());
                let _ = (tree.entries(id).len(), tree.is_null(id), tree.is_string(id));
            }
            let _ = tree.meaning(&[], &[]);
        }
    }
}
