//! Images of Dockerfiles that no workflow is known to push.

use plimsoll_tags::table::Table;
use plimsoll_tags::version::Scheme;

use super::{Home, contexts, homes, naming};
use crate::setup::from_workflows::{Carried, DraftImage, DraftRule, Rules};
use crate::setup::holdings::Holdings;

/// How many Dockerfiles are so many that some of them are hardly for releases.
const MANY: usize = 12;

/// One image for each Dockerfile, named after it.
pub(super) fn images(holdings: &Holdings, home: &Home, scheme: Scheme) -> Vec<DraftImage> {
    let names = naming::names(&holdings.dockerfiles, &home.name);
    holdings
        .dockerfiles
        .iter()
        .zip(names)
        .map(|(path, name)| {
            // A project of one family of git tags is called after that already.
            let is_named = name == home.name || home.name.ends_with(&format!("-{name}"));
            let own = if is_named { home.name.clone() } else { format!("{}-{name}", home.name) };
            let registry = home.registry.as_deref().unwrap_or("registry.example");
            let mut rules = Rules::default();
            let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            let plain = |texts: &[&str]| texts.iter().map(|text| DraftRule::plain(text)).collect();
            let release: &[&str] = match scheme {
                Scheme::Semver => &["{version}", "{major}.{minor}", "latest"],
                // Versions of two numbers would be series, too.
                Scheme::Pep440 => &["{version}", "latest"],
            };
            rules.0.insert(Table::Release, plain(release));
            // Where workflows are, they know which branches they publish.
            if let (Some(branch), true) = (&home.branch, holdings.workflows.is_empty()) {
                rules.0.insert(Table::Branch(branch.clone()), plain(&["{branch}", "sha-{sha}"]));
            }
            DraftImage {
                name,
                repositories: vec![format!("{registry}/{own}")],
                platforms: list(&["linux/amd64", "linux/arm64"]),
                dockerfile: Some(path.clone()),
                context: Some(contexts::find_context(path, holdings)),
                rules,
                ..DraftImage::default()
            }
        })
        .collect()
}

/// Says that images were drafted beside workflows that push, and of which no image is.
pub(super) fn mark_as_guessed(carried: &mut Carried, home: &Home) {
    let files = carried.pushing_files();
    let files = files.join(", ");
    if files.is_empty() {
        return;
    }
    for image in &mut carried.images {
        image.left.push(format!(
            "platforms and tags are a guess from {}: compare what {files} pushes",
            image.dockerfile.as_deref().unwrap_or("its name")
        ));
        homes::mark(image, None, home);
        image.rules = only_version();
    }
}

/// Says of so many images that hardly all of them are released; what is said of each in the same way the first one keeps.
pub(super) fn tell_once(images: &mut [DraftImage]) -> Option<String> {
    let count = images.len();
    let (first, others) = images.split_first_mut().filter(|_| count > MANY)?;
    let of_each = match first.left.is_empty() {
        true => String::new(),
        false => format!("; what is said of image {} is so of each", first.name),
    };
    others.iter_mut().for_each(|image| image.left.clear());
    Some(format!(
        "{count} Dockerfiles, and nothing says which of them are released: each is an image here; take out the [[image]] of those that are not{of_each}"
    ))
}

/// The one tag that a release must have: a guess moves no other.
pub(super) fn only_version() -> Rules {
    Rules([(Table::Release, vec![DraftRule::plain("{version}")])].into())
}
