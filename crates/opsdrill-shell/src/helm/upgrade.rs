//! `helm upgrade`.

use opsdrill_helm::release::{Status, name};

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::{CHART, OUTPUT, RELEASING, VALUES};
use super::install;
use super::installing::{Settings, labels};
use super::output::Format;
use super::status_page::Page;
use super::texts::fill;
use super::upgrading::{Reuse, Upgrade};

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("upgrade", "[RELEASE] [CHART]", "upgrade a release", run)
        .takes(Count::Exactly(2))
        .flags(&[
            RELEASING,
            VALUES,
            CHART,
            &[
                OUTPUT,
                Flag::switch("install").short('i').about("Install it if it is not there."),
                Flag::switch("reset-values").about("Forget the values of the last revision."),
                Flag::switch("reuse-values").about("Keep the values of the last revision."),
                Flag::switch("reset-then-reuse-values")
                    .about("Keep them, but take the chart's new defaults."),
                Flag::switch("cleanup-on-fail").about("Delete what was new if it fails."),
                Flag::integer("history-max", "10").about("How many revisions are kept; 0 is all."),
                Flag::switch("hide-secret").about("With --dry-run: do not show Secrets."),
                Flag::switch("recreate-pods").not_simulated(),
            ],
        ]);

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let format = Format::of(arguments)?;
    labels(arguments)?;
    let release = arguments.positional[0].clone();
    if arguments.switch("install") && is_missing(helm, &release)? {
        return install_it(helm, arguments, format, &release);
    }
    let path = helm.locate(&arguments.positional[1], arguments)?;
    let settings = Settings::of(arguments)?;
    let values = helm.values(arguments)?;
    let chart = helm.chart(&path)?;
    let chart = helm.with_dependencies(chart, &path, arguments)?;
    helm.warn_of_deprecation(&chart);
    let hides_notes = settings.hides_notes;
    let wanted = Upgrade {
        name: release.clone(),
        chart,
        values,
        settings,
        reuse: reuse(arguments),
        cleans_up: arguments.switch("cleanup-on-fail"),
        history_max: helm.history_max(arguments),
    };
    let record = helm.upgrade(wanted).map_err(|why| why.while_doing("UPGRADE FAILED"))?;
    if format == Format::Table {
        let text = fill(helm.words.upgraded, &release);
        helm.out(&text);
    }
    let page = Page { debug: helm.debug, hides_notes, ..Page::default() };
    page.print(&record, format, helm)
}

fn reuse(arguments: &Arguments) -> Reuse {
    let is = |name: &str| arguments.switch(name);
    match (is("reset-values"), is("reuse-values"), is("reset-then-reuse-values")) {
        (true, _, _) => Reuse::Never,
        (_, true, _) => Reuse::WithOldDefaults,
        (_, _, true) => Reuse::WithNewDefaults,
        _ => Reuse::IfNoneGiven,
    }
}

/// Whether there is no such release, or none any more.
fn is_missing(helm: &mut Helm, release: &str) -> Outcome<bool> {
    if name::validate(release).is_err() {
        return Err(Failure::Plain(format!("release name is invalid: {release}")));
    }
    let not_found = Failure::Plain(helm.words.not_found.to_owned());
    match helm.last_revision(release) {
        Ok(last) => Ok(last.info.status == Status::Uninstalled),
        Err(why) if why == not_found => Ok(true),
        Err(why) => Err(why),
    }
}

fn install_it(
    helm: &mut Helm,
    arguments: &Arguments,
    format: Format,
    release: &str,
) -> Outcome<()> {
    if format == Format::Table {
        let text = fill(helm.words.is_new, release);
        helm.out(&text);
    }
    let mut wanted = install::wanted(helm, arguments)?;
    wanted.settings.reuses_name = helm.last_revision(release).is_ok();
    let hides_notes = wanted.settings.hides_notes;
    let record = helm.install(wanted)?;
    let page = Page { debug: helm.debug, hides_notes, ..Page::default() };
    page.print(&record, format, helm)
}
