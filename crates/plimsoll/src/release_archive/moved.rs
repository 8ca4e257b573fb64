//! Where a release lies that was taken elsewhere.

use plimsoll_oci::name::ImageRepository;

/// Where the repository `of` is now, if the record of its release lies in `place` and `names` are all of the release's
/// repositories. Whoever takes a release elsewhere puts its repositories below another registry or path, each with its
/// own path; a single one may be called anything. `None` if it is where its name says, or nothing tells.
pub(super) fn find_moved(
    of: &ImageRepository,
    names: &[&ImageRepository],
    place: &ImageRepository,
) -> Option<ImageRepository> {
    if names.contains(&place) {
        return None;
    }
    // Of two that fit, the longer path says more.
    let below = |name: &&ImageRepository| find_folder(place.path(), name.path());
    let folder = names.iter().filter_map(|name| Some((name.path().len(), below(name)?))).max();
    match folder {
        Some((_, folder)) => {
            ImageRepository::new(place.registry().clone(), &format!("{folder}{}", of.path())).ok()
        }
        None => names.iter().all(|name| *name == of).then(|| place.clone()),
    }
}

/// What stands before `end` in a path, with the last `/`.
fn find_folder<'a>(path: &'a str, end: &str) -> Option<&'a str> {
    let folder = path.strip_suffix(end)?;
    (folder.is_empty() || folder.ends_with('/')).then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(of: &str, names: &[&str], place: &str) -> Option<String> {
        let parse = |name: &str| name.parse::<ImageRepository>().unwrap();
        let parsed: Vec<_> = names.iter().map(|name| parse(name)).collect();
        let names: Vec<_> = parsed.iter().collect();
        find_moved(&parse(of), &names, &parse(place)).map(|found| found.to_string())
    }

    #[test]
    fn repositories_move_together() {
        let (app, chart) = ("ghcr.io/acme/app", "ghcr.io/acme/charts/app");
        for (of, names, place, want) in [
            (app, &[app, chart][..], "r.internal/mirror/acme/app", Some("r.internal/mirror/acme/app")),
            (chart, &[app, chart], "r.internal/mirror/acme/app", Some("r.internal/mirror/acme/charts/app")),
            (chart, &[app, chart], "r.internal/acme/app", Some("r.internal/acme/charts/app")),
            (app, &[app, chart], "r.internal/x/acme/charts/app", Some("r.internal/x/acme/app")),
            // A name of its own.
            (app, &[app, app], "r.internal/other", Some("r.internal/other")),
            (app, &[app, chart], "r.internal/other", None),
            (app, &[app, chart], "r.internal/myacme/app", None),
            // Where it was.
            (app, &[app, chart], chart, None),
        ] {
            assert_eq!(find(of, names, place).as_deref(), want, "{of} of {names:?} at {place}");
        }
    }
}
