//! `helm env`: the settings that it works with.

use crate::kubectl::flags::Arguments;

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::Outcome;

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("env", "", "helm client environment information", run).takes(Count::AtMost(1));

#[expect(clippy::unnecessary_wraps, reason = "all commands have one form")]
fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let rows = rows(helm);
    let text = match arguments.positional.first() {
        None => rows.iter().map(|(name, value)| format!("{name}=\"{value}\"\n")).collect(),
        Some(asked) => {
            let found = rows.iter().find(|it| it.0 == asked);
            format!("{}\n", found.map(|it| it.1.as_str()).unwrap_or_default())
        }
    };
    helm.out(&text);
    Ok(())
}

/// The settings in order of their names.
fn rows(helm: &Helm) -> Vec<(&'static str, String)> {
    let variable = |name: &str| helm.kube.surroundings.variable(name);
    let home = variable("HOME").unwrap_or_else(|| "/home/trainee".to_owned());
    let or = |name: &'static str, default: String| (name, variable(name).unwrap_or(default));
    let cache = or("HELM_CACHE_HOME", format!("{home}/.cache/helm")).1;
    let config = or("HELM_CONFIG_HOME", format!("{home}/.config/helm")).1;
    let data = or("HELM_DATA_HOME", format!("{home}/.local/share/helm")).1;
    vec![
        ("HELM_BIN", "helm".to_owned()),
        or("HELM_BURST_LIMIT", "100".to_owned()),
        ("HELM_CACHE_HOME", cache.clone()),
        ("HELM_CONFIG_HOME", config.clone()),
        ("HELM_DATA_HOME", data.clone()),
        ("HELM_DEBUG", helm.debug.to_string()),
        or("HELM_KUBEAPISERVER", String::new()),
        or("HELM_KUBEASGROUPS", String::new()),
        or("HELM_KUBEASUSER", String::new()),
        or("HELM_KUBECAFILE", String::new()),
        or("HELM_KUBECONTEXT", String::new()),
        or("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", "false".to_owned()),
        or("HELM_KUBETLS_SERVER_NAME", String::new()),
        or("HELM_KUBETOKEN", String::new()),
        or("HELM_MAX_HISTORY", "10".to_owned()),
        ("HELM_NAMESPACE", helm.namespace()),
        or("HELM_PLUGINS", format!("{data}/plugins")),
        or("HELM_QPS", "0.00".to_owned()),
        or("HELM_REGISTRY_CONFIG", format!("{config}/registry/config.json")),
        or("HELM_REPOSITORY_CACHE", format!("{cache}/repository")),
        or("HELM_REPOSITORY_CONFIG", format!("{config}/repositories.yaml")),
    ]
}
