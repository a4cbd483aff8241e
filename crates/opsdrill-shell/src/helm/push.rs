//! `helm push`: a packed chart to a registry.

use opsdrill_helm::Chart;
use opsdrill_helm::repository::registry::Artifact;

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::registries::{Reference, SCHEME};
use super::web;

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("push", "[chart] [remote]", "push a chart to remote", run)
        .takes(Count::AtLeast(2))
        .flags(&[&[
            Flag::text("username").about("The user."),
            Flag::text("password").about("The user's password."),
            Flag::switch("insecure-skip-tls-verify").about("Believe any certificate."),
            Flag::switch("plain-http").not_simulated(),
            Flag::text("ca-file").not_simulated(),
            Flag::text("cert-file").not_simulated(),
            Flag::text("key-file").not_simulated(),
        ]]);

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    helm.check_logins()?;
    let (path, remote) = (&arguments.positional[0], &arguments.positional[1]);
    if remote.split('/').next().is_some_and(|it| it.contains(':') && !remote.contains("://")) {
        return Err(Failure::Plain(format!("invalid chart URL format: {remote}")));
    }
    match web::scheme(remote) {
        "oci" => {}
        "" => return Err("scheme prefix missing from remote (e.g. \"oci://\")".into()),
        other => return Err(Failure::Plain(format!("scheme {other:?} not supported"))),
    }
    if !helm.exists(path) {
        return Err(Failure::Plain(format!("{path}: no such file")));
    }
    if helm.is_folder(path) {
        return Err("cannot push directory, must provide chart archive (.tgz)".into());
    }
    let chart = helm.chart(path)?;
    let bytes = helm.kube.surroundings.read(path);
    let bytes = bytes.map_err(|why| Failure::Plain(format!("open {path}: {}", why.0)))?;
    if helm.exists(&format!("{path}.prov")) {
        return Err(Failure::NotSimulated("signed charts".to_owned()));
    }
    let reference = reference(remote, &chart)?;
    let artifact = Artifact::new(&chart.metadata, &bytes, helm.now());
    let given = web::credentials(arguments.text("username"), arguments.text("password"));
    helm.push_to_registry(&reference, &artifact, &given)
}

fn reference(remote: &str, chart: &Chart) -> Outcome<Reference> {
    let place = remote.strip_prefix(SCHEME).unwrap_or(remote).trim_end_matches('/');
    Reference::parse(&format!("{place}/{}:{}", chart.name(), chart.metadata.version))
}
