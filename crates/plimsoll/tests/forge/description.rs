//! Everything that is said to GitHub, and everything that the tests' GitHub says, held against GitHub's own description of
//! its interface (OpenAPI, npm package `@octokit/openapi`).

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_testkit::github::{Exchange, GitHubFault};
use plimsoll_testkit::tools;
use serde_json::{Map, Value, json};

use crate::port::Port;

/// The description, with its schemas as JSON Schema has them.
struct Description {
    paths: Map<String, Value>,
    components: Value,
}

impl Description {
    fn read(file: &Path) -> Description {
        let text = std::fs::read(file).expect("the description can be read");
        let mut whole: Value = serde_json::from_slice(&text).expect("the description is JSON");
        let paths = whole["paths"].as_object().cloned().expect("it describes paths");
        let mut components = json!({ "schemas": whole["components"]["schemas"].take() });
        let others = ["parameters", "responses"].map(|name| (name, whole["components"][name].take()));
        translate(&mut components);
        for (name, part) in others {
            components[name] = part;
        }
        Description { paths, components }
    }

    /// The operation of an exchange, by the path with the fewest variables.
    fn operation(&self, exchange: &Exchange) -> Option<&Value> {
        let asked: Vec<&str> = exchange.path.split('/').collect();
        let variables = |template: &str| template.matches('{').count();
        let fits = |template: &str| {
            let parts: Vec<&str> = template.split('/').collect();
            parts.len() == asked.len()
                && parts.iter().zip(&asked).all(|(part, asked)| part.starts_with('{') || part == asked)
        };
        let found = self.paths.iter().filter(|(template, _)| fits(template));
        let (_, path) = found.min_by_key(|(template, _)| variables(template))?;
        path.get(exchange.method.to_lowercase())
    }

    /// What is wrong with an exchange.
    fn judge(&self, exchange: &Exchange) -> Vec<String> {
        let name = format!("{} {} {}", exchange.method, exchange.path, exchange.status);
        let Some(operation) = self.operation(exchange) else {
            return vec![format!("{name}: no such operation")];
        };
        let mut wrong = Vec::new();
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        if let (Some(sent), false) = (&exchange.sent, body.is_null()) {
            wrong.extend(self.validate(body, sent).into_iter().map(|why| format!("{name}: sent: {why}")));
            // What is described by name and not known there is a slip of the pen.
            let known = body["properties"].as_object();
            for key in sent.as_object().into_iter().flat_map(Map::keys) {
                if known.is_some_and(|known| !known.contains_key(key)) {
                    wrong.push(format!("{name}: sent: `{key}` is not described"));
                }
            }
        }
        let mut answer = &operation["responses"][exchange.status.to_string()];
        if let Some(reference) = answer["$ref"].as_str() {
            let part = reference.rsplit('/').next().unwrap_or_default();
            answer = &self.components["responses"][part];
        }
        // Refusals that every operation may give are described nowhere.
        if answer.is_null() && exchange.status < 400 {
            wrong.push(format!("{name}: no such answer"));
        }
        // A repository has a hundred things to say, of which the tests' GitHub says those that are asked for.
        if exchange.path.matches('/').count() == 3 {
            return wrong;
        }
        let schema = &answer["content"]["application/json"]["schema"];
        if let (Some(received), false) = (&exchange.received, schema.is_null()) {
            wrong.extend(
                self.validate(schema, received).into_iter().map(|why| format!("{name}: received: {why}")),
            );
        }
        wrong
    }

    fn validate(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut schema = schema.clone();
        translate(&mut schema);
        let whole = json!({ "allOf": [schema], "components": { "schemas": self.schemas_of(&schema) } });
        let validator = jsonschema::draft4::new(&whole).expect("the description is a schema");
        validator.iter_errors(value).map(|error| format!("{} at {}", error, error.instance_path())).collect()
    }
}

impl Description {
    /// The schemas that one names, and those that they name.
    fn schemas_of(&self, schema: &Value) -> Map<String, Value> {
        let (mut found, mut open) = (Map::new(), vec![schema]);
        while let Some(value) = open.pop() {
            match value {
                Value::Object(object) => {
                    let name = object.get("$ref").and_then(Value::as_str);
                    if let Some(name) = name.and_then(|name| name.strip_prefix("#/components/schemas/"))
                        && !found.contains_key(name)
                    {
                        let named = &self.components["schemas"][name];
                        found.insert(name.to_owned(), named.clone());
                        open.push(named);
                    }
                    open.extend(object.values());
                }
                Value::Array(list) => open.extend(list),
                _ => {}
            }
        }
        found
    }
}

/// OpenAPI 3.0 says `nullable`, JSON Schema says so with a type.
fn translate(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(translate);
            if object.remove("nullable") == Some(Value::Bool(true)) {
                let rest = std::mem::take(object);
                object.insert("anyOf".into(), json!([rest, { "type": "null" }]));
            }
        }
        Value::Array(list) => list.iter_mut().for_each(translate),
        _ => {}
    }
}

#[test]
fn what_is_said_to_github_and_what_it_says_is_as_github_describes_it() {
    let Some(tool) = tools::require("github-openapi") else { return };
    let description = Description::read(tool.path());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let more = "[[deployment]]\nenvironment = \"production\"\nurl = \"https://app.example\"";
    for case in 0..5 {
        let (port, key) = match case {
            4 => Port::attesting(),
            _ => (Port::with(more), String::new()),
        };
        port.github.point("v1.0.0", &port.repo.head());
        match case {
            0 | 4 => {}
            1 => port.github.fault("POST", "/assets", 0, 1, GitHubFault::UploadBreaks),
            2 => port.github.make_release("v1.0.0", "The first", false),
            _ => port.github.hide_digests(),
        }
        port.signing(&key, "release v1.0.0").expect_success();
        port.signing(&key, "verify v1.0.0").expect_success();
        for exchange in port.github.exchanges() {
            *seen.entry(format!("{} {}", exchange.method, exchange.status)).or_default() += 1;
            // A file that broke off is in a state that the description names in its prose alone.
            let starter = exchange.received.as_ref().is_some_and(|it| it.to_string().contains("\"starter\""));
            if !starter {
                // What is not known GitHub itself says as an empty text, whatever form is described.
                let told = |why: &String| !why.contains("received: \"\" is not a \"uri\"");
                wrong.extend(description.judge(&exchange).into_iter().filter(told));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for kind in ["POST 201", "PATCH 200", "GET 200", "GET 404", "DELETE 204"] {
        assert!(seen.contains_key(kind), "{kind} was not seen: {seen:?}");
    }
    // It can fail: a value of another type is seen.
    let port = Port::new();
    port.run("release v1.0.0").expect_success();
    let mut draft = port.github.exchanges().into_iter().find(|it| it.method == "POST").expect("a draft");
    draft.sent.as_mut().expect("it is JSON")["draft"] = json!("yes");
    assert_eq!(description.judge(&draft).len(), 1);
}
