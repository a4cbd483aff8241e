//! `helm package`: a chart as an archive.

use opsdrill_helm::chart::archive;
use opsdrill_helm::dependencies;
use opsdrill_sprig::functions::paths;
use opsdrill_sprig::version::Version;

use crate::kubectl::flags::{Arguments, Flag};

use super::charts::Loaded;
use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};

/// Its row.
pub(super) const COMMAND: Command = Command::new(
    "package",
    "[CHART_PATH] [...]",
    "package a chart directory into a chart archive",
    run,
)
.takes(Count::Any)
.flags(&[&[
    Flag::text("version").about("The version that the chart is to have."),
    Flag::text("app-version").about("The version of what it installs."),
    Flag::text("destination").short('d').default(".").about("Where the archive goes."),
    Flag::switch("dependency-update").short('u').about("Fetch the charts that it needs before."),
    Flag::switch("sign").about("Sign it, which is not simulated."),
    Flag::text("key").about("The key to sign it with."),
    Flag::text("keyring").default("pubring.gpg").about("Where keys are."),
    Flag::text("passphrase-file").not_simulated(),
    Flag::text("username").not_simulated(),
    Flag::text("password").not_simulated(),
    Flag::text("ca-file").not_simulated(),
    Flag::text("cert-file").not_simulated(),
    Flag::text("key-file").not_simulated(),
    Flag::switch("insecure-skip-tls-verify").about("Believe any certificate."),
    Flag::switch("plain-http").not_simulated(),
]]);

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    if arguments.positional.is_empty() {
        return Err("need at least one argument, the path to the chart".into());
    }
    if arguments.switch("sign") {
        if arguments.text("key").is_empty() {
            return Err("--key is required for signing a package".into());
        }
        return Err(Failure::NotSimulated("helm package --sign".to_owned()));
    }
    for path in &arguments.positional {
        if !helm.exists(path) {
            return Err(Failure::Plain(format!("stat {path}: no such file or directory")));
        }
        if !helm.is_folder(path) {
            return Err("Chart.yaml file is missing".into());
        }
        if arguments.switch("dependency-update") {
            helm.silently(|helm| helm.update_dependencies(&paths::cleaned(path), true))?;
        }
        let loaded = helm.load(path)?;
        let saved = save(helm, arguments, loaded)?;
        helm.out(&format!("Successfully packaged chart and saved it to: {saved}\n"));
    }
    Ok(())
}

fn save(helm: &mut Helm, arguments: &Arguments, loaded: Loaded) -> Outcome<String> {
    let Loaded { mut chart, files: own } = loaded;
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
    let (file, packed) = archive::saved(&chart, own, helm.now().seconds)?;
    let folder = arguments.text("destination").trim_end_matches('/').to_owned();
    let target = if folder == "." { file } else { format!("{folder}/{file}") };
    let surroundings = &mut helm.kube.surroundings;
    let made = if folder == "." { Ok(()) } else { surroundings.make_folder(&folder) };
    made.and_then(|()| surroundings.write(&target, &packed))
        .map_err(|why| Failure::Plain(format!("failed to save: open {target}: {}", why.0)))?;
    Ok(if folder == "." { helm.absolute(&target) } else { target })
}
