//! What pinning does to whole files: those of `tests/compose_files`, and made-up ones.

mod bad;
mod files;
mod moving;
mod named;
mod property;
mod release;

use std::collections::BTreeMap;

use plimsoll_oci::name::{Digest, Reference};

use super::*;

/// A digest that hangs on what is named.
fn digest_of(reference: &Reference) -> Digest {
    Digest::of(reference.to_string().as_bytes())
}

fn read(text: &str) -> ComposeFile {
    ComposeFile::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Everything as it is looked up in a registry that has everything.
fn choose(
    file: &ComposeFile,
    wanted: &BTreeMap<String, Wanted>,
    third_party: ThirdParty,
) -> Result<BTreeMap<String, Pin>, Vec<Unpinned>> {
    let choices = Choices::make(file, wanted, third_party, Left::default());
    let resolved = choices.to_resolve().into_iter().map(|reference| {
        let digest = digest_of(&reference);
        (reference, Ok(digest))
    });
    choices.pins(&resolved.collect())
}

/// The file with everything pinned.
fn pin_all(text: &str) -> String {
    let file = read(text);
    let pins = choose(&file, &BTreeMap::new(), ThirdParty::Resolve)
        .unwrap_or_else(|unpinned| panic!("{unpinned:?}\n{text}"));
    file.pin(&pins, Builds::Keep).unwrap_or_else(|error| panic!("{error:?}\n{text}"))
}

fn unpin(text: &str) -> String {
    read(text).unpin().unwrap()
}

/// Why services are not pinned, as people read it.
fn whys(unpinned: &[Unpinned]) -> Vec<String> {
    let one = |unpinned: &Unpinned| {
        let service = unpinned.service.as_deref().unwrap_or("-");
        format!("{}:{service}: {}", unpinned.line, unpinned.why)
    };
    unpinned.iter().map(one).collect()
}

fn wanted(references: &[(&str, &str)]) -> BTreeMap<String, Wanted> {
    let one = |(service, reference): &(&str, &str)| {
        let wanted = Wanted { reference: reference.parse().unwrap(), spelled: Some((*reference).to_owned()) };
        ((*service).to_owned(), wanted)
    };
    references.iter().map(one).collect()
}
