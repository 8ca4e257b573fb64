//! Where images go of which no workflow says it in so many words.
//!
//! A guess is never live where a workflow pushes somewhere: a release to the wrong place is public, and whoever pulls from the
//! right one gets none. It stands as a comment, and `check` asks for `repository` (docs/design/init.md). Who says
//! `--registry` has said it.

use super::families::{self, Family};
use super::{Home, naming, simple};
use crate::setup::from_workflows::{Carried, DraftImage, Guess, Pushed, as_written, is_open, known_parts};

/// Gives names with expressions in them the place that they are likely to be, marked as a guess.
pub(super) fn settle(images: &mut [DraftImage], home: &Home) {
    for image in images {
        if image.name.is_empty() {
            image.name.clone_from(&home.name);
        }
        if image.name.contains(|sign: char| !(sign.is_ascii_alphanumeric() || "._-".contains(sign))) {
            image.name = simple(&image.name);
        }
        let (open, known): (Vec<String>, Vec<String>) =
            image.repositories.drain(..).partition(|name| is_open(name));
        image.repositories = known;
        for written in open {
            let likely = guess(&written, home);
            let written = as_written(&written);
            if image.repositories.is_empty() {
                image.repositories.push(likely);
                mark(image, Some(written), home);
            } else if image.guess.is_none() {
                image.left.push(format!(
                    "it goes to {written}, too, and only the forge knows where that is: {likely}? Add it to `mirrors`"
                ));
            } else {
                image.left.push(format!("it goes to {written}, too: add it to `mirrors`"));
            }
        }
    }
}

/// Says that the first repository of an image is a guess.
pub(super) fn mark(image: &mut DraftImage, written: Option<String>, home: &Home) {
    let likely = image.repositories.first().cloned().unwrap_or_default();
    let instead = match &written {
        Some(written) => format!("only the forge knows where {written} is"),
        None => "no workflow says it in words that are understood".to_owned(),
    };
    if home.is_registry_said {
        image.left.push(format!("where it goes: {instead}: {likely}, as `--registry` has it"));
        return;
    }
    image.left.push(format!(
        "where it goes: {instead}: {likely} is a guess, and a comment: write `repository`, or begin anew with `--registry`"
    ));
    image.guess = Some(Guess { written });
}

/// What a name is likely to be.
fn guess(written: &str, home: &Home) -> String {
    let registry = home.registry.as_deref().unwrap_or("registry.example");
    let parts = known_parts(written);
    let owner = home.repository.as_deref().and_then(|path| path.split('/').next()).unwrap_or("owner");
    let owner = owner.to_lowercase();
    let names_somebody = |text: &str| {
        let text = text.to_lowercase();
        ["user", "owner", "org", "namespace", "account"].iter().any(|word| text.contains(word))
    };
    let begin = written.split("}}").next().unwrap_or_default();
    let last = parts.len().saturating_sub(1);
    let word = |at: usize, part: &Option<&str>| match part {
        Some(part) => (*part).to_owned(),
        None if at == last => home.name.clone(),
        None => owner.clone(),
    };
    let rest = |from: usize| -> String {
        let words = parts.iter().enumerate().skip(from).map(|(at, part)| word(at, part));
        words.collect::<Vec<_>>().join("/")
    };
    match parts.first() {
        Some(Some(_)) => rest(0),
        _ if home.is_registry_said => {
            format!("{registry}/{}", rest(last))
        }
        // The name of somebody, and nothing before it, is one on Docker Hub.
        _ if names_somebody(begin) => format!("docker.io/{}", rest(0)),
        // A registry of a cloud is named after an account.
        _ if begin.to_lowercase().contains("ecr") => format!("registry.example/{}", rest(1)),
        _ if parts.len() > 2 => {
            let host = registry.split('/').next().unwrap_or(registry);
            format!("{host}/{}", rest(1))
        }
        _ => format!("{registry}/{}", rest(1)),
    }
}

/// Settles images of which a workflow does not say where they go. One that is built as another image is, is that one; any other goes
/// where the project is at home.
pub(super) fn settle_homeless(carried: &mut Carried, family: Family<'_>, home: &Home) {
    let homeless = std::mem::take(&mut carried.homeless);
    if carried.images.is_empty() {
        carried.images = find(homeless, home);
        return;
    }
    let mut others = Vec::new();
    for image in families::split(homeless, family).own {
        match carried.images.iter_mut().find(|known| is_built_as(known, &image)) {
            Some(known) => take_push(known, image),
            None => others.push(image),
        }
    }
    carried.images.extend(find(others, home));
}

/// Whether two images are the same stage of one Dockerfile.
fn is_built_as(one: &DraftImage, other: &DraftImage) -> bool {
    let of = |image: &DraftImage| {
        let context = image.context.clone().filter(|context| context != ".");
        (image.dockerfile.clone(), context, image.target.clone())
    };
    one.dockerfile.is_some() && of(one) == of(other)
}

/// A push of which is not read where it goes. Where it is for releases, and nothing else of the image is, it says how a release builds
/// it.
fn take_push(known: &mut DraftImage, mut push: DraftImage) {
    let is_of_releases = |image: &DraftImage| image.pushed.contains(&Pushed::Releases);
    if !is_of_releases(&push) || is_of_releases(known) {
        let what = "it is pushed once more, under names that are not read: compare what stands here";
        known.left.push(what.to_owned());
        known.left.extend(push.left.into_iter().filter(|what| what.starts_with("tag: ")));
        return;
    }
    let what = "a release pushes it under names that are not read: it is built as it is there; that it goes to the same place is a guess";
    push.left.push(what.to_owned());
    push.name.clone_from(&known.name);
    push.apart.clone_from(&known.apart);
    push.guess = known.guess.take();
    push.merge(std::mem::take(known));
    *known = push;
}

/// Images of which a workflow does not say where they go: they go where the project is at home.
fn find(homeless: Vec<DraftImage>, home: &Home) -> Vec<DraftImage> {
    let mut found: Vec<DraftImage> = Vec::new();
    let registry = home.registry.as_deref().unwrap_or("registry.example");
    for image in homeless {
        if let Some(known) = found.iter_mut().find(|known| is_built_as(known, &image)) {
            known.merge(image);
            continue;
        }
        found.push(image);
    }
    let paths = found.iter().map(|image| image.dockerfile.clone().unwrap_or_else(|| "Dockerfile".to_owned()));
    let names = naming::names(&paths.collect::<Vec<_>>(), &home.name);
    for (image, name) in found.iter_mut().zip(names) {
        let own = if name == home.name { name.clone() } else { format!("{}-{name}", home.name) };
        image.name = name;
        image.repositories = vec![format!("{registry}/{own}")];
        mark(image, None, home);
    }
    found
}

/// What stands before a `repository` that is a guess.
const COMMENTED: &str = "# repository = \"";
/// What stands behind it.
pub(super) const MARK: &str = "  # a guess";

/// A draft as it would be if its guesses were right, line by line: what else is wrong with it is found by that.
pub(crate) fn as_if_right(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix("# ") {
        Some(live) if line.starts_with(COMMENTED) && line.contains(MARK) => format!("{live}\n"),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_a_name_stays_in_the_guess() {
        let home = Home {
            name: "app".into(),
            repository: Some("Acme/app".into()),
            registry: Some("ghcr.io/acme".into()),
            ..Home::default()
        };
        for (written, want) in [
            ("${{ vars.REGISTRY }}/web", "ghcr.io/acme/web"),
            ("${{ steps.login-ecr.outputs.registry }}/web", "registry.example/web"),
            ("${{ secrets.DOCKERHUB_USERNAME }}/web", "docker.io/acme/web"),
            ("docker.io/${{ secrets.HUB }}/web", "docker.io/acme/web"),
            ("${{ vars.REGISTRY }}/team/web", "ghcr.io/team/web"),
            ("ghcr.io/acme/${{ vars.NAME }}", "ghcr.io/acme/app"),
            ("quay.io/acme/web-${{ vars.KIND }}", "quay.io/acme/app"),
        ] {
            assert_eq!(guess(written, &home), want, "{written}");
        }
        let said = Home { is_registry_said: true, ..home };
        assert_eq!(guess("${{ secrets.DOCKERHUB_USERNAME }}/web", &said), "ghcr.io/acme/web");
    }
}
