//! Templates of which the real Helm said what they print or why they fail: `tests/helm/record.py` recorded it.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

mod recorded;

use recorded::{folder, rendering};
use serde_json::{Map, Value};

use opsdrill_helm::chart::File;
use opsdrill_helm::render::Nothing;
use opsdrill_helm::{Chart, Generation};

fn outcome(files: &[File], template: &str) -> Result<String, String> {
    let mut files = files.to_vec();
    files.push(File::new("templates/x.yaml", template));
    let chart = Chart::from_files(files)?;
    let rendered = rendering(Generation::Four).render(&chart, &Map::new(), &mut Nothing)?;
    Ok(rendered["c/templates/x.yaml"].clone())
}

fn agree(name: &str) {
    let chart = recorded::files(&folder("tests/helm/chart"));
    let path = folder(&format!("tests/helm/recorded/{name}.json"));
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let template = case["template"].as_str().unwrap();
        let expected = match (case["printed"].as_str(), case["error"].as_str()) {
            (Some(printed), _) => Ok(printed.to_owned()),
            (None, error) => Err(error.unwrap().to_owned()),
        };
        let found = outcome(&chart, template);
        if found != expected {
            wrong.push(format!("{template}\n  Helm {expected:?}\n  ours {found:?}"));
        }
    }
    let (wrong, all) = (wrong.join("\n"), cases.len());
    assert!(wrong.is_empty(), "{} of {all} differ:\n{wrong}", wrong.matches("\n  Helm").count());
}

#[test]
fn the_language_is_that_of_helm() {
    agree("language");
}

#[test]
fn functions_of_texts_are_those_of_helm() {
    agree("texts");
}

#[test]
fn functions_of_values_are_those_of_helm() {
    agree("values");
}

#[test]
fn what_was_drawn_by_chance_is_as_with_helm() {
    agree("mixed");
}
