//! What is told of a release after each command: its name, how it stands, its notes.

use opsdrill_helm::release::{Hook, Record, json};
use opsdrill_sprig::time::{self, Time};
use serde_json::Value;

use super::context::Helm;
use super::failure::Outcome;
use super::output::{self, Format};
use super::rendering::computed;

/// Go's `time.ANSIC`.
const LAYOUT: &str = "Mon Jan _2 15:04:05 2006";

/// What is told beside the rest.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Page {
    /// Values, hooks and manifest.
    pub(super) debug: bool,
    /// Chart and versions.
    pub(super) metadata: bool,
    /// The description.
    pub(super) description: bool,
    /// No notes.
    pub(super) hides_notes: bool,
}

/// A time as people read it.
pub(super) fn time_text(time: Option<Time>) -> String {
    time::format(time.unwrap_or(Time::ZERO), LAYOUT)
}

/// Whether a dry run is told of: all of it is shown.
const DRY_RUN: &str = "Dry run complete";

impl Page {
    /// The whole text.
    ///
    /// # Errors
    /// When values cannot be told.
    pub(super) fn text(self, record: &Record, resources: &str, helm: &Helm) -> Outcome<String> {
        let mut text = format!("NAME: {}\n", record.name);
        if record.info.last_deployed.is_some() {
            text.push_str(&format!("LAST DEPLOYED: {}\n", time_text(record.info.last_deployed)));
        }
        text.push_str(&format!(
            "NAMESPACE: {}\nSTATUS: {}\nREVISION: {}\n",
            record.namespace,
            record.info.status.name(),
            record.version
        ));
        if self.metadata {
            let metadata = &record.chart.metadata;
            text.push_str(&format!(
                "CHART: {}\nVERSION: {}\nAPP_VERSION: {}\n",
                metadata.name, metadata.version, metadata.app_version
            ));
        }
        if self.description {
            text.push_str(&format!("DESCRIPTION: {}\n", record.info.description));
        }
        text.push_str(resources);
        text.push_str(&tests(&record.hooks));
        if self.debug {
            let config = record.config.clone();
            let given = config.clone().map_or(Value::Null, Value::Object);
            let generation = helm.words.generation;
            let all = computed(&record.chart, &config.unwrap_or_default(), generation)?;
            text.push_str(&format!("USER-SUPPLIED VALUES:\n{}\n", output::yaml(&given)));
            text.push_str(&format!("COMPUTED VALUES:\n{}\n", output::yaml(&all)));
        }
        if self.debug || record.info.description.eq_ignore_ascii_case(DRY_RUN) {
            text.push_str("HOOKS:\n");
            for hook in &record.hooks {
                text.push_str(&format!("---\n# Source: {}\n{}\n", hook.path, hook.manifest));
            }
            text.push_str(&format!("MANIFEST:\n{}\n", record.manifest));
        }
        if !self.hides_notes && !record.info.notes.is_empty() {
            text.push_str(&format!("NOTES:\n{}\n", record.info.notes.trim()));
        }
        Ok(text)
    }

    /// Prints it, or the record where a document is asked for.
    ///
    /// # Errors
    /// When values cannot be told.
    pub(super) fn print(self, record: &Record, format: Format, helm: &mut Helm) -> Outcome<()> {
        let text = match format {
            Format::Table => self.text(record, "", helm)?,
            _ => output::document(&json::text(record, true), format),
        };
        helm.out(&text);
        Ok(())
    }
}

/// How the tests went that have been run.
fn tests(hooks: &[Hook]) -> String {
    let mut tests = hooks.iter().filter(|it| it.is_for("test")).peekable();
    if tests.peek().is_none() {
        return "TEST SUITE: None\n".to_owned();
    }
    let run = tests.filter(|it| it.started_at.is_some());
    run.map(|it| {
        format!(
            "TEST SUITE:     {}\nLast Started:   {}\nLast Completed: {}\nPhase:          {}\n",
            it.name,
            time_text(it.started_at),
            time_text(it.completed_at),
            it.phase
        )
    })
    .collect()
}
