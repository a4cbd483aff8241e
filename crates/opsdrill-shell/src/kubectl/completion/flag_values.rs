//! The values that a flag may have.

use opsdrill_objects::Kind;

use crate::kubectl::flags::Flag;

use super::objects::Wanted;
use super::typed::Typed;
use super::{Lookup, Takes};

/// Where a flag's values come from.
#[derive(Clone, Copy)]
enum Values {
    These(&'static [&'static str]),
    Contexts,
    Containers,
    Labels,
    Names(Kind),
    Objects,
    Paths,
}

/// The flags whose values are known: of which verb (of any if it is empty), which flag, and the values.
const VALUES: &[(&str, &str, Values)] = &[
    ("", "namespace", Values::Names(Kind::Namespace)),
    ("", "context", Values::Contexts),
    ("", "container", Values::Containers),
    ("", "filename", Values::Paths),
    ("", "from-file", Values::Paths),
    ("", "from-env-file", Values::Paths),
    ("", "patch-file", Values::Paths),
    ("", "cert", Values::Paths),
    ("", "key", Values::Paths),
    ("", "dry-run", Values::These(&["client", "none", "server"])),
    ("", "cascade", Values::These(&["background", "foreground", "orphan"])),
    ("", "validate", Values::These(&["ignore", "strict", "warn"])),
    ("expose", "selector", Values::These(&[])),
    ("", "selector", Values::Labels),
    ("delete", "output", Values::These(&["name"])),
    ("version", "output", Values::These(&["json", "yaml"])),
    ("api-resources", "output", Values::These(&["name", "wide"])),
    (
        "",
        "output",
        Values::These(&["custom-columns=", "json", "jsonpath=", "name", "wide", "yaml"]),
    ),
    (
        "wait",
        "for",
        Values::These(&["condition=Available", "condition=Ready", "delete", "jsonpath="]),
    ),
    ("events", "for", Values::Objects),
    ("events", "types", Values::These(&["Normal", "Warning"])),
    ("patch", "type", Values::These(&["json", "merge", "strategic"])),
    ("expose", "type", Values::These(&["ClusterIP", "LoadBalancer", "NodePort"])),
    ("get", "sort-by", Values::These(&[".metadata.creationTimestamp", ".metadata.name"])),
    ("node", "sort-by", Values::These(&["cpu", "memory"])),
    ("pod", "sort-by", Values::These(&["cpu", "memory"])),
    ("run", "restart", Values::These(&["Always", "Never", "OnFailure"])),
    ("run", "image-pull-policy", Values::These(&["Always", "IfNotPresent", "Never"])),
];

/// The candidates for the value of a flag.
pub(super) fn of(flag: Flag, line: &Typed, typed: &str, lookup: &dyn Lookup) -> Vec<String> {
    let verb = line.command.map_or("", |it| it.name);
    let row = VALUES
        .iter()
        .find(|(of_verb, name, _)| *name == flag.name && (of_verb.is_empty() || *of_verb == verb));
    let Some((_, _, values)) = row else { return Vec::new() };
    let namespace = line.namespace(lookup.config());
    let wanted = Wanted { words: &line.words, typed, namespace: &namespace, lookup };
    match *values {
        Values::These(texts) => texts.iter().map(|it| (*it).to_owned()).collect(),
        Values::Contexts => Wanted { words: &[], ..wanted }.of(Takes::Context),
        Values::Containers => wanted.containers(),
        Values::Labels => wanted.labels(),
        Values::Names(kind) => Wanted { words: &[], ..wanted }.of(Takes::Names(kind)),
        Values::Objects => Wanted { words: &[], ..wanted }.of(Takes::Objects(&[])),
        Values::Paths => lookup.paths(typed),
    }
}
