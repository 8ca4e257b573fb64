//! That a change changed one value and nothing else.

use crate::error::Breach;
use crate::found::Kind;
use crate::outline::{Node, Outline};

/// Compares two outlines node by node: only the node at `index` may differ, and must be the string `value`.
pub(crate) fn prove(before: &Outline, after: &Outline, index: usize, value: &str) -> Result<(), Breach> {
    let (count, counted) = (before.entries.len(), after.entries.len());
    for (place, (old, new)) in before.entries.iter().zip(&after.entries).enumerate() {
        let same_place =
            old.document == new.document && old.path == new.path && old.properties == new.properties;
        if !same_place || (place != index && old.node != new.node) {
            return Err(Breach::Other { path: old.path.clone() });
        }
        if place == index {
            check_value(&new.node, value)?;
        }
    }
    if count == counted { Ok(()) } else { Err(Breach::Count { before: count, after: counted }) }
}

fn check_value(node: &Node, wanted: &str) -> Result<(), Breach> {
    match node {
        Node::Scalar { kind: Kind::String, value } if value == wanted => Ok(()),
        Node::Scalar { kind, value } => Err(Breach::Value { kind: *kind, value: value.clone() }),
        Node::Container(_) | Node::Alias(_) | Node::Key { .. } => {
            Err(Breach::Value { kind: Kind::Null, value: String::new() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::prove;
    use crate::error::Breach;
    use crate::found::Kind;
    use crate::path::KeyPath;
    use crate::yaml;

    fn breach(before: &str, after: &str) -> Option<Breach> {
        let (before, after) = (yaml::outline(before).unwrap(), yaml::outline(after).unwrap());
        let index = before.find_scalar("", &KeyPath::of(["b"])).unwrap();
        prove(&before, &after, index, "new").err()
    }

    #[test]
    fn whatever_else_changes_is_noticed() {
        let before = "a: 1\nb: old\nc: {d: [x, *e]}\n".replace("*e", "y");
        let other = |path: &str| Some(Breach::Other { path: KeyPath::parse(path).unwrap() });
        for (after, want) in [
            ("a: 1\nb: new\nc: {d: [x, y]}\n", None),
            ("a:   1 # as before\nb: 'new'\nc:\n  d:\n  - x\n  - y\n", None),
            ("a: 2\nb: new\nc: {d: [x, y]}\n", other("a")),
            ("a: '1'\nb: new\nc: {d: [x, y]}\n", other("a")),
            ("a: 1\nb: new\nc: {d: [x, z]}\n", other("c.d[1]")),
            ("a: 1\nb: new\nc: {e: [x, y]}\n", other("c.d")),
            ("a: 1\nb: new\nc: !t {d: [x, y]}\n", other("c")),
            ("a: 1\nb: &n new\nc: {d: [x, y]}\n", other("b")),
            (
                "a: 1\nb: newer\nc: {d: [x, y]}\n",
                Some(Breach::Value { kind: Kind::String, value: "newer".into() }),
            ),
            ("a: 1\nb: 7\nc: {d: [x, y]}\n", Some(Breach::Value { kind: Kind::Integer, value: "7".into() })),
            (
                "a: 1\nb: {x: y}\nc: {d: [x, y]}\n",
                Some(Breach::Value { kind: Kind::Null, value: String::new() }),
            ),
            ("a: 1\nb: new\nc: {d: [x, y]}\ne: f\n", Some(Breach::Count { before: 11, after: 13 })),
        ] {
            assert_eq!(breach(&before, after), want, "{after}");
        }
    }
}
