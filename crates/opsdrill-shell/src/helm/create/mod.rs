//! `helm create`: a new chart to begin with.
//!
//! Names of files, of values and of helpers are those of Helm's own, so that what people know of it holds; the
//! templates are written anew.

use opsdrill_sprig::functions::paths;

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("create", "NAME", "create a new chart with the given name", run)
        .takes(Count::Exactly(1))
        .flags(&[&[Flag::text("starter").short('p').not_simulated()]]);

/// What stands for the chart's name.
const NAME: &str = "<CHARTNAME>";

/// The longest name of a chart.
const NAME_MAX: usize = 250;

/// Its files, in the order in which Helm writes them.
const FILES: &[(&str, &str)] = &[
    ("Chart.yaml", include_str!("scaffold/Chart.yaml")),
    ("values.yaml", include_str!("scaffold/values.yaml")),
    (".helmignore", include_str!("scaffold/helmignore")),
    ("templates/ingress.yaml", include_str!("scaffold/templates/ingress.yaml")),
    ("templates/httproute.yaml", include_str!("scaffold/templates/httproute.yaml")),
    ("templates/deployment.yaml", include_str!("scaffold/templates/deployment.yaml")),
    ("templates/service.yaml", include_str!("scaffold/templates/service.yaml")),
    ("templates/serviceaccount.yaml", include_str!("scaffold/templates/serviceaccount.yaml")),
    ("templates/hpa.yaml", include_str!("scaffold/templates/hpa.yaml")),
    ("templates/NOTES.txt", include_str!("scaffold/templates/NOTES.txt")),
    ("templates/_helpers.tpl", include_str!("scaffold/templates/_helpers.tpl")),
    (
        "templates/tests/test-connection.yaml",
        include_str!("scaffold/templates/tests/test-connection.yaml"),
    ),
];

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let path = &arguments.positional[0];
    helm.out(&format!("Creating {path}\n"));
    let name = paths::base_of(path);
    check_name(name)?;
    let parent = helm.absolute(&path[..path.rfind('/').map_or(0, |it| it + 1)]);
    if !helm.exists(&parent) {
        return Err(Failure::Plain(format!("stat {parent}: no such file or directory")));
    }
    if !helm.is_folder(&parent) {
        return Err(Failure::Plain(format!("no such directory {parent}")));
    }
    let folder = paths::cleaned(&format!("{parent}/{name}"));
    if helm.exists(&folder) && !helm.is_folder(&folder) {
        return Err(Failure::Plain(format!("file {folder} already exists and is not a directory")));
    }
    for (file, text) in FILES {
        let file = format!("{folder}/{file}");
        if helm.exists(&file) {
            helm.err(&format!("WARNING: File {file:?} already exists. Overwriting.\n"));
        }
        let folder = file.rsplit_once('/').map_or(".", |it| it.0);
        let surroundings = &mut helm.kube.surroundings;
        surroundings
            .make_folder(folder)
            .and_then(|()| surroundings.write(&file, text.replace(NAME, name).as_bytes()))
            .map_err(|why| Failure::Plain(format!("open {file}: {}", why.0)))?;
    }
    // An empty folder, which nobody misses if it cannot be made.
    let _ = helm.kube.surroundings.make_folder(&format!("{folder}/charts"));
    Ok(())
}

fn check_name(name: &str) -> Outcome<()> {
    if name.is_empty() || name.len() > NAME_MAX {
        return Err(Failure::Plain(format!(
            "chart name must be between 1 and {NAME_MAX} characters"
        )));
    }
    if !name.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-".contains(&it)) {
        return Err("chart name must match the regular expression \"^[a-zA-Z0-9._-]+$\"".into());
    }
    Ok(())
}
