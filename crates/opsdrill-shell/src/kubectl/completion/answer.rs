//! `kubectl __complete`: what the completion scripts of shells ask.
//!
//! Candidates come one a line, without the descriptions that the real kubectl adds to some of them.

use std::cell::RefCell;
use std::sync::Arc;

use opsdrill_engine::api::{Answer, Request};
use opsdrill_objects::{Kind, Object};

use crate::door::{ClusterDoor, Stream};
use crate::kubectl::kubeconfig::Kubeconfig;
use crate::kubectl::surroundings::Surroundings;

use super::{Lookup, complete};

/// Tells the shell not to offer files.
const NO_FILES: &str = ":4\n";
const NO_FILES_SAID: &str = "Completion ended with directive: ShellCompDirectiveNoFileComp\n";

/// Prints the candidates for the last word.
pub(in crate::kubectl) fn answer(
    words: &[String],
    door: &mut dyn ClusterDoor,
    surroundings: &dyn Surroundings,
    config: &Kubeconfig,
) -> i32 {
    let Some((typed, before)) = words.split_last() else {
        door.print(Stream::Err, "Error: requires at least 1 arg(s), only received 0\n");
        return 1;
    };
    let asking = Asking { door: RefCell::new(door), surroundings, config };
    let found = complete(before, typed, &asking);
    let door = asking.door.into_inner();
    for word in found {
        // The real kubectl names a flag without the equals sign that may follow it.
        door.print(Stream::Out, &format!("{}\n", word.trim_end_matches('=')));
    }
    door.print(Stream::Out, NO_FILES);
    door.print(Stream::Err, NO_FILES_SAID);
    0
}

/// The cluster, asked as any other time: the shell's user sees what kubectl may see.
struct Asking<'a> {
    door: RefCell<&'a mut dyn ClusterDoor>,
    surroundings: &'a dyn Surroundings,
    config: &'a Kubeconfig,
}

impl Lookup for Asking<'_> {
    fn list(&self, kind: Kind, namespace: &str) -> Vec<Arc<Object>> {
        match self.door.borrow_mut().handle(Request::list(kind, namespace)).result {
            Ok(Answer::List { items, .. }) => items,
            _ => Vec::new(),
        }
    }

    fn paths(&self, typed: &str) -> Vec<String> {
        let folder = typed.rsplit_once('/').map_or("", |(folder, _)| folder);
        let place = if folder.is_empty() { "." } else { folder };
        let names = self.surroundings.entries(place).unwrap_or_default();
        let path = |it: String| if folder.is_empty() { it } else { format!("{folder}/{it}") };
        names.into_iter().map(path).collect()
    }

    fn config(&self) -> &Kubeconfig {
        self.config
    }
}
