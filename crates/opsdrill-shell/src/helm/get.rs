//! `helm get`: parts of a release's record.

use opsdrill_helm::release::Record;
use opsdrill_helm::release::json::{self, Fields};
use opsdrill_objects::go_format;
use opsdrill_sprig::time;
use serde_json::Value;

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::Outcome;
use super::flags::{OUTPUT, REVISION};
use super::output::{self, Format};
use super::rendering::computed;
use super::status_page::Page;

/// Its row.
pub(super) const COMMAND: Command =
    Command::group("get", "download extended information of a named release", PARTS);

const PARTS: &[Command] = &[
    Command::new("all", "RELEASE_NAME", "all information of a named release", all)
        .takes(Count::Exactly(1))
        .flags(&[&[REVISION, Flag::text("template").not_simulated()]]),
    Command::new("hooks", "RELEASE_NAME", "all hooks of a named release", hooks)
        .takes(Count::Exactly(1))
        .flags(&[&[REVISION]]),
    Command::new("manifest", "RELEASE_NAME", "the manifest of a named release", manifest)
        .takes(Count::Exactly(1))
        .flags(&[&[REVISION]]),
    Command::new("metadata", "RELEASE_NAME", "what is said of a named release", metadata)
        .takes(Count::Exactly(1))
        .flags(&[&[REVISION, OUTPUT]]),
    Command::new("notes", "RELEASE_NAME", "the notes of a named release", notes)
        .takes(Count::Exactly(1))
        .flags(&[&[REVISION]]),
    Command::new("values", "RELEASE_NAME", "the values of a named release", values)
        .takes(Count::Exactly(1))
        .flags(&[&[
            REVISION,
            OUTPUT,
            Flag::switch("all").short('a').about("With the chart's defaults."),
        ]]),
];

fn record(helm: &mut Helm, arguments: &Arguments) -> Outcome<Record> {
    helm.revision(&arguments.positional[0], arguments.integer("revision"))
}

fn all(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let record = record(helm, arguments)?;
    let page = Page { debug: true, metadata: true, ..Page::default() };
    let text = page.text(&record, "", helm)?;
    helm.out(&text);
    Ok(())
}

fn hooks(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    for hook in record(helm, arguments)?.hooks {
        helm.out(&format!("---\n# Source: {}\n{}\n", hook.path, hook.manifest));
    }
    Ok(())
}

fn manifest(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let record = record(helm, arguments)?;
    helm.out(&format!("{}\n", record.manifest));
    Ok(())
}

fn notes(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let record = record(helm, arguments)?;
    if !record.info.notes.is_empty() {
        helm.out(&format!("NOTES:\n{}\n", record.info.notes));
    }
    Ok(())
}

fn values(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let format = Format::of(arguments)?;
    let record = record(helm, arguments)?;
    let (values, heading) = if arguments.switch("all") {
        let given = record.config.unwrap_or_default();
        let values = computed(&record.chart, &given, helm.words.generation)?;
        (values, "COMPUTED VALUES:\n")
    } else {
        (record.config.map_or(Value::Null, Value::Object), "USER-SUPPLIED VALUES:\n")
    };
    let text = match format {
        Format::Table => format!("{heading}{}", output::yaml(&values)),
        Format::Yaml => output::yaml(&values),
        Format::Json => format!("{}\n", go_format::json(&values)),
    };
    helm.out(&text);
    Ok(())
}

fn metadata(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let format = Format::of(arguments)?;
    let record = record(helm, arguments)?;
    let chart = &record.chart.metadata;
    let deployed = time::format(
        record.info.last_deployed.unwrap_or(time::Time::ZERO),
        "2006-01-02T15:04:05Z07:00",
    );
    let dependencies = chart.dependencies.as_deref().unwrap_or_default();
    if format != Format::Table {
        let mut fields = Fields::default();
        fields.text("name", &record.name);
        fields.text("chart", &chart.name);
        fields.text("version", &chart.version);
        fields.text("appVersion", &chart.app_version);
        if !chart.annotations.is_empty() {
            fields.put("annotations", &json::annotations_text(&chart.annotations));
        }
        if !dependencies.is_empty() {
            fields.put("dependencies", &json::list(dependencies.iter().map(json::dependency_text)));
        }
        fields.text("namespace", &record.namespace);
        fields.put("revision", &record.version.to_string());
        fields.text("status", record.info.status.name());
        fields.text("deployedAt", &deployed);
        helm.out(&output::document(&fields.end(), format));
        return Ok(());
    }
    let mut annotations: Vec<String> =
        chart.annotations.iter().map(|(key, it)| format!("{key}={it}")).collect();
    annotations.sort();
    let mut names: Vec<&str> = dependencies.iter().map(|it| it.name.as_str()).collect();
    names.sort_unstable();
    helm.out(&format!(
        "NAME: {}\nCHART: {}\nVERSION: {}\nAPP_VERSION: {}\nANNOTATIONS: {}\nDEPENDENCIES: {}\nNAMESPACE: {}\nREVISION: {}\nSTATUS: {}\nDEPLOYED_AT: {deployed}\n",
        record.name,
        chart.name,
        chart.version,
        chart.app_version,
        annotations.join(","),
        names.join(","),
        record.namespace,
        record.version,
        record.info.status.name(),
    ));
    Ok(())
}
