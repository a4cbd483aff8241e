//! `helm template`: what would be installed.

use opsdrill_helm::manifest::split;
use opsdrill_helm::release::Record;
use opsdrill_helm::render::Capabilities;
use opsdrill_sprig::path_pattern;

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::{CHART, INSTALLING, RELEASING, VALUES};
use super::install;
use super::installing::DryRun;
use super::kube_version;
use super::rendering::Trouble;

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("template", "[NAME] [CHART]", "locally render templates", run)
        .takes(Count::AtLeast(1))
        .flags(&[
            RELEASING,
            INSTALLING,
            VALUES,
            CHART,
            &[
                Flag::array("show-only").short('s').about("Only these templates."),
                Flag::text("output-dir").about("Write files into a folder."),
                Flag::switch("validate").about("Check against the cluster."),
                Flag::switch("include-crds").about("With crds/."),
                Flag::switch("skip-tests").about("Without tests."),
                Flag::switch("is-upgrade").about("Tell templates that they are upgraded."),
                Flag::text("kube-version").about("The version that the cluster is taken for."),
                Flag::list("api-versions")
                    .short('a')
                    .about("More that the cluster is taken to serve."),
                Flag::switch("release-name").about("With the name in the folders of --output-dir."),
            ],
        ]);

const ADVICE: &str = "\n\nUse --debug flag to render out invalid YAML";

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let imagined = imagined(arguments)?;
    let is_named = arguments.positional.len() > 1 || !arguments.text("name-template").is_empty();
    let mut wanted = if is_named {
        install::wanted(helm, arguments)?
    } else {
        install::wanted_as(helm, arguments, "release-name", &arguments.positional[0].clone())?
    };
    if wanted.settings.dry_run == DryRun::None {
        wanted.settings.dry_run = DryRun::Client;
    }
    wanted.imagined = (!arguments.switch("validate")).then_some(imagined);
    wanted.is_upgrade = arguments.switch("is-upgrade");
    wanted.with_crds = arguments.switch("include-crds");
    let without_hooks = wanted.settings.without_hooks;
    let record = match helm.prepare(wanted) {
        Ok(prepared) => prepared.record,
        Err(Trouble::During(Failure::Plain(why), printed)) => {
            if !helm.debug {
                return Err(Failure::Plain(format!("{why}{ADVICE}")));
            }
            helm.out(&format!("{}\n", printed.trim()));
            return Err(Failure::Plain(why));
        }
        Err(trouble) => return Err(trouble.into()),
    };
    let with_tests = !arguments.switch("skip-tests");
    let shown =
        |it: &&opsdrill_helm::release::Hook| !without_hooks && (with_tests || !it.is_for("test"));
    let hooks: String = record
        .hooks
        .iter()
        .filter(shown)
        .map(|it| format!("---\n# Source: {}\n{}\n", it.path, it.manifest))
        .collect();
    let folder = arguments.text("output-dir");
    if !folder.is_empty() {
        return write(helm, folder, &record, &hooks, arguments.switch("release-name"));
    }
    let text = format!("{}\n{hooks}", record.manifest.trim());
    let only = arguments.list("show-only");
    let text = if only.is_empty() { text } else { chosen(helm, &text, &only)? };
    helm.out(&text);
    Ok(())
}

fn imagined(arguments: &Arguments) -> Outcome<Capabilities> {
    let mut imagined = Capabilities::without_cluster();
    if let Some(version) = kube_version::of(arguments)? {
        imagined.kube_version = kube_version::shown(&version);
    }
    imagined.api_versions.extend(arguments.list("api-versions"));
    Ok(imagined)
}

/// The path inside of the chart of the template that a document comes from.
fn source(document: &str) -> Option<&str> {
    let line = document.lines().find_map(|it| it.strip_prefix("# Source: "))?;
    line.split_once('/').map(|it| it.1)
}

fn chosen(helm: &Helm, text: &str, only: &[String]) -> Outcome<String> {
    let documents = split(text, helm.words.generation);
    let mut shown = String::new();
    for pattern in only {
        let fits = |it: &&String| {
            source(it).is_some_and(|path| path_pattern::matches(pattern, path).unwrap_or(false))
        };
        let found: String =
            documents.iter().filter(fits).map(|it| format!("---\n{it}\n")).collect();
        if found.is_empty() {
            return Err(Failure::Plain(format!("could not find template {pattern} in chart")));
        }
        shown.push_str(&found);
    }
    Ok(shown)
}

/// Writes each template's documents into a file of its own.
fn write(
    helm: &mut Helm,
    folder: &str,
    record: &Record,
    hooks: &str,
    with_name: bool,
) -> Outcome<()> {
    let top = if with_name { format!("{folder}/{}", record.name) } else { folder.to_owned() };
    let mut written: Vec<(String, String)> = Vec::new();
    for document in split(&format!("{}\n{hooks}", record.manifest), helm.words.generation) {
        let Some(path) = document.lines().find_map(|it| it.strip_prefix("# Source: ")) else {
            continue;
        };
        let path = format!("{top}/{path}");
        let text = format!("---\n{document}\n");
        match written.iter_mut().find(|it| it.0 == path) {
            Some(known) => known.1.push_str(&text),
            None => written.push((path.clone(), text)),
        }
        helm.out(&format!("wrote {path}\n"));
    }
    for (path, text) in written {
        let parent = path.rsplit_once('/').map_or(".", |it| it.0);
        let surroundings = &mut helm.kube.surroundings;
        surroundings
            .make_folder(parent)
            .and_then(|()| surroundings.write(&path, text.as_bytes()))
            .map_err(|why| Failure::Plain(format!("open {path}: {}", why.0)))?;
    }
    helm.out("\n");
    Ok(())
}
