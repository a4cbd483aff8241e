//! `helm install`.

use opsdrill_helm::Chart;
use opsdrill_template::{Template, Value};
use serde_json::Map;

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::{CHART, INSTALLING, OUTPUT, RELEASING, VALUES};
use super::installing::{Installation, Settings, labels};
use super::output::Format;
use super::status_page::Page;

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("install", "[NAME] [CHART]", "install a chart", run)
        .takes(Count::AtLeast(1))
        .flags(&[
            RELEASING,
            INSTALLING,
            VALUES,
            CHART,
            &[OUTPUT, Flag::switch("hide-secret").about("With --dry-run: do not show Secrets.")],
        ]);

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let format = Format::of(arguments)?;
    labels(arguments)?;
    let doing = "INSTALLATION FAILED";
    let wanted = wanted(helm, arguments).map_err(|why| why.while_doing(doing))?;
    let hides_notes = wanted.settings.hides_notes;
    let record = helm.install(wanted).map_err(|why| why.while_doing(doing))?;
    let page = Page { debug: helm.debug, hides_notes, ..Page::default() };
    page.print(&record, format, helm)
}

/// What the line asks for.
pub(super) fn wanted(helm: &mut Helm, arguments: &Arguments) -> Outcome<Installation> {
    let (name, path) = name_and_chart(helm, arguments)?;
    wanted_as(helm, arguments, &name, &path)
}

/// The same with a name and a chart that are known already.
pub(super) fn wanted_as(
    helm: &mut Helm,
    arguments: &Arguments,
    name: &str,
    path: &str,
) -> Outcome<Installation> {
    let path = helm.locate(path, arguments)?;
    let values = helm.values(arguments)?;
    let chart = helm.chart(&path)?;
    check_installable(&chart)?;
    helm.warn_of_deprecation(&chart);
    let chart = helm.with_dependencies(chart, &path, arguments)?;
    let settings = Settings::of(arguments)?;
    Ok(Installation {
        name: name.to_owned(),
        chart,
        values,
        settings,
        imagined: None,
        is_upgrade: false,
        with_crds: false,
    })
}

pub(super) fn check_installable(chart: &Chart) -> Outcome<()> {
    match chart.metadata.kind.as_str() {
        "" | "application" => Ok(()),
        kind => Err(Failure::Plain(format!("{kind} charts are not installable"))),
    }
}

fn name_and_chart(helm: &mut Helm, arguments: &Arguments) -> Outcome<(String, String)> {
    let option = |name: &str| arguments.has(name) && arguments.is_set(name);
    let generates = option("generate-name") && arguments.switch("generate-name");
    let template = if option("name-template") { arguments.text("name-template") } else { "" };
    match arguments.positional.as_slice() {
        [_, _, rest @ ..] if !rest.is_empty() => Err(Failure::Plain(format!(
            "expected at most two arguments, unexpected arguments: {}",
            rest.join(", ")
        ))),
        [_, _, ..] if generates => Err("cannot set --generate-name and also specify a name".into()),
        [_, _, ..] if !template.is_empty() => {
            Err("cannot set --name-template and also specify a name".into())
        }
        [name, chart, ..] => Ok((name.clone(), chart.clone())),
        [chart] if !template.is_empty() => Ok((named(helm, template)?, chart.clone())),
        [chart] if generates => {
            let base = chart.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let base = base.split('.').next().unwrap_or_default();
            let base = if base.is_empty() { "chart" } else { base };
            Ok((format!("{base}-{}", helm.now().seconds), chart.clone()))
        }
        _ => Err("must either provide a name or specify --generate-name".into()),
    }
}

/// A name from `--name-template`.
fn named(helm: &mut Helm, template: &str) -> Outcome<String> {
    let seed = helm.kube.door.random_u64("helm names").to_be_bytes();
    let chance = opsdrill_sprig::SeededChance::new(&seed);
    let surroundings = opsdrill_sprig::Surroundings::new(chance, helm.now());
    let mut set = Template::new().with_functions(opsdrill_sprig::functions(&surroundings));
    set.parse("name-template", template)?;
    let empty = Value::map(
        Map::new().into_iter().map(|(key, _): (String, serde_json::Value)| (key, Value::Nil)),
    );
    set.execute("name-template", &empty).map_err(|why| Failure::Plain(why.message))
}
