//! `helm list`.

use opsdrill_helm::release::json::{self, Fields};
use opsdrill_helm::release::{Record, Status};
use opsdrill_objects::selector::Selector;
use opsdrill_sprig::functions::patterns;
use opsdrill_sprig::time;

use crate::kubectl::flags::{Arguments, Flag};

use super::command::Command;
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::OUTPUT;
use super::output::{self, Format};

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("list", "", "list releases", run).aliases(&["ls"]).flags(&[&[
        Flag::switch("all").short('a').about("All of them, however they stand."),
        Flag::switch("all-namespaces").short('A').about("Of every namespace."),
        Flag::switch("date").short('d').about("The oldest first."),
        Flag::switch("deployed").about("Those that are deployed."),
        Flag::switch("failed").about("Those that failed."),
        Flag::switch("pending").about("Those that are being installed, upgraded or rolled back."),
        Flag::switch("superseded").about("Those that others took the place of."),
        Flag::switch("uninstalled").about("Those that are gone, but remembered."),
        Flag::switch("uninstalling").about("Those that are going."),
        Flag::text("filter").short('f').about("A regular expression for names."),
        Flag::integer("max", "256").short('m').about("At most so many."),
        Flag::integer("offset", "0").about("Without so many of the first."),
        Flag::switch("reverse").short('r').about("The other way round."),
        Flag::text("selector").short('l').about("Labels of the record: a=b,c!=d."),
        Flag::switch("short").short('q').about("Names only."),
        Flag::switch("no-headers").about("No line of headings."),
        Flag::text("time-format").about("A layout of Go for times."),
        OUTPUT,
    ]]);

/// Go's `time.Time.String`.
const LAYOUT: &str = "2006-01-02 15:04:05.999999999 -0700 MST";

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let format = Format::of(arguments)?;
    let records = chosen(helm, arguments)?;
    let text = if arguments.switch("short") {
        let names = records.iter().map(|it| it.name.as_str());
        if format == Format::Table {
            names.map(|it| format!("{it}\n")).collect()
        } else {
            let quoted = names.map(opsdrill_objects::go_format::quote);
            output::document(&json::list(quoted), format)
        }
    } else {
        listed(&records, arguments, format)
    };
    helm.out(&text);
    Ok(())
}

fn listed(records: &[Record], arguments: &Arguments, format: Format) -> String {
    let layout = match arguments.text("time-format") {
        "" => LAYOUT,
        given => given,
    };
    let cells = |it: &Record| {
        let updated = it.info.last_deployed.map(|it| time::format(it, layout));
        [
            it.name.clone(),
            it.namespace.clone(),
            it.version.to_string(),
            updated.unwrap_or_else(|| "-".to_owned()),
            it.info.status.name().to_owned(),
            it.chart_name(),
            it.chart.metadata.app_version.clone(),
        ]
    };
    if format == Format::Table {
        let header = ["NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"];
        let header = (!arguments.switch("no-headers")).then(|| header.map(str::to_owned).to_vec());
        let rows = header.into_iter().chain(records.iter().map(|it| cells(it).to_vec()));
        return output::table(&rows.collect::<Vec<_>>(), None) + "\n";
    }
    let keys = ["name", "namespace", "revision", "updated", "status", "chart", "app_version"];
    let items = records.iter().map(|it| {
        let mut fields = Fields::default();
        for (key, cell) in keys.iter().zip(cells(it)) {
            fields.text(key, &cell);
        }
        fields.end()
    });
    output::document(&json::list(items), format)
}

/// The statuses that the flags ask for; `None` for all.
fn statuses(arguments: &Arguments) -> Option<Vec<Status>> {
    if arguments.switch("all") {
        return None;
    }
    let all: [(&str, &[Status]); 6] = [
        ("deployed", &[Status::Deployed]),
        ("uninstalled", &[Status::Uninstalled]),
        ("uninstalling", &[Status::Uninstalling]),
        ("pending", &[Status::PendingInstall, Status::PendingUpgrade, Status::PendingRollback]),
        ("failed", &[Status::Failed]),
        ("superseded", &[Status::Superseded]),
    ];
    let asked = all.into_iter().filter(|(name, _)| arguments.switch(name));
    let asked: Vec<Status> = asked.flat_map(|(_, it)| it.iter().copied()).collect();
    Some(if asked.is_empty() { vec![Status::Deployed, Status::Failed] } else { asked })
}

fn chosen(helm: &mut Helm, arguments: &Arguments) -> Outcome<Vec<Record>> {
    helm.reach()?;
    let filter = match arguments.text("filter") {
        "" => None,
        text => Some(patterns::compile(text)?),
    };
    let selector = Selector::parse(arguments.text("selector"))
        .map_err(|why| Failure::Plain(why.to_string()))?;
    let namespace =
        if arguments.switch("all-namespaces") { String::new() } else { helm.namespace() };
    let mut records = helm.every_revision(&namespace)?;
    records.retain(|it| filter.as_ref().is_none_or(|filter| filter.is_match(&it.name)));
    let wanted = statuses(arguments);
    if wanted.as_deref() != Some(&[Status::Superseded]) {
        records = latest(records);
    }
    records.retain(|it| wanted.as_ref().is_none_or(|wanted| wanted.contains(&it.info.status)));
    records.retain(|it| selector.matches(&it.labels));
    if arguments.switch("date") {
        records.sort_by_key(|it| it.info.last_deployed);
    } else {
        records.sort_by(|one, other| one.name.cmp(&other.name));
    }
    if arguments.switch("reverse") {
        records.reverse();
    }
    let offset = usize::try_from(arguments.integer("offset")).unwrap_or_default();
    let most = usize::try_from(arguments.integer("max")).unwrap_or_default();
    let most = if most == 0 { usize::MAX } else { most };
    Ok(records.into_iter().skip(offset).take(most).collect())
}

/// The last revision of each release.
fn latest(records: Vec<Record>) -> Vec<Record> {
    let mut latest: Vec<Record> = Vec::new();
    for record in records {
        let same = |it: &&mut Record| it.name == record.name && it.namespace == record.namespace;
        match latest.iter_mut().find(same) {
            Some(known) if known.version > record.version => {}
            Some(known) => *known = record,
            None => latest.push(record),
        }
    }
    latest
}
