//! `kubectl set env`: environment variables of containers.

use std::collections::BTreeMap;

use opsdrill_objects::Kind;
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::{Query, Want};
use crate::kubectl::shared_flags::{FILES, PRINTING};

use super::pod_templates::{self, Named, Naming, containers, fits, name_of};
use super::resolving;
use super::{CONTAINERS, NO_OBJECTS, SHARED, TEMPLATED, names_nothing};
use crate::kubectl::pairs::Words;

const NAMING: Naming = Naming {
    failure: "env update to pod template",
    separator: ":",
    says_unchanged: false,
    done: "env updated",
};

/// `kubectl set env`.
pub(super) struct Env;

impl Verb for Env {
    const NAME: &'static str = "env";
    const USAGE: &'static str = "TYPE/NAME KEY=VALUE … KEY- …";
    const SUMMARY: &'static str = "Update environment variables of a pod template";
    const TAKES: Takes = Takes::Objects(TEMPLATED);
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[
            CONTAINERS,
            Flag::text("from").about("configmap/NAME or secret/NAME whose keys become variables."),
            Flag::list("keys").about("Only these keys of --from."),
            Flag::text("prefix").about("Put before each name of --from."),
            Flag::switch("list").about("Print the variables."),
            Flag::switch("overwrite").default("true").about("Change variables that exist."),
            Flag::array("env").short('e').about("KEY=VALUE."),
            Flag::switch("resolve").about("With --list, print what references stand for."),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let mut all = arguments.positional.clone();
        all.extend(arguments.list("env"));
        if let Some(at) = all.iter().position(|it| it == "-") {
            // Variables come from standard input, one a line.
            let text = String::from_utf8_lossy(context.stdin.unwrap_or_default()).into_owned();
            let lines = text.lines().filter(|it| it.contains('=')).map(str::to_owned);
            all.splice(at..=at, lines);
        }
        let words = Words::split(&all, "environment")?;
        if let Some((name, _)) = words.pairs.iter().find(|(name, _)| !is_variable_name(name)) {
            return Err(ToolError::plain(format!(
                "{name:?} is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')"
            )));
        }
        if names_nothing(&words.objects, arguments) {
            return Err(ToolError::plain(NO_OBJECTS));
        }
        let mut variables = variables_from(context, arguments)?;
        variables.extend(
            words.pairs.iter().map(|(name, value)| json!({ "name": name, "value": value })),
        );
        let lists = arguments.switch("list");
        if variables.is_empty() && words.removals.is_empty() && !lists {
            return Ok(0);
        }
        let pattern = arguments.text("containers");
        let change =
            |context: &mut Context, object: &Named, spec: &mut Value, errors: &mut Vec<_>| {
                let chosen: Vec<&mut Value> =
                    containers(spec).into_iter().filter(|it| fits(pattern, name_of(it))).collect();
                if chosen.is_empty() {
                    let (info, name) = (object.kind.info(), &object.name);
                    context.err(&format!(
                        "Warning: {}/{name} does not have any containers matching {pattern:?}\n",
                        info.name
                    ));
                    return false;
                }
                let mut text = String::new();
                for container in chosen {
                    for variable in &variables {
                        if let Err(why) = set(container, variable, arguments.switch("overwrite")) {
                            let (plural, name) = (object.kind.info().plural, &object.name);
                            errors.push(ToolError::plain(format!("error: {plural}/{name} {why}")));
                            return false;
                        }
                    }
                    if let Some(list) = container.get_mut("env").and_then(Value::as_array_mut) {
                        list.retain(|it| !words.removals.iter().any(|name| name == name_of(it)));
                    }
                    if lists {
                        let resolves = arguments.switch("resolve");
                        text.push_str(&listing(context, object, container, resolves));
                    }
                }
                if lists {
                    context.out(&text);
                }
                !lists
            };
        pod_templates::change_each(context, arguments, words.objects.clone(), NAMING, change)
    }
}

/// Sets a variable of a container, after those that it has.
fn set(container: &mut Value, variable: &Value, overwrite: bool) -> Result<(), String> {
    if !container["env"].is_array() {
        container["env"] = json!([]);
    }
    let Some(list) = container["env"].as_array_mut() else { return Ok(()) };
    let name = name_of(variable);
    match list.iter_mut().find(|it| name_of(it) == name) {
        Some(old) if !overwrite => {
            let value = old.get("value").and_then(Value::as_str).unwrap_or_default();
            return Err(format!(
                "'{name}' already has a value ({value}), and --overwrite is false"
            ));
        }
        Some(old) => *old = variable.clone(),
        None => list.push(variable.clone()),
    }
    Ok(())
}

/// The variables of a container as `--list` shows them; with `--resolve`, what they hold that refer to something else.
fn listing(context: &mut Context, object: &Named, container: &Value, resolves: bool) -> String {
    let kind = object.kind.info().name;
    let mut text = format!("# {kind} {}, container {}\n", object.name, name_of(container));
    let mut failed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for variable in container.get("env").and_then(Value::as_array).into_iter().flatten() {
        let name = name_of(variable);
        let Some(source) = variable.get("valueFrom") else {
            let value = variable.get("value").and_then(Value::as_str).unwrap_or_default();
            text.push_str(&format!("{name}={value}\n"));
            continue;
        };
        let told =
            resolves.then(|| resolving::value_of(context, &object.metadata, container, source));
        match told {
            Some(Ok(value)) => text.push_str(&format!("{name}={value}\n")),
            told => {
                text.push_str(&format!("# {name} from {}\n", source_text(source)));
                if let Some(Err(why)) = told {
                    failed.entry(why).or_default().push(name.to_owned());
                }
            }
        }
    }
    context.err(&resolving::complaints(&failed));
    text
}

/// Where a variable's value comes from.
fn source_text(source: &Value) -> String {
    let text = |pointer: &str| source.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if source.get("configMapKeyRef").is_some() {
        let (name, key) = (text("/configMapKeyRef/name"), text("/configMapKeyRef/key"));
        format!("configmap {name}, key {key}")
    } else if source.get("secretKeyRef").is_some() {
        let (name, key) = (text("/secretKeyRef/name"), text("/secretKeyRef/key"));
        format!("secret {name}, key {key}")
    } else if source.get("fieldRef").is_some() {
        format!("field path {}", text("/fieldRef/fieldPath"))
    } else if source.get("resourceFieldRef").is_some() {
        let container = text("/resourceFieldRef/containerName");
        let slash = if container.is_empty() { "" } else { "/" };
        format!("resource field {container}{slash}{}", text("/resourceFieldRef/resource"))
    } else {
        "invalid valueFrom".to_owned()
    }
}

/// The variables that `--from` asks for, in order of the keys.
fn variables_from(context: &mut Context, arguments: &Arguments) -> Result<Vec<Value>, ToolError> {
    let from = arguments.text("from");
    if from.is_empty() {
        return Ok(Vec::new());
    }
    let query = Query { words: vec![from.to_owned()], ..Query::default() };
    let wants = query.resolve(context)?;
    let mut variables = Vec::new();
    for want in &wants.list {
        let Want::One { kind, namespace, name } = want else { continue };
        let object = context.get(*kind, name, namespace)?;
        let keys: Vec<String> = match (object.config_map(), object.secret()) {
            (Some(map), _) => map.data.iter().flatten().map(|(key, _)| key.clone()).collect(),
            (_, Some(secret)) => secret.data.iter().flatten().map(|(key, _)| key.clone()).collect(),
            _ => {
                return Err(ToolError::plain(format!(
                    "unsupported resource specified in --from: {}",
                    kind.info().name
                )));
            }
        };
        let reference = if *kind == Kind::ConfigMap { "configMapKeyRef" } else { "secretKeyRef" };
        let wanted = arguments.list("keys");
        let keys = keys.iter().filter(|it| wanted.is_empty() || wanted.contains(it));
        let prefix = arguments.text("prefix");
        let keys: Vec<&String> = keys.collect();
        for key in &keys {
            let fitted = variable_name(key);
            if **key != fitted {
                context.err(&format!("Warning: key {key} transferred to {fitted}\n"));
            }
        }
        variables.extend(keys.into_iter().map(|key| {
            json!({
                "name": format!("{prefix}{}", variable_name(key)),
                "valueFrom": { reference: { "name": name, "key": key } },
            })
        }));
    }
    Ok(variables)
}

/// Whether the server would take a text for a variable's name.
fn is_variable_name(name: &str) -> bool {
    let fits = |it: char| it.is_ascii_alphanumeric() || "-._".contains(it);
    name.chars().all(fits) && !name.starts_with(|it: char| it.is_ascii_digit()) && !name.is_empty()
}

/// A key as a variable's name: in capitals, and `_` for what no name may have.
fn variable_name(key: &str) -> String {
    let fit = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_uppercase() } else { '_' };
    key.chars().map(fit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_becomes_a_name_of_capitals() {
        assert_eq!(variable_name("app.log-level"), "APP_LOG_LEVEL");
    }

    #[test]
    fn sources_are_named_as_kubectl_names_them() {
        let source = json!({ "secretKeyRef": { "name": "web-secret", "key": "password" } });
        assert_eq!(source_text(&source), "secret web-secret, key password");
        let source = json!({ "fieldRef": { "fieldPath": "spec.nodeName" } });
        assert_eq!(source_text(&source), "field path spec.nodeName");
    }
}
