//! `helm show`: parts of a chart.

use opsdrill_helm::chart::File;
use opsdrill_helm::release::json;
use opsdrill_objects::jsonpath::Template;
use serde_json::Value;

use crate::kubectl::flags::{Arguments, Flag};

use super::charts::Loaded;
use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::CHART;
use super::output;

/// Its row.
pub(super) const COMMAND: Command =
    Command::group("show", "show information of a chart", PARTS).aliases(&["inspect"]);

const PARTS: &[Command] = &[
    Command::new("all", "[CHART]", "show all information of the chart", |helm, arguments| {
        show(helm, arguments, &[Part::Chart, Part::Values, Part::Readme, Part::Definitions])
    })
    .takes(Count::Exactly(1))
    .flags(&[CHART]),
    Command::new("chart", "[CHART]", "show the chart's definition", |helm, arguments| {
        show(helm, arguments, &[Part::Chart])
    })
    .takes(Count::Exactly(1))
    .flags(&[CHART]),
    Command::new("crds", "[CHART]", "show the chart's CRDs", |helm, arguments| {
        show(helm, arguments, &[Part::Definitions])
    })
    .takes(Count::Exactly(1))
    .flags(&[CHART]),
    Command::new("readme", "[CHART]", "show the chart's README", |helm, arguments| {
        show(helm, arguments, &[Part::Readme])
    })
    .takes(Count::Exactly(1))
    .flags(&[CHART]),
    Command::new("values", "[CHART]", "show the chart's values", |helm, arguments| {
        show(helm, arguments, &[Part::Values])
    })
    .takes(Count::Exactly(1))
    .flags(&[CHART, &[Flag::text("jsonpath").about("A part of the values.")]]),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Chart,
    Values,
    Readme,
    Definitions,
}

const READMES: &[&str] = &["readme.md", "readme.txt", "readme"];

fn show(helm: &mut Helm, arguments: &Arguments, parts: &[Part]) -> Outcome<()> {
    let path = helm.locate(&arguments.positional[0], arguments)?;
    let Loaded { chart, files } = helm.load(&path)?;
    let is_all = parts.len() > 1;
    let mut text = String::new();
    for part in parts {
        let separator = if is_all && *part != Part::Chart { "---\n" } else { "" };
        match part {
            Part::Chart => {
                let metadata = json::metadata_text(&chart.metadata);
                let document: Value =
                    serde_json::from_str(&metadata).expect("it was written as JSON");
                text.push_str(&format!("{}\n", output::yaml(&document)));
            }
            Part::Values => {
                text.push_str(separator);
                let path = if is_all || !arguments.has("jsonpath") {
                    ""
                } else {
                    arguments.text("jsonpath")
                };
                if path.is_empty() {
                    let file = files.iter().find(|it| it.name == "values.yaml");
                    text.extend(file.map(|it| format!("{}\n", it.text())));
                } else {
                    text.push_str(&at_path(path, &Value::Object(chart.values.clone()))?);
                }
            }
            Part::Readme => {
                let is_readme =
                    |it: &&File| READMES.contains(&it.name.to_ascii_lowercase().as_str());
                if let Some(file) = chart.files.iter().find(is_readme) {
                    text.push_str(&format!("{separator}{}\n", file.text()));
                }
            }
            Part::Definitions => {
                let files = chart.crds();
                if files.first().is_some_and(|it| !it.bytes.starts_with(b"---")) {
                    text.push_str(separator);
                }
                text.extend(files.iter().map(|it| format!("{}\n", it.text())));
            }
        }
    }
    helm.out(&text);
    Ok(())
}

fn at_path(path: &str, values: &Value) -> Outcome<String> {
    let template = Template::parse(path)
        .map_err(|why| Failure::Plain(format!("error parsing jsonpath {path}: {why}")))?;
    Ok(template.render(values, true).unwrap_or_default())
}
