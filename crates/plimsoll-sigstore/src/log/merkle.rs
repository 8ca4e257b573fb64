//! Merkle trees of logs (RFC 6962, 2.1; the algorithm is that of RFC 9162, 2.1.3.2).

use aws_lc_rs::digest::{SHA256, digest};

/// A node of the tree.
pub(super) type Node = [u8; 32];

/// The hash of an entry.
pub(super) fn leaf_hash(entry: &[u8]) -> Node {
    hash(&[&[0], entry])
}

/// The root of a tree of `size` leaves that has this leaf at `index`, by the path `hashes`; `None` if the path is not as
/// long as it must be, or has something that is no hash.
pub(super) fn root_of_inclusion(leaf: &Node, index: u64, size: u64, hashes: &[Vec<u8>]) -> Option<Node> {
    let mut last = size.checked_sub(1).filter(|last| index <= *last)?;
    let mut at = index;
    let mut root = *leaf;
    for node in hashes {
        if node.len() != root.len() || last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            root = hash(&[&[1], node, &root]);
            // A node without a sibling moves up as it is.
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            root = hash(&[&[1], &root, node]);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}

fn hash(parts: &[&[u8]]) -> Node {
    let mut node = Node::default();
    node.copy_from_slice(digest(&SHA256, &parts.concat()).as_ref());
    node
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 6962, 2.1, word by word.
    fn root(leaves: &[Vec<u8>]) -> Node {
        match leaves {
            [] => hash(&[]),
            [one] => leaf_hash(one),
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                hash(&[&[1], &root(left), &root(right)])
            }
        }
    }

    /// RFC 6962, 2.1.1.
    fn path(index: usize, leaves: &[Vec<u8>]) -> Vec<Vec<u8>> {
        if leaves.len() < 2 {
            return Vec::new();
        }
        let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
        let (mut path, other) = match index.checked_sub(left.len()) {
            None => (path(index, left), root(right)),
            Some(index) => (path(index, right), root(left)),
        };
        path.push(other.to_vec());
        path
    }

    proptest! {
        #[test]
        fn a_proof_leads_to_the_root_of_its_tree_and_no_other(
            (size, index) in (1_usize..70).prop_flat_map(|size| (Just(size), 0..size)),
            (wrong, cut) in (0_usize..70, any::<bool>()),
        ) {
            let leaves: Vec<Vec<u8>> = (0..size).map(|number| number.to_be_bytes().to_vec()).collect();
            let path = path(index, &leaves);
            let leaf = leaf_hash(&leaves[index]);
            let (at, of) = (index as u64, size as u64);
            prop_assert_eq!(root_of_inclusion(&leaf, at, of, &path), Some(root(&leaves)));
            if wrong != index {
                prop_assert_ne!(root_of_inclusion(&leaf, wrong as u64, of, &path), Some(root(&leaves)));
            }
            let mut other = path.clone();
            match (cut, other.pop()) {
                (true, Some(_)) => {}
                (_, last) => {
                    other.extend(last);
                    other.push(vec![0; 32]);
                }
            }
            prop_assert_eq!(root_of_inclusion(&leaf, at, of, &other), None);
        }
    }
}
