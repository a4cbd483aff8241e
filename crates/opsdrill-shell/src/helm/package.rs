//! `helm package`: a chart as an archive.

use opsdrill_helm::chart::archive;
use opsdrill_helm::release::json;
use opsdrill_helm::{Chart, dependencies};
use opsdrill_sprig::version::Version;
use serde_json::Value;

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::VALUES;
use super::output;

/// Its row.
pub(super) const COMMAND: Command = Command::new(
    "package",
    "[CHART_PATH] [...]",
    "package a chart directory into a chart archive",
    run,
)
.takes(Count::Any)
.flags(&[
    VALUES,
    &[
        Flag::text("version").about("The version that the chart is to have."),
        Flag::text("app-version").about("The version of what it installs."),
        Flag::text("destination").short('d').default(".").about("Where the archive goes."),
        Flag::switch("dependency-update").short('u').not_simulated(),
        Flag::switch("sign").not_simulated(),
        Flag::text("key").not_simulated(),
        Flag::text("keyring").not_simulated(),
        Flag::text("passphrase-file").not_simulated(),
    ],
]);

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    if arguments.positional.is_empty() {
        return Err("need at least one argument, the path to the chart".into());
    }
    for path in &arguments.positional {
        if !helm.exists(path) {
            return Err(Failure::Plain(format!("stat {path}: no such file or directory")));
        }
        let chart = helm.chart(path)?;
        let saved = save(helm, arguments, path, chart)?;
        helm.out(&format!("Successfully packaged chart and saved it to: {saved}\n"));
    }
    Ok(())
}

fn save(helm: &mut Helm, arguments: &Arguments, path: &str, mut chart: Chart) -> Outcome<String> {
    let set = |target: &mut String, flag: &str| {
        if !arguments.text(flag).is_empty() {
            arguments.text(flag).clone_into(target);
        }
    };
    set(&mut chart.metadata.version, "version");
    Version::parse(&chart.metadata.version)?;
    set(&mut chart.metadata.app_version, "app-version");
    if let Err(why) = dependencies::check(&chart, helm.words.generation) {
        let why = why.split_once(": ").map_or(why.as_str(), |it| it.1);
        return Err(Failure::Plain(why.to_owned()));
    }
    let document: Value = serde_json::from_str(&json::metadata_text(&chart.metadata))
        .expect("it was written as JSON");
    let name = chart.metadata.name.clone();
    let mut files = vec![(format!("{name}/Chart.yaml"), output::yaml(&document).into_bytes())];
    let rest = helm.chart_files(path)?.into_iter().filter(|it| it.name != "Chart.yaml");
    let kept = archive::kept(rest.collect())?;
    files.extend(kept.into_iter().map(|it| (format!("{name}/{}", it.name), it.bytes)));
    let packed = archive::packed(&files, helm.now().seconds)?;
    let folder = arguments.text("destination").trim_end_matches('/').to_owned();
    let file = format!("{name}-{}.tgz", chart.metadata.version);
    let target = if folder == "." { file } else { format!("{folder}/{file}") };
    let surroundings = &mut helm.kube.surroundings;
    let made = if folder == "." { Ok(()) } else { surroundings.make_folder(&folder) };
    made.and_then(|()| surroundings.write(&target, &packed))
        .map_err(|why| Failure::Plain(format!("failed to save: open {target}: {}", why.0)))?;
    Ok(if folder == "." { helm.absolute(&target) } else { target })
}
