//! `helm test`: runs the tests of a release.

use opsdrill_helm::release::{Hook, Record, name};

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::TIMEOUT;
use super::installing::timeout_ms;
use super::output::Format;
use super::status_page::Page;

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("test", "[RELEASE]", "run tests for a release", run)
        .takes(Count::Exactly(1))
        .flags(&[&[
            TIMEOUT,
            Flag::switch("logs").about("Show what the tests wrote."),
            Flag::list("filter").about("name=TEST, or !name=TEST."),
            Flag::switch("hide-notes").about("Do not show the notes."),
        ]]);

/// Which tests are run.
struct Filter {
    only: Vec<String>,
    without: Vec<String>,
}

impl Filter {
    fn of(arguments: &Arguments) -> Self {
        let (mut only, mut without) = (Vec::new(), Vec::new());
        for word in arguments.list("filter") {
            if let Some(name) = word.strip_prefix("name=") {
                only.push(name.to_owned());
            } else if let Some(rest) = word.strip_prefix('!')
                && let Some(name) = rest.strip_prefix(' ').unwrap_or(rest).strip_prefix("name=")
            {
                without.push(name.to_owned());
            }
        }
        Self { only, without }
    }

    fn takes(&self, hook: &Hook) -> bool {
        !self.without.contains(&hook.name)
            && (self.only.is_empty() || self.only.contains(&hook.name))
    }
}

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let release = &arguments.positional[0];
    if name::validate(release).is_err() {
        return Err(Failure::Plain(format!("releaseTest: Release name is invalid: {release}")));
    }
    let filter = Filter::of(arguments);
    let mut record = helm.last_revision(release)?;
    let (taken, skipped): (Vec<Hook>, Vec<Hook>) =
        std::mem::take(&mut record.hooks).into_iter().partition(|it| filter.takes(it));
    record.hooks = taken;
    let outcome = helm.run_hooks(&mut record, "test", timeout_ms(arguments));
    if outcome == Err(Failure::Interrupted) {
        return outcome;
    }
    record.hooks = skipped.into_iter().chain(std::mem::take(&mut record.hooks)).collect();
    helm.try_to_keep(&record);
    let hides_notes = arguments.switch("hide-notes");
    let page = Page { debug: helm.debug, hides_notes, ..Page::default() };
    page.print(&record, Format::Table, helm)?;
    if arguments.switch("logs") {
        helm.out("\n");
        show_logs(helm, &record, &filter)?;
    }
    outcome
}

fn show_logs(helm: &mut Helm, record: &Record, filter: &Filter) -> Outcome<()> {
    let namespace = helm.namespace();
    let mut tests: Vec<&Hook> =
        record.hooks.iter().filter(|it| it.is_for("test") && filter.takes(it)).collect();
    tests.sort_by(|one, other| {
        one.weight.cmp(&other.weight).then_with(|| one.name.cmp(&other.name))
    });
    for test in tests {
        let log = helm
            .log_of(&namespace, &test.name)
            .map_err(|why| why.while_doing(&format!("unable to get pod logs for {}", test.name)))?;
        helm.out(&format!("POD LOGS: {}\n{log}\n", test.name));
    }
    Ok(())
}
