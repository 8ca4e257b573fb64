//! A key that means nothing, and the one that was probably meant.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

use crate::config::file::keys::ROOT;
use crate::config::file::nearest;
use crate::config::file::shape::{Key, Shape, Standing, Table, quoted};

/// Explains that a table has no such key.
pub(super) fn explain(name: &str, table: &'static Table) -> Diagnostic {
    let message = match std::ptr::eq(table, &ROOT) {
        true => format!("unknown key `{name}`"),
        false => format!("unknown key `{name}` in {}", table.title),
    };
    let diagnostic = Diagnostic::error(Code::UnknownKey, Cure::FixThenRunAgain, message);
    if let Some(meant) = find_meant(name, table) {
        return diagnostic.help(format!("did you mean `{meant}`?"));
    }
    let elsewhere = find_tables(name);
    if !elsewhere.is_empty() {
        return diagnostic.help(format!("`{name}` is a key of {}", elsewhere.join(", ")));
    }
    diagnostic.help(format!("it may have {}", list_keys(table)))
}

fn find_meant(name: &str, table: &Table) -> Option<String> {
    if let Some(key) = table.keys.iter().find(|key| key.aliases.contains(&name)) {
        return Some(key.name.into());
    }
    if let Some(open) = &table.open {
        let meant = nearest(name, [open.prefix.trim_end_matches(':')]);
        if name == "main" || name == "master" || meant.is_some() {
            return Some(format!("{}{}", open.prefix, open.placeholder));
        }
    }
    nearest(name, table.keys.iter().filter(is_read).map(|key| key.name)).map(Into::into)
}

/// Whether a key does anything; the others are refused, so nobody is sent to them.
fn is_read(key: &&Key) -> bool {
    matches!(key.standing, Standing::Optional | Standing::Required)
}

fn list_keys(table: &Table) -> String {
    let open = table.open.as_ref().map(|open| format!("{}{}", open.prefix, open.placeholder));
    quoted(table.keys.iter().filter(is_read).map(|key| key.name).chain(open.as_deref()))
}

/// The tables that have a key of that name.
fn find_tables(name: &str) -> Vec<&'static str> {
    let mut tables: Vec<&'static Table> = vec![&ROOT];
    let mut next = 0;
    while let Some(table) = tables.get(next).copied() {
        next += 1;
        let shapes = table.keys.iter().map(|key| key.shape).chain(table.open.as_ref().map(|open| open.shape));
        for inner in shapes.flat_map(tables_in) {
            if !tables.iter().any(|known| std::ptr::eq(*known, inner)) {
                tables.push(inner);
            }
        }
    }
    tables.iter().filter(|table| table.find(name).is_some()).map(|table| table.title).collect()
}

fn tables_in(shape: Shape) -> Vec<&'static Table> {
    match shape {
        Shape::Table(table) => vec![table],
        Shape::List(inner) => tables_in(*inner),
        Shape::Either(shapes) => shapes.iter().flat_map(|shape| tables_in(*shape)).collect(),
        Shape::Text | Shape::Secret | Shape::Switch | Shape::Word(_) | Shape::Anything => Vec::new(),
    }
}
