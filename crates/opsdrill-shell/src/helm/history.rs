//! `helm history`.

use opsdrill_helm::release::json::{self, Fields, TIME_LAYOUT};
use opsdrill_helm::release::{Record, name};
use opsdrill_sprig::time;

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::OUTPUT;
use super::output::{self, Format};
use super::status_page::time_text;

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("history", "RELEASE_NAME", "fetch release history", run)
        .aliases(&["hist"])
        .takes(Count::Exactly(1))
        .flags(&[&[Flag::integer("max", "256").about("At most so many revisions."), OUTPUT]]);

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let format = Format::of(arguments)?;
    let release = &arguments.positional[0];
    if name::validate(release).is_err() {
        return Err(Failure::Plain(format!("release name is invalid: {release}")));
    }
    let records = helm.revisions(release)?;
    let most = usize::try_from(arguments.integer("max")).unwrap_or_default();
    let records = &records[records.len().saturating_sub(most)..];
    let text = match format {
        Format::Table => table(records),
        _ => output::document(&json::list(records.iter().map(document)), format),
    };
    helm.out(&text);
    Ok(())
}

fn table(records: &[Record]) -> String {
    let header = ["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION", "DESCRIPTION"];
    let rows = records.iter().map(|it| {
        vec![
            it.version.to_string(),
            time_text(it.info.last_deployed),
            it.info.status.name().to_owned(),
            it.chart_name(),
            it.chart.metadata.app_version.clone(),
            it.info.description.clone(),
        ]
    });
    let rows: Vec<Vec<String>> =
        std::iter::once(header.map(str::to_owned).to_vec()).chain(rows).collect();
    output::table(&rows, None) + "\n"
}

fn document(record: &Record) -> String {
    let mut fields = Fields::default();
    fields.put("revision", &record.version.to_string());
    let updated = record.info.last_deployed.map(|it| time::format(it, TIME_LAYOUT));
    fields.text("updated", &updated.unwrap_or_default());
    fields.text("status", record.info.status.name());
    fields.text("chart", &record.chart_name());
    fields.text("app_version", &record.chart.metadata.app_version);
    fields.text("description", &record.info.description);
    fields.end()
}
