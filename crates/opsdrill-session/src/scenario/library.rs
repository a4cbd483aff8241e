//! Where scenario files come from: folders of bytes, embedded in the program or read by it.

use std::collections::{BTreeMap, BTreeSet};

/// The files of one folder: path below it to contents.
pub type Folder = BTreeMap<String, Vec<u8>>;

/// The folder that holds what several scenarios share.
const PLATFORMS: &str = "_platforms";

/// The most bytes of one scenario's files; packs are untrusted.
pub const BYTES_MAX: usize = 16 << 20;

/// All scenarios and platforms.
#[derive(Clone, Debug, Default)]
pub struct Library {
    scenarios: BTreeMap<String, Folder>,
    platforms: BTreeMap<String, Folder>,
    /// The scenarios in which nobody need look for their author's mistakes again.
    checked: BTreeSet<String>,
}

impl Library {
    /// Adds files by their paths below the scenario folder: `<name>/scenario.yaml`, `_platforms/<name>/…`. A scenario
    /// that is there already is replaced as a whole.
    pub fn add(&mut self, files: impl IntoIterator<Item = (String, Vec<u8>)>) {
        self.insert(files, false);
    }

    /// Adds files that were checked before, as those in the program are by its tests: what a check costs is a good part
    /// of a start.
    pub fn add_checked(&mut self, files: impl IntoIterator<Item = (String, Vec<u8>)>) {
        self.insert(files, true);
    }

    fn insert(&mut self, files: impl IntoIterator<Item = (String, Vec<u8>)>, are_checked: bool) {
        let mut scenarios: BTreeMap<String, Folder> = BTreeMap::new();
        let mut platforms: BTreeMap<String, Folder> = BTreeMap::new();
        for (path, contents) in files {
            let Some((first, rest)) = path.split_once('/') else { continue };
            match (first, rest.split_once('/')) {
                (PLATFORMS, Some((name, file))) => {
                    platforms.entry(name.to_owned()).or_default().insert(file.to_owned(), contents);
                }
                (PLATFORMS, None) => {}
                (name, _) => {
                    scenarios.entry(name.to_owned()).or_default().insert(rest.to_owned(), contents);
                }
            }
        }
        scenarios.retain(|_, folder| folder.contains_key("scenario.yaml"));
        if are_checked {
            self.checked.extend(scenarios.keys().cloned());
        } else {
            self.checked.retain(|it| !scenarios.contains_key(it));
            // Who stands on the platform stands on another one now.
            if !platforms.is_empty() {
                self.checked.clear();
            }
        }
        self.scenarios.extend(scenarios);
        self.platforms.extend(platforms);
    }

    /// Whether a scenario was checked before it was added.
    pub(crate) fn is_checked(&self, name: &str) -> bool {
        self.checked.contains(name)
    }

    /// The names of all scenarios that are drills, in order: one whose name begins with `_` is none.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.scenarios.keys().map(String::as_str).filter(|it| !it.starts_with('_'))
    }

    /// A scenario's files.
    pub fn scenario(&self, name: &str) -> Option<&Folder> {
        self.scenarios.get(name)
    }

    /// The names of all platforms, in order.
    pub fn platforms(&self) -> impl Iterator<Item = &str> {
        self.platforms.keys().map(String::as_str)
    }

    /// A platform's files.
    pub fn platform(&self, name: &str) -> Option<&Folder> {
        self.platforms.get(name)
    }
}
