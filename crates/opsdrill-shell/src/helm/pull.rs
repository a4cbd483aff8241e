//! `helm pull`: a chart from a repository or registry, as a file or unpacked.

use opsdrill_helm::chart::archive;
use opsdrill_sprig::functions::paths;

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::CHART;
use super::sources::{Download, Source};

/// Its row.
pub(super) const COMMAND: Command = Command::new(
    "pull",
    "[chart URL | repo/chartname] [...]",
    "download a chart from a repository and (optionally) unpack it in local directory",
    run,
)
.aliases(&["fetch"])
.takes(Count::AtLeast(1))
.flags(&[
    CHART,
    &[
        Flag::switch("untar").about("Unpack it."),
        Flag::text("untardir").default(".").about("The folder to unpack it into."),
        Flag::text("destination").short('d').default(".").about("Where it goes."),
        Flag::switch("prov").about("Get what it is signed with, too."),
    ],
]);

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    helm.check_logins()?;
    for name in &arguments.positional {
        pull(helm, name, arguments)?;
    }
    Ok(())
}

fn pull(helm: &mut Helm, name: &str, arguments: &Arguments) -> Outcome<()> {
    let source = Source::of(arguments);
    let download = helm.download(name, &source)?;
    let target = arguments.text("destination");
    if arguments.switch("untar") {
        check_signature(helm, name, arguments, &download)?;
        return unpack(helm, name, arguments, &download.bytes);
    }
    let path = paths::cleaned(&format!("{target}/{}", download.file));
    let written = helm.kube.surroundings.write(&path, &download.bytes);
    written.map_err(|why| {
        let number = helm.kube.door.random_u64("temporary files") % (1 << 32);
        Failure::Plain(format!("open {path}{number}: {}", why.0))
    })?;
    check_signature(helm, name, arguments, &download)
}

/// Charts here are not signed: what wants a signature says so.
fn check_signature(
    helm: &mut Helm,
    name: &str,
    arguments: &Arguments,
    download: &Download,
) -> Outcome<()> {
    if arguments.switch("verify") {
        return helm.verify_download(download);
    }
    if !arguments.switch("prov") {
        return Ok(());
    }
    match helm.look_for_signature(download) {
        Ok(()) => Err(Failure::NotSimulated("signed charts".to_owned())),
        Err(why) => {
            let text = format!("WARNING: Verification not found for {name}: {}\n", why.text());
            helm.out(&text);
            Ok(())
        }
    }
}

fn unpack(helm: &mut Helm, name: &str, arguments: &Arguments, bytes: &[u8]) -> Outcome<()> {
    let (target, below) = (arguments.text("destination"), arguments.text("untardir"));
    let folder = if below.starts_with('/') {
        below.to_owned()
    } else {
        paths::cleaned(&format!("{target}/{below}"))
    };
    let last = name.rsplit('/').next().unwrap_or(name);
    let checked = paths::cleaned(&format!("{folder}/{last}"));
    if helm.exists(&checked) {
        return Err(Failure::Plain(format!(
            "failed to untar: a file or directory with the name {checked} already exists"
        )));
    }
    helm.kube.surroundings.make_folder(&checked).map_err(|why| {
        Failure::Plain(format!("failed to untar (mkdir): mkdir {checked}: {}", why.0))
    })?;
    let files = archive::files(bytes)?;
    let chart = archive::name_of(&files)?;
    for file in files {
        helm.write_all(&paths::cleaned(&format!("{folder}/{chart}/{}", file.name)), &file.bytes)?;
    }
    Ok(())
}
