//! `helm diff`: what an upgrade or a rollback would change, as the plugin of that name shows it.
//!
//! It compares manifests with manifests: what was done by hand in the cluster is not seen, as with the plugin.

use std::collections::BTreeMap;

use opsdrill_helm::dependencies;
use opsdrill_helm::values::overlay;
use serde_json::Value;

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::diff_report::{Entries, parse, show};
use super::failure::{Failure, Outcome};
use super::flags::{CHART, VALUES};
use super::install::check_installable;
use super::installing::{DryRun, Installation, Settings};
use super::rendering::{Trouble, computed};

/// Its row.
pub(super) const COMMAND: Command =
    Command::group("diff", "show what an upgrade or a rollback would change (plugin)", PARTS);

const PARTS: &[Command] = &[
    Command::new("upgrade", "[RELEASE] [CHART]", "what helm upgrade would change", upgrade)
        .takes(Count::Any)
        .flags(&[VALUES, CHART, SHOWING, UPGRADING]),
    Command::new("rollback", "[RELEASE] [REVISION]", "what helm rollback would change", rollback)
        .takes(Count::Any)
        .flags(&[SHOWING]),
    Command::new("revision", "RELEASE REVISION1 [REVISION2]", "between two revisions", revision)
        .takes(Count::Any)
        .flags(&[SHOWING]),
    Command::not_simulated("local", "between two charts"),
    Command::not_simulated("release", "between two releases"),
    Command::not_simulated("version", "the plugin's version"),
];

/// How differences are shown.
const SHOWING: &[Flag] = &[
    Flag::integer("context", "-1").short('C').about("So many lines around each change; -1 is all."),
    Flag::switch("detailed-exitcode").about("Exit status 2 if there are changes."),
    Flag::switch("no-color").about("Without colours, which is what happens anyway."),
    Flag::switch("color").about("With colours."),
    Flag::text("output").default("diff").about("diff or simple."),
    Flag::switch("show-secrets").about("Show what Secrets hold."),
    Flag::switch("suppress-secrets").short('q').about("Say of Secrets only that they change."),
    Flag::array("suppress").about("Say of a kind only that it changes."),
    Flag::switch("strip-trailing-cr").about("Pass over carriage returns at the ends of lines."),
    Flag::switch("include-tests").about("With the hooks of helm test."),
    Flag::switch("show-secrets-decoded").not_simulated(),
    Flag::text("find-renames").short('D').not_simulated(),
    Flag::array("suppress-output-line-regex").not_simulated(),
    Flag::switch("normalize-manifests").not_simulated(),
];

/// What is to be upgraded.
const UPGRADING: &[Flag] = &[
    Flag::switch("install").about("Show everything as new if the release is not there."),
    Flag::switch("allow-unreleased").about("The same."),
    Flag::switch("reuse-values").about("Keep the values of the last revision."),
    Flag::switch("reset-values").about("Forget the values of the last revision."),
    Flag::switch("reset-then-reuse-values").about("Keep them, but take the chart's new defaults."),
    Flag::switch("no-hooks").about("Without hooks."),
    Flag::switch("include-crds").about("With crds/."),
    Flag::optional_text("dry-run", "client").about("client: as if nothing were installed."),
    Flag::switch("disable-openapi-validation").about("Leave checking to the server."),
    Flag::switch("disable-validation").about("Do not check against the cluster."),
    Flag::switch("enable-dns").about("Allow templates to ask the DNS, which has no answers here."),
    Flag::switch("skip-schema-validation").about("Do not heed values.schema.json."),
    Flag::switch("three-way-merge").not_simulated(),
    Flag::switch("take-ownership").not_simulated(),
    Flag::array("api-versions").short('a').not_simulated(),
    Flag::text("kube-version").not_simulated(),
    Flag::text("post-renderer").not_simulated(),
    Flag::array("post-renderer-args").not_simulated(),
    Flag::text("server-side").not_simulated(),
];

/// The plugin says what went wrong, and helm that it did.
fn failed(text: impl Into<String>) -> Failure {
    Failure::Plugin(text.into(), 1)
}

/// The plugin calls helm for all that it needs to know.
fn of_inner_helm(why: Failure) -> Failure {
    match why {
        Failure::Plain(text) => failed(format!("exit status 1: Error: {text}\n")),
        other => other,
    }
}

/// Variables that turn on what is not modelled.
const REFUSED: [&str; 4] = [
    "HELM_DIFF_IGNORE_UNKNOWN_FLAGS",
    "HELM_DIFF_NORMALIZE_MANIFESTS",
    "HELM_DIFF_THREE_WAY_MERGE",
    "HELM_DIFF_USE_UPGRADE_DRY_RUN",
];

fn upgrade(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let is_on = |name: &&str| helm.kube.surroundings.variable(name).is_some_and(|it| it == "true");
    if let Some(name) = REFUSED.into_iter().find(is_on) {
        return Err(Failure::NotSimulated(format!("{name}=true")));
    }
    let [release, chart] = arguments.positional.as_slice() else {
        return Err(failed("This command needs 2 arguments: release name, chart path"));
    };
    let dry_run = match arguments.text("dry-run") {
        "" | "none" | "false" => None,
        "client" | "true" => Some(DryRun::Client),
        "server" => Some(DryRun::Server),
        other => {
            return Err(failed(format!(
                "flag \"dry-run\" must take a bool value or either \"client\" or \"server\", but got {other:?}"
            )));
        }
    };
    let asks_cluster = dry_run != Some(DryRun::Client);
    let tests = arguments.switch("include-tests");
    let with_hooks = !arguments.switch("no-hooks");
    let mut before = None;
    if asks_cluster {
        let not_found = Failure::Plain(helm.words.not_found.to_owned());
        match helm.revision(release, 0) {
            Ok(record) => before = Some(record),
            Err(why) if why == not_found => {
                if !arguments.switch("install") && !arguments.switch("allow-unreleased") {
                    helm.err(UNRELEASED);
                    return Err(of_inner_helm(why));
                }
            }
            Err(why) => {
                let namespace = helm.namespace();
                let doing = format!("Failed to get release {release} in namespace {namespace}");
                return Err(match of_inner_helm(why) {
                    Failure::Plugin(text, code) => {
                        Failure::Plugin(format!("{doing}: {text}"), code)
                    }
                    other => other,
                });
            }
        }
    }
    let wanted = installation(helm, arguments, (release, chart), before.as_ref(), dry_run)?;
    let after = rendered(helm, wanted, with_hooks)?;
    let namespace = helm.namespace();
    let mut entries = Entries::new();
    if let Some(record) = &before {
        let mut text = format!("{}\n", record.manifest);
        for hook in record.hooks.iter().filter(|_| with_hooks) {
            text.push_str(&format!("---\n# Source: {}\n{}\n", hook.path, hook.manifest));
        }
        entries = parse(&text, &namespace, tests)?;
    }
    let after = parse(&after, &namespace, tests)?;
    let changed = show(helm, arguments, entries, after)?;
    ended(arguments, changed)
}

const UNRELEASED: &str = "********************\n\n\tRelease was not present in Helm.  Include the `--allow-unreleased` to perform diff without exiting in error.\n\n********************\n";

fn rollback(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let [release, number] = arguments.positional.as_slice() else {
        return Err(failed("This command needs 2 arguments: release name, revision"));
    };
    let after = manifest(helm, release, number)?;
    between(helm, arguments, release, None, Some(after))
}

fn revision(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let (release, first, second) = match arguments.positional.as_slice() {
        [release, first] => (release, first, None),
        [release, first, second] => (release, first, Some(second)),
        few if few.len() < 2 => {
            return Err(failed(
                "Too few arguments to Command \"revision\".\nMinimum 2 arguments required: release name, revision",
            ));
        }
        _ => {
            return Err(failed(
                "Too many arguments to Command \"revision\".\nMaximum 3 arguments allowed: release name, revision1, revision2",
            ));
        }
    };
    let Some(second) = second else {
        let before = manifest(helm, release, first)?;
        return between(helm, arguments, release, Some(before), None);
    };
    let number = |text: &str| text.parse::<i64>().unwrap_or_default();
    let (older, newer) =
        if number(first) > number(second) { (second, first) } else { (first, second) };
    let (before, after) = (manifest(helm, release, older)?, manifest(helm, release, newer)?);
    between(helm, arguments, release, Some(before), Some(after))
}

/// The manifest of a revision; what is no number is 0, the last one.
fn manifest(helm: &mut Helm, release: &str, number: &str) -> Outcome<String> {
    let record = helm.revision(release, number.parse().unwrap_or_default());
    Ok(format!("{}\n", record.map_err(of_inner_helm)?.manifest))
}

/// Between two manifests; the last revision's where there is none.
fn between(
    helm: &mut Helm,
    arguments: &Arguments,
    release: &str,
    before: Option<String>,
    after: Option<String>,
) -> Outcome<()> {
    let last = manifest(helm, release, "0")?;
    let (namespace, tests) = (helm.namespace(), arguments.switch("include-tests"));
    let before = parse(before.as_ref().unwrap_or(&last), &namespace, tests)?;
    let after = parse(after.as_ref().unwrap_or(&last), &namespace, tests)?;
    let changed = show(helm, arguments, before, after)?;
    ended(arguments, changed)
}

fn ended(arguments: &Arguments, changed: bool) -> Outcome<()> {
    if changed && arguments.switch("detailed-exitcode") {
        let text = "identified at least one change, exiting with non-zero exit code (detailed-exitcode parameter enabled)";
        return Err(Failure::Plugin(text.to_owned(), 2));
    }
    Ok(())
}

/// What `helm template --is-upgrade --validate` is asked for.
fn installation(
    helm: &mut Helm,
    arguments: &Arguments,
    (release, path): (&str, &str),
    before: Option<&opsdrill_helm::release::Record>,
    dry_run: Option<DryRun>,
) -> Outcome<Installation> {
    let given = |helm: &mut Helm| {
        let path = helm.locate(path, arguments)?;
        let values = helm.values(arguments)?;
        let chart = helm.chart(&path)?;
        check_installable(&chart)?;
        helm.warn_of_deprecation(&chart);
        dependencies::check(&chart, helm.words.generation)?;
        Ok((chart, values))
    };
    let (chart, mut values) = given(helm).map_err(not_rendered)?;
    let is = |name: &str| arguments.switch(name);
    let none_given = VALUES.iter().all(|it| arguments.list(it.name).is_empty());
    let reuses = is("reuse-values") || is("reset-then-reuse-values") || none_given;
    if let Some(record) = before.filter(|_| reuses && !is("reset-values")) {
        let mut earlier = record.config.clone().unwrap_or_default();
        if is("reuse-values") || !is("reset-then-reuse-values") {
            let all = computed(&record.chart, &earlier, helm.words.generation)?;
            if let Value::Object(all) = all {
                earlier = all;
            }
        }
        overlay(&mut earlier, values);
        values = earlier;
    }
    let validates = dry_run != Some(DryRun::Client) && !is("disable-validation");
    Ok(Installation {
        name: release.to_owned(),
        chart,
        values,
        settings: settings(dry_run.unwrap_or(DryRun::Client), is("skip-schema-validation")),
        imagined: (!validates).then(opsdrill_helm::render::Capabilities::without_cluster),
        is_upgrade: before.is_some(),
        with_crds: is("include-crds"),
    })
}

fn settings(dry_run: DryRun, skips_schema: bool) -> Settings {
    Settings {
        dry_run,
        makes_namespace: false,
        replaces_objects: false,
        without_hooks: false,
        reuses_name: false,
        timeout_ms: 0,
        waits: false,
        waits_for_jobs: false,
        is_atomic: false,
        skips_crds: true,
        with_sub_notes: false,
        skips_schema,
        takes_over: true,
        hides_notes: true,
        hides_secrets: false,
        description: String::new(),
        labels: BTreeMap::new(),
    }
}

fn not_rendered(why: Failure) -> Failure {
    match why {
        Failure::Plain(text) => {
            failed(format!("Failed to render chart: exit status 1: Error: {text}\n"))
        }
        other => other,
    }
}

fn rendered(helm: &mut Helm, wanted: Installation, with_hooks: bool) -> Outcome<String> {
    let record = match helm.prepare(wanted) {
        Ok(prepared) => prepared.record,
        Err(Trouble::During(Failure::Plain(why), _)) => {
            let advice = "\n\nUse --debug flag to render out invalid YAML";
            return Err(not_rendered(Failure::Plain(format!("{why}{advice}"))));
        }
        Err(trouble) => return Err(not_rendered(trouble.into())),
    };
    let mut text = format!("{}\n", record.manifest.trim());
    for hook in record.hooks.iter().filter(|_| with_hooks) {
        text.push_str(&format!("---\n# Source: {}\n{}\n", hook.path, hook.manifest));
    }
    Ok(text)
}
