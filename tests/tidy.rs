//! The shape of the repository: layers, first lines, file lengths, one row per file.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The layer of each crate; a crate may use only crates of lower layers.
const LAYERS: &[(&str, u32)] = &[
    ("opsdrill-objects", 0),
    ("opsdrill-openapi", 0),
    ("opsdrill-template", 0),
    ("opsdrill-engine", 1),
    ("opsdrill-sprig", 1),
    ("opsdrill-helm", 2),
    ("opsdrill-faults", 3),
    ("opsdrill-checks", 3),
    ("opsdrill-shell", 3),
    ("opsdrill-session", 4),
    ("opsdrill-server", 5),
    ("opsdrill", 6),
];

/// Used by tests only, by every layer.
const TESTKIT: &str = "opsdrill-testkit";

/// The longest file, in lines before its tests.
const LINES_MAX: usize = 500;

/// The longest file of tests: cases are read one at a time.
const TEST_LINES_MAX: usize = 700;

/// Folders that are lists: every file in them is named in a row of the folder's `mod.rs`, unless it is excepted here
/// because it is shared by the rows.
const LISTS: &[(&str, &[&str])] = &[
    ("crates/opsdrill-objects/src/kinds", &["cells", "row"]),
    (
        "crates/opsdrill-engine/src/controllers",
        &["claims", "dates", "history", "leases", "pods", "queue", "rehearsal", "services"],
    ),
    ("crates/opsdrill-shell/src/kubectl/verbs", &[]),
    ("crates/opsdrill-session/src/drill", &[]),
    ("crates/opsdrill-session/src/tools", &[]),
    ("crates/opsdrill-faults/src/catalogue", &[]),
    ("crates/opsdrill-faults/src/catalogue/config", &[]),
    ("crates/opsdrill-faults/src/catalogue/network", &[]),
    ("crates/opsdrill-faults/src/catalogue/resources", &[]),
    ("crates/opsdrill-faults/src/catalogue/rollout", &[]),
    ("crates/opsdrill-faults/src/catalogue/scaling", &[]),
    ("crates/opsdrill-faults/src/catalogue/scheduling", &[]),
    ("crates/opsdrill-faults/src/catalogue/security", &[]),
    ("crates/opsdrill-faults/src/catalogue/storage", &[]),
    ("crates/opsdrill-faults/src/catalogue/workload", &[]),
    ("crates/opsdrill-checks/src/catalogue", &[]),
    ("crates/opsdrill-sprig/src/functions", &[]),
];

/// Module names that say nothing.
const EMPTY_NAMES: &[&str] =
    &["utils", "util", "helpers", "helper", "common", "misc", "manager", "data", "info"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.ends_with("target") {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

fn all_rust_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    rust_files(&root().join("crates"), &mut found);
    rust_files(&root().join("tests"), &mut found);
    assert!(found.len() > 20, "the test looks in the wrong place");
    found
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<_> = all_rust_files()
        .into_iter()
        .filter(|it| !fs::read_to_string(it).unwrap().starts_with("//! "))
        .collect();
    assert!(silent.is_empty(), "without a first line `//! …`: {silent:#?}");
}

#[test]
fn no_file_is_too_long() {
    let lines = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        text.lines().take_while(|it| *it != "#[cfg(test)]").count()
    };
    let most = |path: &Path| {
        let is_test = path.components().any(|it| it.as_os_str() == "tests");
        if is_test { TEST_LINES_MAX } else { LINES_MAX }
    };
    let files = all_rust_files().into_iter().map(|it| (lines(&it), it));
    let long: Vec<_> = files.filter(|(count, it)| *count > most(it)).collect();
    assert!(long.is_empty(), "too long: {long:#?}");
}

#[test]
fn names_say_what_is_in_a_file() {
    let empty =
        |it: &PathBuf| it.file_stem().is_some_and(|it| EMPTY_NAMES.contains(&it.to_str().unwrap()));
    let found: Vec<_> = all_rust_files().into_iter().filter(empty).collect();
    assert!(found.is_empty(), "names that say nothing: {found:#?}");
}

/// The crates of this workspace that a manifest names in a section.
fn dependencies(manifest: &str, section: &str) -> Vec<String> {
    let lines = manifest
        .lines()
        .skip_while(|it| *it != section)
        .skip(1)
        .take_while(|it| !it.starts_with('['));
    let names = lines.filter_map(|it| it.split(['.', ' ', '=']).next());
    names.filter(|it| it.starts_with("opsdrill")).map(str::to_owned).collect()
}

#[test]
fn a_crate_uses_only_lower_layers() {
    let layers: BTreeMap<&str, u32> = LAYERS.iter().copied().collect();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        if name == TESTKIT {
            assert!(
                dependencies(&manifest, "[dependencies]").is_empty(),
                "{TESTKIT} belongs to no layer"
            );
            continue;
        }
        let layer =
            layers.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no layer in this test"));
        for used in dependencies(&manifest, "[dependencies]") {
            let below = layers.get(used.as_str()).is_some_and(|it| it < layer);
            assert!(below, "{name} (layer {layer}) may not use {used}");
        }
    }
}

#[test]
fn only_the_engine_uses_the_entity_component_system() {
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        assert!(
            folder.ends_with("opsdrill-engine") || !manifest.contains("bevy_ecs"),
            "{}",
            folder.display()
        );
    }
}

#[test]
fn a_folder_is_a_list() {
    for (folder, shared) in LISTS {
        let folder = root().join(folder);
        let table = fs::read_to_string(folder.join("mod.rs")).unwrap();
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if name == "mod" || shared.contains(&name.as_str()) {
                continue;
            }
            assert!(table.contains(&format!("mod {name};")), "{} is not a module", path.display());
            assert!(table.contains(&format!("{name}::")), "{} has no row", path.display());
        }
    }
}

/// The files of the folders below a folder, as `folder/stem`.
fn in_folders_of(folder: &Path, extension: &str) -> Vec<String> {
    let folders = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let mut found = Vec::new();
    for group in folders.filter(|it| it.is_dir()) {
        for file in fs::read_dir(&group).unwrap().map(|it| it.unwrap().path()) {
            let is_one = file.extension().is_some_and(|it| it == extension);
            let stem = file.file_stem().unwrap().to_str().unwrap().replace('_', "-");
            if is_one && stem != "mod" {
                let group = group.file_name().unwrap().to_str().unwrap();
                found.push(format!("{group}/{stem}"));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_fault_of_a_group_has_a_transcript_of_its_symptom() {
    let faults = in_folders_of(&root().join("crates/opsdrill-faults/src/catalogue"), "rs");
    let shown = in_folders_of(&root().join("crates/opsdrill-session/tests/faults"), "md");
    assert!(faults.len() > 60, "the test looks in the wrong place");
    assert_eq!(faults, shown);
}
