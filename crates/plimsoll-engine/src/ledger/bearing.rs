//! Which moving tags a release bears, by what the ledger says alone.

use plimsoll_tags::version::Version;

use super::published::add_promoted;
use crate::domain::line::{Evidence, MovingTag, Pointee, PublishedVersion, head};
use crate::domain::marks::Marks;
use crate::statement::record::Record;

/// A published version with the moving tags that its record asks for.
pub fn asking(version: &Version, record: &Record, marks: &Marks) -> PublishedVersion {
    let images = record.docker_images.values();
    let asked = images.flat_map(|image| {
        let pointee = Pointee::Digest(image.digest.clone());
        image.moving_tags.iter().map(move |tag| ((image.name.clone(), tag.clone()), pointee.clone()))
    });
    let moving = asked.collect();
    let (version, evidence) = (version.clone(), Evidence::Claim);
    let mut published = PublishedVersion { version, moving, marked_in: None, evidence };
    add_promoted(&mut published, marks, |artifact| {
        record.docker_images.get(artifact).map(|image| image.digest.clone())
    });
    published
}

/// The moving tags of a version that another one has. One that no version is left for stays where it is.
pub fn find_elsewhere(version: &Version, asked: &[PublishedVersion], marks: &Marks) -> Vec<MovingTag> {
    let own = asked.iter().filter(|one| one.version == *version).flat_map(|one| one.moving.keys());
    own.filter(|tag| head(tag, asked, marks).is_some_and(|head| head.version != *version)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use plimsoll_oci::name::Digest;
    use plimsoll_tags::version::Scheme;

    use super::*;
    use crate::domain::marks::Mark;

    fn version(text: &str) -> Version {
        Version::parse(Scheme::Semver, text).expect("a version")
    }

    fn asks(text: &str, tags: &[&str]) -> PublishedVersion {
        let place = |tag: &str| ("one.test/app".parse().expect("a name"), tag.parse().expect("a tag"));
        let pointee = Pointee::Digest(Digest::of(text.as_bytes()));
        let moving: BTreeMap<_, _> = tags.iter().map(|tag| (place(tag), pointee.clone())).collect();
        PublishedVersion { version: version(text), moving, marked_in: None, evidence: Evidence::Claim }
    }

    #[test]
    fn a_tag_is_where_the_newest_that_counts_asks_for_it() {
        let asked = [asks("1.4.0", &["1.4", "latest"]), asks("1.3.0", &["1.3", "latest"])];
        let elsewhere = |text: &str, marks: &Marks| -> Vec<String> {
            let found = find_elsewhere(&version(text), &asked, marks);
            found.into_iter().map(|(_, tag)| tag.to_string()).collect()
        };
        let mut marks = Marks::default();
        assert_eq!(elsewhere("1.4.0", &marks), [""; 0]);
        assert_eq!(elsewhere("1.3.0", &marks), ["latest"]);
        let yank = Mark::Yank { version: "1.4.0".into(), record: None, reason: "broken".into() };
        marks.add(Digest::of(b"yank"), yank);
        assert_eq!(elsewhere("1.4.0", &marks), ["latest"], "1.4 stays: nobody else asks for it");
        assert_eq!(elsewhere("1.3.0", &marks), [""; 0]);
    }
}
