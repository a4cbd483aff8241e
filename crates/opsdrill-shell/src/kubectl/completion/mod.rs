//! What a half-typed line of kubectl may go on with: verbs, kinds, names, flags and their values.
//!
//! Everything comes from the tables of verbs and flags and from [`Lookup`], which only reads: asking for
//! completions leaves no trace in the cluster's audit and lets no time pass.

mod answer;
mod flag_values;
mod objects;
mod typed;

use std::sync::Arc;

use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::{Kind, Object};

use super::command::Command;
use super::flags::Flag;
use super::kubeconfig::Kubeconfig;
use super::verbs::VERBS;

pub(in crate::kubectl) use answer::answer;
use objects::Wanted;
use typed::Typed;

/// What may be known of the cluster and of the machine while a line is typed.
pub trait Lookup {
    /// The objects of a kind in a namespace (everywhere if it is empty), in order of their names.
    fn list(&self, kind: Kind, namespace: &str) -> Vec<Arc<Object>>;

    /// The kinds that the server has now.
    fn kinds(&self) -> Arc<Kinds> {
        Arc::default()
    }

    /// The paths that a path may go on with; those of directories end with `/`.
    fn paths(&self, typed: &str) -> Vec<String>;

    /// The client's settings.
    fn config(&self) -> &Kubeconfig;
}

/// What the words of a verb that are no flags mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing that is known.
    Nothing,
    /// `TYPE NAME…` or `TYPE/NAME…` of these kinds, or of all if there are none here.
    Objects(&'static [Kind]),
    /// The same, then `CONTAINER=` for each container.
    ObjectsThenContainers(&'static [Kind]),
    /// Names of one kind.
    Names(Kind),
    /// A pod or `TYPE/NAME` of something that has pods, then a container.
    PodThenContainer,
    /// A context of the kubeconfig.
    Context,
}

/// The words that may stand where `typed` does, `before` being those between `kubectl` and it. A candidate that
/// ends with `/`, `=` or `,` is not the whole word yet.
pub fn complete(before: &[String], typed: &str, lookup: &dyn Lookup) -> Vec<String> {
    let line = Typed::read(before);
    let mut found = candidates(&line, typed, lookup);
    found.retain(|it| it.starts_with(typed));
    // Types come group by group, everything else by its letters.
    if !types_come_next(&line, typed) {
        found.sort();
    }
    found.dedup();
    found
}

fn candidates(line: &Typed, typed: &str, lookup: &dyn Lookup) -> Vec<String> {
    if line.after_dash {
        return Vec::new();
    }
    if let Some(flag) = line.open_flag {
        return flag_values::of(flag, line, typed, lookup);
    }
    if let Some((name, value)) = typed.strip_prefix("--").and_then(|it| it.split_once('=')) {
        let Some(flag) = line.flag(name) else { return Vec::new() };
        let values = flag_values::of(flag, line, value, lookup);
        return values.iter().map(|it| format!("--{name}={it}")).collect();
    }
    if typed.starts_with('-') {
        return line.flags().filter(|it| it.simulated).flat_map(|it| spellings(&it)).collect();
    }
    let Some(command) = line.command else { return simulated(VERBS).collect() };
    let mut found: Vec<String> = Vec::new();
    if line.words.is_empty() {
        found.extend(simulated(command.children));
    }
    let namespace = line.namespace(lookup.config());
    let wanted = Wanted { words: &line.words, typed, namespace: &namespace, lookup };
    found.extend(wanted.of(command.takes));
    found
}

/// Whether the word being typed names any type.
fn types_come_next(line: &Typed, typed: &str) -> bool {
    let takes = line.command.map(|it| it.takes);
    takes == Some(Takes::Objects(&[]))
        && line.words.is_empty()
        && line.open_flag.is_none()
        && !line.after_dash
        && !typed.starts_with('-')
        && !typed.contains('/')
}

fn simulated(commands: &'static [Command]) -> impl Iterator<Item = String> {
    commands.iter().filter(|it| it.simulated).map(|it| it.name.to_owned())
}

/// How a flag may be written.
pub(crate) fn spellings(flag: &Flag) -> Vec<String> {
    let equals = if flag.alone().is_some() { "" } else { "=" };
    let short = flag.short.map(|letter| format!("-{letter}"));
    short.into_iter().chain([format!("--{}{equals}", flag.name)]).collect()
}

#[cfg(test)]
mod tests;
