//! The paths that Rust code names, wherever they stand: `use`, expressions, types, macros.

use syn::visit::{self, Visit};
use syn::{ItemUse, Macro, Path, UseTree};

/// Where in a file a path stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a `use` at the top of the file or of an inline module.
    TopLevelUse,
    /// In a `use` inside of a function.
    InnerUse,
    /// Anywhere else.
    Code,
}

/// One path, such as `["crate", "domain", "Code"]`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) segments: Vec<String>,
    pub(crate) place: Place,
}

impl Named {
    pub(crate) fn text(&self) -> String {
        self.segments.join("::")
    }

    pub(crate) fn segment(&self, number: usize) -> &str {
        self.segments.get(number).map_or("", String::as_str)
    }
}

/// Every path with at least two segments that a file names.
pub(crate) fn paths(file: &syn::File) -> Vec<Named> {
    let mut visitor = Visitor { found: Vec::new(), depth: 0 };
    visitor.visit_file(file);
    visitor.found
}

struct Visitor {
    found: Vec<Named>,
    /// How many blocks of code lie around.
    depth: usize,
}

impl Visitor {
    fn tree(&mut self, tree: &UseTree, before: &[String]) {
        let place = if self.depth == 0 { Place::TopLevelUse } else { Place::InnerUse };
        let with = |last: String| before.iter().cloned().chain([last]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.tree(&path.tree, &with(path.ident.to_string())),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(tree, before);
                }
            }
            UseTree::Name(name) => self.found.push(Named { segments: with(name.ident.to_string()), place }),
            UseTree::Rename(name) => self.found.push(Named { segments: with(name.ident.to_string()), place }),
            UseTree::Glob(_) => self.found.push(Named { segments: with("*".to_owned()), place }),
        }
    }
}

impl<'ast> Visit<'ast> for Visitor {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.tree(&item.tree, &[]);
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.depth += 1;
        visit::visit_block(self, block);
        self.depth -= 1;
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        // A single word is a local name, or the `crate` of `pub(crate)`.
        if segments.len() > 1 {
            self.found.push(Named { segments, place: Place::Code });
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        // What a macro is given need not be Rust, so its words are all that can be looked at.
        let text = call.tokens.to_string().replace(" :: ", "::").replace(":: ", "::").replace(" ::", "::");
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        for word in words.filter(|word| word.contains("::")) {
            let segments = word.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
            self.found.push(Named { segments, place: Place::Code });
        }
        visit::visit_macro(self, call);
    }
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let file = syn::parse_str(
        "use crate::a::{B, c::*}; mod tests { use super::d as e; }
         #[f::test] fn f(x: crate::g::H) { use crate::i; println!(\"j::k {}\", crate :: l :: M); n::o::<p::Q>(); }",
    )
    .unwrap();
    let found: Vec<(Place, String)> = paths(&file).iter().map(|named| (named.place, named.text())).collect();
    for (place, text) in [
        (Place::TopLevelUse, "crate::a::B"),
        (Place::TopLevelUse, "crate::a::c::*"),
        (Place::TopLevelUse, "super::d"),
        (Place::InnerUse, "crate::i"),
        (Place::Code, "f::test"),
        (Place::Code, "crate::g::H"),
        (Place::Code, "crate::l::M"),
        (Place::Code, "n::o"),
        (Place::Code, "p::Q"),
    ] {
        assert!(found.contains(&(place, text.to_owned())), "{text} not in {found:?}");
    }
}
