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

/// A scenario of the program with changes to its files, as a pack; each change replaces a text by another.
fn changed(name: &str, changes: &[(&str, &str, &str)]) -> PathBuf {
    changed_one("orders-are-not-shown", name, changes)
}

fn changed_one(scenario: &str, name: &str, changes: &[(&str, &str, &str)]) -> PathBuf {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut files = folder::read(&scenarios.join(scenario));
    for (path, old, new) in changes {
        let file = files.iter_mut().find(|it| it.0 == *path).unwrap();
        let text = String::from_utf8(file.1.clone()).unwrap();
        assert!(text.contains(old), "{old} is not in {path}");
        file.1 = text.replacen(old, new, 1).into_bytes();
    }
    let texts: Vec<(String, String)> = files
        .into_iter()
        .map(|(path, bytes)| (format!("x/{path}"), String::from_utf8(bytes).unwrap()))
        .collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|it| (&*it.0, &*it.1)).collect();
    pack(name, &texts)
}

#[test]
fn what_names_nothing_or_can_never_be_is_told_with_its_place() {
    let file = "scenario.yaml";
    let changes = [
        (file, "level: junior", "level: guru"),
        (file, "warm_up: 3h", "warm_up: 300000h"),
        (file, "date: \"2026-03-04T09:15:00Z\"", "date: \"yesterday\""),
        (file, "released: -15m", "released: -9d"),
        (
            file,
            "users: checkouts, success_min_ppm: 999000",
            "users: nobody, success_min_ppm: 99900000",
        ),
        (file, "service: orders, key", "service: ordrs, key"),
        (file, "memory_limit_max: 1Gi", "memory_limit_max: lots"),
        (
            file,
            "deployment: orders\n        container: orders",
            "deployment: orders\n        container: ordrs",
        ),
        (file, "\"deployments ${ns}/orders\"", "\"deploymnts ${ns}/orders\""),
        (file, "objects: [\"service/orders\"]", "objects: [foo]"),
        (file, "mechanisms: [\"bad-selector\"]", "mechanisms: [foo]"),
        (file, "duration: 12h", "duration: 99999h"),
        (file, "app=orders\"}", "app=ordrs\"}"),
        (file, "{5h: worker-2}", "{5h: worker-9}"),
        (file, "cluster_manifests: [canary.yaml]", "cluster_manifests: [canary.yaml, nope.yaml]"),
    ];
    let output = check(&changed("meanings", &changes), &["x"]);
    assert_eq!(output.status.code(), Some(1));
    let text = complaints(&output);
    for wanted in [
        "x/scenario.yaml:5:8: unknown variant `guru`",
        "x/scenario.yaml:9:7: \"yesterday\" is no date",
        "x/scenario.yaml:10:10: this is longer than 72h",
        "no traffic is called \"nobody\"\n  hint: there are ",
        "this is more than all",
        "no service is called \"ordrs\"",
        "\"lots\" is no quantity",
        "no container is called \"ordrs\"\n  hint: there are orders",
        "no kind is called \"deploymnts\"",
        "\"foo\" is no object",
        "no mechanism is called \"foo\"\n  hint: there are ",
        "this is longer than 48h",
        "pods with app=ordrs",
        "no node is called \"worker-9\"\n  hint: there are ",
        "there is no cluster/nope.yaml",
    ] {
        assert!(text.contains(wanted), "{wanted} is missing in:\n{text}");
    }
    all_have_a_place(&text);
}

fn all_have_a_place(text: &str) {
    for line in text.lines().filter(|it| !it.starts_with("  hint: ")) {
        let place = line.strip_prefix("x/scenario.yaml:").unwrap_or_else(|| panic!("{line}"));
        assert!(place.starts_with(|it: char| it.is_ascii_digit()), "without a place: {line}");
    }
}

#[test]
fn a_release_that_cannot_be_applied_is_the_authors_mistake() {
    let file = "workspace/k8s/redis/deployment.yaml";
    for (name, old, new, wanted) in [
        ("no-yaml", "spec:", "spec: {", "x/workspace/k8s/redis/deployment.yaml:"),
        (
            "no-kind",
            "kind: Deployment",
            "kind: Deploymnt",
            "deployment.yaml:2:1: no kind is called \"Deploymnt\"",
        ),
        ("no-field", "replicas: 1", "replcas: 1", "unknown field \"spec.replcas\""),
        (
            "no-port",
            "containerPort: 6379",
            "containerPort: 800000",
            "deployment.yaml:1:1: Deployment.apps \"redis\" is invalid",
        ),
    ] {
        let scenario = "logins-fail-at-times";
        let output = check(&changed_one(scenario, name, &[(file, old, new)]), &["x"]);
        let text = complaints(&output);
        assert_eq!(output.status.code(), Some(1), "{name}: {text}");
        assert!(text.contains(wanted), "{wanted} is missing in:\n{text}");
    }
}

#[test]
fn complaints_are_in_words_for_authors() {
    let file = "scenario.yaml";
    let changes =
        [(file, "minutes: 12", "minutes: -1"), (file, "platform: shop", "platform: shpo")];
    let text = complaints(&check(&changed("words", &changes), &["x"]));
    assert!(
        text.contains("x/scenario.yaml:6:10: a whole number of at least 0 belongs here"),
        "{text}"
    );
    assert!(
        text.contains(
            "x/scenario.yaml:7:11: no platform is called \"shpo\"\n  hint: there are shop"
        ),
        "{text}"
    );
    let twice = changed("twice", &[(file, "level: junior", "level: junior\nlevel: senior")]);
    let text = complaints(&check(&twice, &["x"]));
    assert!(text.contains("the key \"level\" is here twice"), "{text}");
}

/// A scenario on charts.
fn charts(name: &str, changes: &[(&str, &str, &str)]) -> String {
    let output = check(&changed_one("catalog-release-changed-nothing", name, changes), &["x"]);
    let text = complaints(&output);
    assert_eq!(output.status.code(), Some(1), "{name}: {text}");
    text
}

#[test]
fn what_is_wrong_about_releases_is_told_with_its_place() {
    let file = "scenario.yaml";
    let changes = [
        (file, "from_charts: [catalog, ", "from_charts: [catalgo, catalog, "),
        (
            file,
            "released: -35m",
            "history: [{at: -9d, release: shop, rollback: 1, set: [a=b]}]\nrelease_ends: failed",
        ),
        (
            file,
            "truth:",
            "world:\n  releases: [{name: a, chart: helm/a, values: [a.yaml], also_renders: [b.yaml]}]\ntruth:",
        ),
    ];
    let text = charts("releases", &changes);
    for wanted in [
        "no release is called \"catalgo\"\n  hint: there are catalog, orders, payment-service, user-service",
        "no release is called \"shop\"\n  hint: there are a, catalog, user-service",
        "this is before the world begins",
        "whoever goes back deploys no files and no values",
        "nothing was released",
        "there is no workspace/helm/a/Chart.yaml",
        "there is no workspace/a.yaml",
        "there is no workspace/b.yaml",
    ] {
        assert!(text.contains(wanted), "{wanted} is missing in:\n{text}");
    }
    all_have_a_place(&text);
}

#[test]
fn names_of_releases_and_objects_that_are_made_are_looked_up() {
    let file = "scenario.yaml";
    let history = "history: [{at: -1h, release: catalog, files: \"9\", by: trainee}]";
    let fault = "faults:\n  - at: -1m\n    fault:\n      create-object:\n        by: ann\n        object:\n          \
        apiVersion: v1\n          kind: ConfgMap\n          metadata: {name: a, namespace: shop}\n  - at: -1m\n    \
        fault:\n      create-object:\n        by: ann\n        object:\n          apiVersion: v1\n          \
        kind: ConfigMap\n          metadata: {name: a, namespace: shp}\n          dta: {}\n";
    let changes = [
        (file, "released: -35m", &*format!("released: -35m\n{history}")),
        (
            file,
            "release-deployed: {namespace: \"${ns}\", release: catalog",
            "release-deployed: {namespace: \"${ns}\", release: catalgo",
        ),
        (file, "objects: [release/catalog", "objects: [release/catalo"),
        (file, "evidence: [release/catalog", "evidence: [release/ctalog"),
        (file, "objectives:", &*format!("{fault}objectives:")),
    ];
    let text = charts("names", &changes);
    for wanted in [
        "there is no past/9\n  hint: `files` is a folder below past/",
        "this name is taken\n  hint: `by` is a colleague's name",
        "no release is called \"catalgo\"\n  hint: there are catalog, user-service",
        "no release is called \"catalo\"",
        "no release is called \"ctalog\"",
        "no kind is called \"ConfgMap\" in version \"v1\"\n  hint: write both",
        "unknown field \"dta\"",
        "no namespace is called \"shp\"",
    ] {
        assert!(text.contains(wanted), "{wanted} is missing in:\n{text}");
    }
    all_have_a_place(&text);
}

#[test]
fn a_chart_that_makes_no_objects_is_the_authors_mistake_unless_it_is_meant_to() {
    let values = "workspace/helm/catalog/values-production.yaml";
    let chart = "workspace/helm/catalog/Chart.yaml";
    let text = charts("no-values", &[(values, "config:", "config: [")]);
    assert!(text.contains(&format!("x/{values}:")), "{text}");
    assert!(text.contains("hint: `helm template catalog helm/catalog`"), "{text}");
    let text = charts("no-chart", &[(chart, "version: 0.9.3", "version: new")]);
    assert!(text.contains(&format!("x/{chart}:1:1: ")), "{text}");
    let text = charts("refused", &[(values, "replicaCount: 2", "replicaCount: -2")]);
    assert!(text.contains(&format!("x/{chart}:1:1: UPGRADE FAILED: ")), "{text}");
    let text = charts("no-failure", &[("scenario.yaml", "-35m", "-35m\nrelease_ends: failed")]);
    assert!(text.contains("and was to end otherwise"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed_and_that_is_said() {
    let folder = changed("links", &[]);
    std::os::unix::fs::symlink("/etc/passwd", folder.join("x/cluster/x.yaml")).unwrap();
    let text = complaints(&check(&folder, &["x"]));
    assert!(text.contains("x/cluster/x.yaml: left out, for links are not followed"), "{text}");
}
