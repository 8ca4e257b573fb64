//! What files of `docker buildx bake` say of targets (docs.docker.com, "Bake file reference").

mod hcl;

use std::collections::BTreeMap;

use serde_json::Value;

use super::WorkflowFile;

/// A value as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Text(String),
    List(Vec<Written>),
    Table(Vec<(String, Written)>),
    Variable(String),
    Nothing,
    /// An expression.
    Unread(String),
}

/// Files that are read together: each says more than those before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bake {
    targets: BTreeMap<String, BTreeMap<String, Written>>,
    groups: BTreeMap<String, Vec<String>>,
    /// What variables are unless the environment says something else.
    pub(super) variables: BTreeMap<String, Written>,
}

/// Files that are read where none is named.
const USUAL: [&str; 4] =
    ["docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl"];
/// The target that docker/metadata-action says tags and labels of.
pub(super) const METADATA: &str = "docker-metadata-action";
/// How many targets one may stand on.
const MOST: usize = 100;

impl Bake {
    /// Reads the named files, or those that are usual. None where one is not there, or not read.
    pub(super) fn read(named: &[String], all: &[WorkflowFile]) -> Option<Bake> {
        let find = |path: &str| all.iter().find(|file| file.path == path);
        let files: Vec<&WorkflowFile> = match named {
            [] => USUAL.iter().filter_map(|path| find(path)).collect(),
            named => named.iter().map(|path| find(path)).collect::<Option<_>>()?,
        };
        let mut bake = Bake::default();
        for file in &files {
            match file.path.ends_with(".json") {
                true => bake.add_json(&serde_json::from_str(&file.text).ok()?),
                false => bake.add_hcl(&file.text)?,
            }
        }
        (!files.is_empty()).then_some(bake)
    }

    fn add_hcl(&mut self, text: &str) -> Option<()> {
        for block in hcl::parse(text)? {
            self.add(&block.kind, block.name, block.body);
        }
        Some(())
    }

    fn add_json(&mut self, root: &Value) {
        for (kind, named) in root.as_object().into_iter().flatten() {
            for (name, body) in named.as_object().into_iter().flatten() {
                let body = body.as_object().into_iter().flatten();
                let body = body.map(|(key, value)| (key.clone(), Written::of_json(value))).collect();
                self.add(kind, name.clone(), body);
            }
        }
    }

    fn add(&mut self, kind: &str, name: String, body: Vec<(String, Written)>) {
        match kind {
            "target" => self.targets.entry(name).or_default().extend(body),
            "group" => {
                let named = body.into_iter().find(|(key, _)| key == "targets").map(|(_, list)| list.texts());
                self.groups.insert(name, named.unwrap_or_default());
            }
            "variable" => {
                let default = body.into_iter().find(|(key, _)| key == "default").map(|(_, value)| value);
                self.variables.insert(name, default.unwrap_or(Written::Nothing));
            }
            _ => {}
        }
    }

    /// The targets that are meant by names of targets and groups.
    pub(super) fn expand(&self, names: &[String]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        let mut waiting: Vec<String> = names.iter().rev().cloned().collect();
        while let Some(name) = waiting.pop() {
            if seen.contains(&name) || seen.len() > MOST {
                continue;
            }
            match self.groups.get(&name) {
                Some(more) => waiting.extend(more.iter().rev().cloned()),
                None => found.push(name.clone()),
            }
            seen.push(name);
        }
        found
    }

    /// What a target has, with what it inherits, and the targets that it inherits from. None where there is no such target.
    pub(super) fn target(&self, name: &str) -> Option<(BTreeMap<String, Written>, Vec<String>)> {
        self.targets.get(name)?;
        let mut from = Vec::new();
        let mut all = BTreeMap::new();
        self.inherit(name, &mut all, &mut from);
        Some((all, from))
    }

    fn inherit(&self, name: &str, all: &mut BTreeMap<String, Written>, from: &mut Vec<String>) {
        if from.len() > MOST || from.iter().any(|known| known == name) {
            return;
        }
        from.push(name.to_owned());
        let Some(own) = self.targets.get(name) else { return };
        for other in own.get("inherits").map(Written::texts).unwrap_or_default() {
            self.inherit(&other, all, from);
        }
        for (key, value) in own {
            match (all.get_mut(key), value) {
                // Tables are joined, and everything else takes the place of what stood there.
                (Some(Written::Table(known)), Written::Table(more)) => {
                    known.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
                    known.extend(more.iter().cloned());
                }
                _ => {
                    all.insert(key.clone(), value.clone());
                }
            }
        }
    }
}

impl Written {
    fn of_json(value: &Value) -> Written {
        match value {
            Value::Null => Written::Nothing,
            Value::Bool(_) | Value::Number(_) => Written::Text(value.to_string()),
            Value::String(text) => Written::Text(text.clone()),
            Value::Array(list) => Written::List(list.iter().map(Written::of_json).collect()),
            Value::Object(table) => Written::Table(
                table.iter().map(|(key, value)| (key.clone(), Written::of_json(value))).collect(),
            ),
        }
    }

    /// The texts of a list, or the one that stands in its place.
    fn texts(&self) -> Vec<String> {
        match self {
            Written::Text(text) => vec![text.clone()],
            Written::List(list) => list.iter().flat_map(Written::texts).collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> WorkflowFile {
        WorkflowFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn targets_have_what_they_inherit() {
        let hcl = "target \"a\" { args = { A = \"1\", B = \"1\" }\n context = \"x\" }\ntarget \"b\" { inherits = [\"a\", \"b\"]\n args = { B = \"2\" } }\ngroup \"default\" { targets = [\"all\"] }\ngroup \"all\" { targets = [\"b\", \"all\", \"c\"] }\n";
        let json = "{ \"target\": { \"b\": { \"platforms\": [\"linux/amd64\"] } }, \"variable\": { \"V\": { \"default\": \"1\" } } }";
        let all = [file("docker-bake.hcl", hcl), file("ci/more.json", json)];
        let bake = Bake::read(&["docker-bake.hcl".to_owned(), "ci/more.json".to_owned()], &all).unwrap();
        assert_eq!(bake.expand(&["default".to_owned()]), ["b", "c"]);
        assert_eq!(bake.target("c"), None);
        let (target, from) = bake.target("b").unwrap();
        assert_eq!(from, ["b", "a"]);
        let text = |text: &str| Written::Text(text.to_owned());
        assert_eq!(
            target["args"],
            Written::Table(vec![("A".to_owned(), text("1")), ("B".to_owned(), text("2"))])
        );
        assert_eq!(
            (&target["context"], target["platforms"].texts()),
            (&text("x"), vec!["linux/amd64".to_owned()])
        );
        assert_eq!(bake.variables["V"], text("1"));
        assert_eq!(Bake::read(&["gone.hcl".to_owned()], &all), None);
        assert!(Bake::read(&[], &all).is_some());
        assert_eq!(Bake::read(&[], &all[1..]), None);
    }
}
