//! The charts in `tests/charts`, of which the real Helm said how they render: `tests/helm/record.py` recorded it.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

mod recorded;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use recorded::{files, folder, rendering};
use serde_json::{Map, Value};

use opsdrill_helm::render::Nothing;
use opsdrill_helm::{Chart, Generation, dependencies, manifest, values};

/// What our engine makes of a chart: what each template prints, and the manifest.
struct Outcome {
    rendered: Result<BTreeMap<String, String>, String>,
    manifest: Result<String, String>,
}

fn outcome(chart: &Path, given: Option<&Path>) -> Outcome {
    let all = || -> Result<_, String> {
        let mut options = values::Options::default();
        if let Some(path) = given {
            options.files.push((path.display().to_string(), fs::read_to_string(path).unwrap()));
        }
        let given = options.values(&mut |name| Err(format!("open {name}")))?;
        let mut chart = Chart::from_folder(files(chart))?;
        let missing = dependencies::check(&chart, Generation::Four);
        dependencies::process(&mut chart, &given, Generation::Four)?;
        let rendered = rendering(Generation::Four).render(&chart, &given, &mut Nothing)?;
        let sorted = manifest::sort(&rendered, chart.name(), Generation::Four);
        Ok((rendered, missing.and(sorted.map(|it| it.text()))))
    };
    match all() {
        Ok((rendered, manifest)) => Outcome { rendered: Ok(rendered), manifest },
        Err(why) => {
            // An installation says at which step it failed.
            let is_of_dependencies = why.starts_with("type mismatch");
            let step =
                if is_of_dependencies { "chart dependencies processing failed: " } else { "" };
            Outcome { manifest: Err(format!("{step}{why}")), rendered: Err(why) }
        }
    }
}

/// A chart's expectations: the name of the values, and what Helm made of them.
fn expectations(chart: &str) -> Vec<(String, Value)> {
    let folder = folder("tests/charts/recorded").join(chart);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    };
    paths.iter().map(read).collect()
}

fn charts() -> Vec<String> {
    let entries = fs::read_dir(folder("tests/charts")).unwrap();
    let mut names: Vec<String> = entries
        .map(|it| it.unwrap().path())
        .filter(|it| it.join("Chart.yaml").exists())
        .map(|it| it.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// What is wrong with values in the order of the texts: Go goes through a map in any order.
fn sorted(text: &str) -> String {
    let Some((head, complaints)) = text.split_once("\n- at ") else { return text.to_owned() };
    if !head.starts_with("values don't meet") {
        return text.to_owned();
    }
    let mut all: Vec<&str> = complaints.trim_end().split("\n- at ").collect();
    all.sort_unstable();
    format!("{head}\n- at {}", all.join("\n- at "))
}

fn compare(what: &str, found: &str, expected: &str, wrong: &mut Vec<String>) {
    if sorted(found) != sorted(expected) {
        wrong.push(format!("{what}\n--- Helm\n{expected}\n--- ours\n{found}"));
    }
}

fn compare_case(chart: &str, name: &str, expected: &Value, wrong: &mut Vec<String>) {
    let path = folder("tests/charts").join(chart);
    let given = (name != "default").then(|| path.join("ci").join(format!("{name}.yaml")));
    let found = outcome(&path, given.as_deref());
    let label = format!("{chart} ({name})");
    match (&expected["error"], found.rendered) {
        (Value::String(why), Err(found)) => compare(&label, &found, why, wrong),
        (Value::Null, Ok(found)) => {
            let expected = expected["rendered"].as_object().cloned().unwrap_or_else(Map::new);
            let names: Vec<&String> = expected.keys().collect();
            let ours: Vec<&String> = found.keys().collect();
            compare(&label, &format!("{ours:?}"), &format!("{names:?}"), wrong);
            for (name, text) in &expected {
                let ours = found.get(name).map_or("", String::as_str);
                compare(&format!("{label} {name}"), ours, text.as_str().unwrap(), wrong);
            }
        }
        (error, found) => wrong.push(format!("{label}\n--- Helm {error}\n--- ours {found:?}")),
    }
    let install = &expected["install"];
    match (install["manifest"].as_str(), install["error"].as_str(), found.manifest) {
        (Some(text), _, Ok(found)) => compare(&format!("{label} manifest"), &found, text, wrong),
        (None, Some(why), Err(found)) => {
            compare(&format!("{label} install"), &found, why, wrong);
        }
        (text, error, found) => {
            wrong.push(format!("{label} install\n--- Helm {text:?} {error:?}\n--- ours {found:?}"));
        }
    }
}

#[test]
fn charts_render_as_with_helm() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for chart in charts() {
        for (name, expected) in expectations(&chart) {
            cases += 1;
            compare_case(&chart, &name, &expected, &mut wrong);
        }
    }
    assert!(cases >= 40, "only {cases} cases were found");
    assert!(
        wrong.is_empty(),
        "{} differences in {cases} cases:\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}
