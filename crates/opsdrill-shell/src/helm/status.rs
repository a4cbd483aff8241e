//! `helm status`.

use std::collections::BTreeMap;

use opsdrill_helm::release::{Record, json};
use opsdrill_objects::{Kind, Object};
use serde_json::Value;
use std::sync::Arc;

use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::printers::table::{TableOptions, print};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::{OUTPUT, REVISION};
use super::output::{self, Format};
use super::status_page::Page;

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("status", "RELEASE_NAME", "display the status of the named release", run)
        .takes(Count::Exactly(1))
        .flags(&[&[
            REVISION,
            OUTPUT,
            Flag::switch("show-desc").about("Show the description."),
            Flag::switch("show-resources").about("Show the objects."),
        ]]);

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let format = Format::of(arguments)?;
    let record = helm.revision(&arguments.positional[0], arguments.integer("revision"))?;
    let with_resources = arguments.switch("show-resources");
    if format != Format::Table {
        if with_resources {
            return Err(Failure::NotSimulated("helm status --show-resources -o".to_owned()));
        }
        helm.out(&output::document(&json::text(&record, false), format));
        return Ok(());
    }
    let resources = if with_resources { resources(helm, &record)? } else { String::new() };
    let page = Page { description: arguments.switch("show-desc"), ..Page::default() };
    let text = page.text(&record, &resources, helm)?;
    helm.out(&text);
    Ok(())
}

/// The objects of a release as tables, one for each kind, and the pods of its workloads. Go has them in any order; here
/// they are in the manifest's.
fn resources(helm: &mut Helm, record: &Record) -> Outcome<String> {
    let mut tables: Vec<(String, Vec<Arc<Object>>)> = Vec::new();
    let mut add = |key: String, object: Arc<Object>| match tables.iter_mut().find(|it| it.0 == key)
    {
        Some(table) => table.1.push(object),
        None => tables.push((key, vec![object])),
    };
    let mut pods: BTreeMap<String, Arc<Object>> = BTreeMap::new();
    for resource in helm.build(&record.manifest)? {
        let Ok(object) = helm.read(resource.kind, &resource.namespace, &resource.name) else {
            continue;
        };
        let info = resource.kind.info();
        add(format!("{}/{}", info.version, info.name), object);
        let labels = resource.document.pointer("/spec/selector/matchLabels");
        let pairs = labels.and_then(Value::as_object).into_iter().flatten();
        let selector: Vec<String> =
            pairs.filter_map(|(key, it)| Some(format!("{key}={}", it.as_str()?))).collect();
        if !selector.is_empty() {
            let found = helm.all(Kind::Pod, &resource.namespace, &selector.join(","))?;
            pods.extend(found.into_iter().map(|it| (it.path(), it)));
        }
    }
    for pod in pods.into_values() {
        add("v1/Pod(related)".to_owned(), pod);
    }
    if tables.is_empty() {
        return Ok(String::new());
    }
    let now = helm.kube.now();
    let shown: String = tables
        .iter()
        .map(|(key, objects)| {
            format!("==> {key}\n{}\n", print(objects, &TableOptions::default(), now))
        })
        .collect();
    Ok(format!("RESOURCES:\n{shown}\n"))
}
