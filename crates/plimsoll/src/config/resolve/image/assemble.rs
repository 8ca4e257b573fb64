//! `[image.assemble]`: an image put together from a base and files.

use std::collections::BTreeMap;

use plimsoll_engine::domain::project::{Assemble, AssembledFile, Input};

use crate::config::file::written::{Node, Section, Spanned};
use crate::config::problems::{Problems, Told, every};
use crate::config::resolve::placeholders::{OF_PLATFORMS, resolve_template};
use crate::config::resolve::{content, invalid, unforeseen};

/// Resolves the table.
pub(super) fn resolve(section: &Section, problems: &mut Problems<'_>) -> Result<Assemble, Told> {
    let base = section.node("base").and_then(|base| content::resolve_base(base, problems));
    let files = resolve_files(section, problems);
    let entrypoint = resolve_words(section, "entrypoint", problems);
    let command = resolve_words(section, "command", problems);
    let env = resolve_env(section, problems);
    let user = resolve_user(section, problems);
    let working_directory = section
        .text("working-directory")
        .and_then(|path| path.map(|path| resolve_image_path(path, Input::Directory, problems)).transpose());
    let ports = resolve_ports(section, problems);
    Ok(Assemble {
        base: base?,
        files: files?,
        entrypoint: entrypoint?,
        command: command?,
        env: env?,
        user: user?,
        working_directory: working_directory?,
        ports: ports?,
    })
}

fn resolve_files(section: &Section, problems: &mut Problems<'_>) -> Result<Vec<AssembledFile>, Told> {
    let Some(list) = section.list("files")? else { return Ok(Vec::new()) };
    let files = every(list.value.iter().map(|file| resolve_file(file, problems)))?;
    let mut taken: BTreeMap<&str, ()> = BTreeMap::new();
    // What is in a directory is not known before it is built.
    let single = files.iter().filter(|file| file.value.input == Input::File);
    for Spanned { value: file, span } in single {
        let inside =
            |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
        if taken.contains_key(file.to.as_str()) {
            let message = format!("two files go to `{}`", file.to);
            return Err(problems.error(span, invalid(message)));
        }
        if let Some(other) = taken.keys().find(|other| inside(other, &file.to) || inside(&file.to, other)) {
            let (outer, inner) =
                if inside(other, &file.to) { (*other, file.to.as_str()) } else { (file.to.as_str(), *other) };
            let message = format!("`{outer}` is a file and can't hold `{inner}`");
            return Err(problems.error(span, invalid(message)));
        }
        taken.insert(&file.to, ());
    }
    Ok(files.into_iter().map(|file| file.value).collect())
}

fn resolve_file(
    file: &Result<Node, Told>,
    problems: &mut Problems<'_>,
) -> Result<Spanned<AssembledFile>, Told> {
    let node = file.as_ref().map_err(|told| *told)?;
    let section = node.section().ok_or_else(|| unforeseen(&node.span, problems))?;
    let from = section.text("from")?;
    let input = match from.as_ref().is_some_and(|from| from.value.ends_with('/')) {
        true => Input::Directory,
        false => Input::File,
    };
    let from = from.map(|from| resolve_template(from, OF_PLATFORMS, problems)).transpose();
    let to = section.text("to").and_then(|to| {
        to.map(|to| {
            let span = to.span.clone();
            resolve_image_path(to, input, problems).map(|value| Spanned { value, span })
        })
        .transpose()
    });
    let mode = resolve_mode(section, problems);
    let (Some(from), Some(to)) = (from?, to?) else {
        return Err(unforeseen(&node.span, problems));
    };
    Ok(Spanned { value: AssembledFile { input, from, to: to.value, mode: mode? }, span: to.span })
}

/// An absolute path in the image, without `.` and `..`; a `/` at its end only behind a directory, and not kept.
fn resolve_image_path(path: Spanned<&str>, of: Input, problems: &mut Problems<'_>) -> Result<String, Told> {
    let what = match of {
        Input::File => "a file",
        Input::Directory => "a directory",
    };
    let fault = if !path.value.starts_with('/') {
        Some("must be absolute")
    } else if path.value.contains(char::is_control) {
        Some("holds a control character")
    } else if path.value.split('/').any(|part| matches!(part, "." | "..")) {
        Some("may hold no `.` or `..`")
    } else if of == Input::File && path.value != "/" && path.value.ends_with('/') {
        Some("must name the thing itself, not the directory that it goes to")
    } else if path.value.contains("//") {
        Some("holds an empty part")
    } else if path.value == "/" && of == Input::File {
        Some("is a directory")
    } else {
        None
    };
    match fault {
        None => Ok(match path.value.trim_end_matches('/') {
            "" => "/".to_owned(),
            path => path.to_owned(),
        }),
        Some(fault) => {
            let message =
                format!("`{}` {fault}: it is the path of {what} in the image", path.value.escape_debug());
            Err(problems.error(&path.span, invalid(message)))
        }
    }
}

fn resolve_mode(section: &Section, problems: &mut Problems<'_>) -> Result<Option<u32>, Told> {
    let Some(text) = section.text("mode")? else { return Ok(None) };
    let digits = text.value.strip_prefix("0o").unwrap_or(text.value);
    let octal = matches!(digits.len(), 3..=5) && digits.bytes().all(|b| matches!(b, b'0'..=b'7'));
    match u32::from_str_radix(digits, 8).ok().filter(|mode| octal && *mode <= 0o7777) {
        Some(mode) => Ok(Some(mode)),
        None => {
            let message = format!("`{}` are no permissions", text.value);
            Err(problems.error(&text.span, invalid(message).help("write them in octal, such as `0755`")))
        }
    }
}

fn resolve_words(
    section: &Section,
    key: &str,
    problems: &mut Problems<'_>,
) -> Result<Option<Vec<String>>, Told> {
    let Some(list) = section.list(key)? else { return Ok(None) };
    let words = every(list.value.iter().map(|word| {
        let node = word.as_ref().map_err(|told| *told)?;
        match node.text() {
            Some(text) if text.value.contains('\0') => {
                Err(problems.error(&node.span, invalid("a word of a command can't hold a zero byte")))
            }
            Some(text) => Ok(text.value.to_owned()),
            None => Err(unforeseen(&node.span, problems)),
        }
    }));
    words.map(Some)
}

fn resolve_env(section: &Section, problems: &mut Problems<'_>) -> Result<BTreeMap<String, String>, Told> {
    let Some(table) = section.section("env")? else { return Ok(BTreeMap::new()) };
    let entries: Vec<Result<(String, String), Told>> = table
        .entries()
        .map(|(name, entry)| {
            if name.is_empty() || name.contains(['=', '\0']) {
                let message = format!("`{}` can't be the name of a variable", name.escape_debug());
                return Err(problems.error(&entry.key, invalid(message)));
            }
            let Some(text) = table.text(name)? else { return Ok((name.to_owned(), String::new())) };
            if text.value.contains('\0') {
                return Err(problems.error(&text.span, invalid("a variable can't hold a zero byte")));
            }
            Ok((name.to_owned(), text.value.to_owned()))
        })
        .collect();
    every(entries).map(BTreeMap::from_iter)
}

fn resolve_user(section: &Section, problems: &mut Problems<'_>) -> Result<Option<String>, Told> {
    let Some(user) = section.text("user")? else { return Ok(None) };
    let parts: Vec<&str> = user.value.split(':').collect();
    let legal =
        |part: &&str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    if parts.len() <= 2 && parts.iter().all(legal) {
        return Ok(Some(user.value.to_owned()));
    }
    let message = format!("`{}` is no user", user.value.escape_debug());
    Err(problems.error(&user.span, invalid(message).help("write `user`, `uid`, `user:group` or `uid:gid`")))
}

fn resolve_ports(section: &Section, problems: &mut Problems<'_>) -> Result<Vec<String>, Told> {
    let Some(list) = section.list("ports")? else { return Ok(Vec::new()) };
    every(list.value.iter().map(|port| {
        let node = port.as_ref().map_err(|told| *told)?;
        let text = node.text().map_or("", |text| text.value);
        let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let digits = number.bytes().all(|b| b.is_ascii_digit());
        match number.parse::<u16>() {
            Ok(number) if digits && number > 0 && matches!(protocol, "tcp" | "udp" | "sctp") => {
                Ok(format!("{number}/{protocol}"))
            }
            _ => {
                let message = format!("`{text}` is no port");
                Err(problems.error(&node.span, invalid(message).help("write `8080/tcp`")))
            }
        }
    }))
}
