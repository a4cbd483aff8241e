//! What a half-typed line of helm may go on with: commands, flags and their values, releases, charts.

use opsdrill_objects::Kind;

use crate::kubectl::command::{Row as _, descend, next_command_word};
use crate::kubectl::completion::{Lookup, spellings};
use crate::kubectl::flags::Flag;

use super::COMMANDS;
use super::command::Command;
use super::flags::GLOBAL;

/// Where the names of repositories can be seen.
const CACHE: &str = "~/.cache/helm/repository/";

/// How the file ends in it that names a repository's charts.
const CHARTS_FILE: &str = "-charts.txt";

/// The words of a command that are typed already.
struct Typed {
    command: Command,
    flags: Vec<Flag>,
    /// Words that are no flags.
    words: Vec<String>,
    /// The flag whose value comes next.
    open: Option<Flag>,
    namespace: String,
}

/// The words that may stand where `typed` does, `before` being those between `helm` and it.
pub fn complete(before: &[String], typed: &str, lookup: &dyn Lookup) -> Vec<String> {
    let mut found = match Typed::read(before, lookup) {
        Some(line) => line.candidates(typed, lookup),
        None if typed.starts_with('-') => flags(GLOBAL),
        None if before.is_empty() => names(COMMANDS),
        None => Vec::new(),
    };
    found.retain(|it| it.starts_with(typed));
    found.sort();
    found.dedup();
    found
}

fn names(commands: &[Command]) -> Vec<String> {
    commands.iter().filter(|it| it.simulated).map(|it| it.name.to_owned()).collect()
}

fn flags(all: &[Flag]) -> Vec<String> {
    all.iter().filter(|it| it.simulated).flat_map(spellings).collect()
}

impl Typed {
    fn read(before: &[String], lookup: &dyn Lookup) -> Option<Self> {
        let mut rest = before.to_vec();
        let at = next_command_word(&rest, GLOBAL)?;
        let word = rest.remove(at);
        let first = COMMANDS.iter().find(|it| it.answers_to(&word))?;
        let (_, command) = descend("helm", *first, &mut rest, GLOBAL.to_vec());
        let flags = command.all_flags();
        let namespace = lookup.config().namespace().to_owned();
        let mut line = Self { command, flags, words: Vec::new(), open: None, namespace };
        for word in &rest {
            line.take(word);
        }
        Some(line)
    }

    fn take(&mut self, word: &str) {
        if let Some(flag) = self.open.take() {
            self.give(flag, word);
            return;
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let flag = if let Some(long) = name.strip_prefix("--") {
            self.flags.iter().find(|it| it.name == long)
        } else if let Some(short) = name.strip_prefix('-') {
            let letter = short.chars().last();
            self.flags.iter().find(|it| it.short == letter)
        } else {
            return self.words.push(word.to_owned());
        };
        match (flag.copied(), value) {
            (Some(flag), Some(value)) => self.give(flag, value),
            (Some(flag), None) if flag.alone().is_none() => self.open = Some(flag),
            _ => {}
        }
    }

    fn give(&mut self, flag: Flag, value: &str) {
        if flag.name == "namespace" {
            value.clone_into(&mut self.namespace);
        }
    }

    fn candidates(&self, typed: &str, lookup: &dyn Lookup) -> Vec<String> {
        if let Some(flag) = self.open {
            return values(flag, typed, lookup);
        }
        if let Some((name, value)) = typed.strip_prefix("--").and_then(|it| it.split_once('=')) {
            let Some(flag) = self.flags.iter().find(|it| it.name == name) else {
                return Vec::new();
            };
            let values = values(*flag, value, lookup);
            return values.iter().map(|it| format!("--{name}={it}")).collect();
        }
        if typed.starts_with('-') {
            return flags(&self.flags);
        }
        if !self.command.children.is_empty() && self.words.is_empty() {
            return names(self.command.children);
        }
        let mut wanted = self.command.usage.split(' ').collect::<Vec<_>>();
        if wanted.len() > 1 && wanted.last() == Some(&"[...]") {
            wanted.pop();
        }
        let word = wanted.get(self.words.len()).or(wanted.last()).copied().unwrap_or_default();
        let word = word.to_lowercase();
        let mut found = Vec::new();
        if word.contains("release") {
            found.extend(self.releases(lookup));
        }
        if word.contains("repo") && !word.contains("chart") {
            found.extend(repositories(lookup));
        }
        if ["chart", "path", "dir"].iter().any(|it| word.contains(it)) {
            found.extend(lookup.paths(typed));
            found.extend(repositories(lookup).into_iter().map(|it| format!("{it}/")));
        }
        found.retain(|it| !self.words.contains(it));
        found
    }

    fn releases(&self, lookup: &dyn Lookup) -> Vec<String> {
        let secrets = lookup.list(Kind::Secret, &self.namespace);
        let name = |document: serde_json::Value| {
            let labels = document.pointer("/metadata/labels")?;
            let is_release = labels.get("owner")? == "helm";
            is_release.then(|| labels.get("name")?.as_str().map(str::to_owned)).flatten()
        };
        secrets.iter().filter_map(|it| name(it.to_value())).collect()
    }
}

fn repositories(lookup: &dyn Lookup) -> Vec<String> {
    let files = lookup.paths(CACHE);
    let names = files.iter().filter_map(|it| it.strip_prefix(CACHE)?.strip_suffix(CHARTS_FILE));
    names.filter(|it| !it.starts_with(super::repositories::MANAGED)).map(str::to_owned).collect()
}

/// The values that a flag may have.
fn values(flag: Flag, typed: &str, lookup: &dyn Lookup) -> Vec<String> {
    let texts = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
    match flag.name {
        "namespace" => {
            let all = lookup.list(Kind::Namespace, "");
            all.iter().map(|it| it.meta.name.to_string()).collect()
        }
        "kube-context" => lookup.config().contexts.iter().map(|it| it.name.clone()).collect(),
        "output" => texts(&["json", "table", "yaml"]),
        "dry-run" => texts(&["client", "none", "server"]),
        "values" | "destination" | "untardir" | "output-dir" | "merge" => lookup.paths(typed),
        _ => Vec::new(),
    }
}
