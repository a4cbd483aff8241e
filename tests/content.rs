//! Scenario packs with mistakes in them: each is named with its file, line and column, all at once.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]
#![expect(clippy::disallowed_methods, reason = "this test is about the program as a process")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use opsdrill_testkit::folder;

/// A pack in a folder of its own.
fn pack(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = folder::empty(env!("CARGO_TARGET_TMPDIR"), name);
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn check(folder: &Path, names: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_opsdrill"));
    program.arg("--scenarios").arg(folder).arg("check-content").args(names).output().unwrap()
}

fn complaints(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn every_mistake_of_a_pack_is_told_with_its_place() {
    let scenario = "format_version: 1\ntitel: {en: a, fr: b}\ntitle: {en: a, fr: b}\nlevel: hard\n\
                    minutes: many\nplatform: small\nvariants: [{}]\n";
    let model = "runtime: cobol\n";
    let folder = pack("mistakes", &[("x/scenario.yaml", scenario), ("x/models/a.yaml", model)]);
    let output = check(&folder, &["x"]);
    assert_eq!(output.status.code(), Some(1));
    let text = complaints(&output);
    for wanted in [
        "x/scenario.yaml:2:",
        "titel",
        "x/scenario.yaml:4:",
        "x/scenario.yaml:5:",
        "x/models/a.yaml:1:",
        "hint:",
    ] {
        assert!(text.contains(wanted), "{wanted} is missing in:\n{text}");
    }
}

#[test]
fn a_mistake_of_a_platform_names_the_platform() {
    let original = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../scenarios/catalog-update-does-not-finish/scenario.yaml");
    let scenario = std::fs::read_to_string(original).unwrap();
    let scenario = scenario.replace("platform: shop", "platform: small");
    let files = [
        ("x/scenario.yaml", scenario.as_str()),
        ("_platforms/small/platform.yaml", "world: {}\n"),
        ("_platforms/small/models/a.yaml", "runtime: cobol\n"),
    ];
    let text = complaints(&check(&pack("platform", &files), &["x"]));
    assert!(text.contains("_platforms/small/"), "{text}");
}

#[test]
fn packs_that_are_too_large_or_too_deep_end_soon() {
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (before, name) in ('a'..'i').zip('b'..'j') {
        let many = vec![format!("*{before}"); 9].join(",");
        bomb += &format!("{name}: &{name} [{many}]\n");
    }
    let deep = "[".repeat(100_000);
    let binary = "\u{1}\u{2}";
    let files = [
        ("bomb/scenario.yaml", bomb.as_str()),
        ("deep/scenario.yaml", &deep),
        ("binary/scenario.yaml", binary),
        ("empty/scenario.yaml", ""),
    ];
    let folder = pack("bombs", &files);
    for name in ["bomb", "deep", "binary", "empty"] {
        let output = check(&folder, &[name]);
        assert_eq!(output.status.code(), Some(1), "{name}: {}", complaints(&output));
        assert!(complaints(&output).contains("/scenario.yaml"), "{}", complaints(&output));
    }
    let path = ["d"; 40].join("/") + "/scenario.yaml";
    let output = check(&pack("deep-folders", &[(&path, "")]), &[]);
    assert!(complaints(&output).contains("too deep"), "{}", complaints(&output));
    let huge = "#".repeat(5 << 20);
    let output = check(&pack("huge", &[("x/scenario.yaml", &huge)]), &[]);
    assert!(complaints(&output).contains("too large"), "{}", complaints(&output));
}
