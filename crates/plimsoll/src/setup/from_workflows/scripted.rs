//! The images that scripts build and push.

use super::expression::{Filled, Known};
use super::guarded::{Name, read_names};
use super::image::{DraftImage, Found, Place, apart, label};
use super::joined::Part;
use super::places::split_tag;
use super::retagged::Retag;
use super::spelled::{Spelled, in_expressions, read_tags, tell_retag};
use super::tag_words::{out_of_tag_words, with_ref_names};
use super::workflow::{Step, unread_pushes};
use super::{builder_inputs, pairs, runner, script};

/// Finds them in a step. What pushes and is not understood is told.
pub(super) fn find(place: Place<'_>, found: &mut Found) -> Vec<DraftImage> {
    let Place { job, step, known, triggers, .. } = place;
    let mut images = Vec::new();
    let script = script::read_in(&step.run, step.folder.as_deref().unwrap_or_default());
    let mut unread: Vec<String> = script.unread;
    for name in script.strange {
        match known.fill(&in_expressions(script::repository_of(&name))) {
            Filled::Known(repository) if !repository.contains(['$', '{']) => {
                found.strange.push(repository.to_lowercase());
            }
            Filled::Known(_) | Filled::Unknown { .. } => {}
        }
        unread.push(format!("push {name}"));
    }
    for built in &script.built {
        let mut image = DraftImage { apart: apart(job), ..DraftImage::default() };
        let with_tag = |name: &String| {
            let written = in_expressions(&with_ref_names(name));
            let (Filled::Known(filled) | Filled::Unknown { text: filled, .. }) =
                known.fill_with(&written, &|expression| known.in_words(expression));
            match split_tag(&written).is_some() || split_tag(&filled).is_some() {
                true => written,
                false => format!("{written}:latest"),
            }
        };
        let under = |name: &String| built.under.get(name).cloned().unwrap_or_default();
        let name = |name: &String| Name { line: with_tag(name), under: under(name) };
        let names: Vec<Name> = built.names.iter().map(name).collect();
        let Some(()) = read_names(&names, place, &mut image) else { continue };
        // What a file of its own pushes by hand is no release, nor is it known what it pushes under tags that are not known.
        let is_by_hand = !triggers.has_occasions() && triggers.release.is_none();
        if step.is_looked_into && (is_by_hand || image.rules.0.is_empty()) {
            found.strange.append(&mut image.repositories);
            unread.push(format!("push {}", built.names.join(" ")));
            continue;
        }
        if image.repositories.is_empty() {
            unread.push(format!("push {}", built.names.join(" ")));
            continue;
        }
        if !built.is_built {
            // Another job builds it, or another workflow did.
            let from = built.retag_of.as_ref().map(|from| known.fill(&plain(from)).into_text());
            image.retag = from.as_deref().and_then(Retag::of);
            image.left.extend(from.and_then(|from| tell_retag(place, &from)));
            image.joined_of = Part::each(&built.joined_of, place);
            images.push(image);
            continue;
        }
        let mut path = |what: &str, path: &Option<String>| {
            let path = path.as_ref()?;
            match known.fill(&plain(path)) {
                Filled::Known(path) if !path.contains(['$', '{']) => Some(path),
                Filled::Known(text) | Filled::Unknown { text, .. } => {
                    image.left.push(format!("{what}: {text}"));
                    None
                }
            }
        };
        let (dockerfile, context) = (path("file", &built.dockerfile), path("context", &built.context));
        image.target = path("target", &built.target);
        for platform in &built.platforms {
            match known.fill(&plain(platform)) {
                Filled::Known(platforms) => {
                    image.platforms.extend(platforms.split(',').map(|platform| platform.trim().to_owned()));
                }
                Filled::Unknown { text, .. } => image.left.push(format!("platforms: {text}")),
            }
        }
        if image.platforms.is_empty() {
            runner::add_platform(known, &mut image);
        }
        image.dockerfile = Some(dockerfile.unwrap_or_else(|| match context.as_deref() {
            None | Some(".") => "Dockerfile".to_owned(),
            Some(context) => format!("{context}/Dockerfile"),
        }));
        image.context = context;
        let arguments: Vec<String> = built.build_args.iter().map(|pair| plain(pair)).collect();
        pairs::read_build_args(&arguments.join("\n"), known, &mut image);
        for (flag, value) in &built.given {
            read_given(flag, &plain(value), known, &mut image);
        }
        image.left.extend(built.left.iter().map(|flag| format!("build flag: {flag}")));
        images.push(image);
    }
    unread.extend(unread_pushes(&step.run));
    for (from, to) in &script.copies {
        let mut image = DraftImage { apart: apart(job), ..DraftImage::default() };
        let lines = [with_latest(&in_expressions(&with_ref_names(to)))];
        read_tags(Spelled { triggers, lines: &lines }, known, &mut image);
        let from = known.fill(&plain(from)).into_text();
        let unread = format!("step `{}`: a script pushes images: push {to}", label(step));
        match Retag::of(&from).filter(|_| !image.repositories.is_empty()) {
            Some(retag) => {
                image.retag = Some(Retag { unread: Some(unread), ..retag });
                image.left.extend(tell_retag(place, &from));
                images.push(image);
            }
            None => {
                found.unread = true;
                found.left.push(unread);
            }
        }
    }
    if script.built.is_empty() && script.copies.is_empty() && unread.is_empty() {
        found.unread = true;
        found.left.push(format!("step `{}`: a script pushes images", label(step)));
    }
    found.unread |= !unread.is_empty();
    found.left.extend(
        unread.into_iter().map(|what| format!("step `{}`: a script pushes images: {what}", label(step))),
    );
    images
}

/// A name with the tag that it means.
fn with_latest(name: &str) -> String {
    match split_tag(name) {
        Some(_) => name.to_owned(),
        None => format!("{name}:latest"),
    }
}

/// What is no tag has no words of tags.
fn plain(text: &str) -> String {
    in_expressions(&out_of_tag_words(text))
}

/// Takes over what a command gives a build.
fn read_given(flag: &str, value: &str, known: &Known<'_>, image: &mut DraftImage) {
    match flag {
        "--secret" => builder_inputs::add_secret_flag(value, image),
        // A name alone is an image whose layers are used again.
        "--cache-from" | "--cache-to" if !value.contains('=') => {
            let registry = format!("type=registry,ref={value}");
            builder_inputs::add_cache(flag.trim_start_matches('-'), &registry, known, image);
        }
        "--cache-from" | "--cache-to" => {
            builder_inputs::add_cache(flag.trim_start_matches('-'), value, known, image);
        }
        _ => {
            let name = match flag {
                "--build-context" => "build-contexts",
                other => other.trim_start_matches('-'),
            };
            let with = [(name.to_owned(), value.to_owned())].into();
            builder_inputs::read(&Step { with, ..Step::default() }, known, image);
        }
    }
}
