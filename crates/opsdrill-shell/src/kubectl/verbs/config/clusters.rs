//! The clusters of the kubeconfig.

use serde_json::Map;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::kubeconfig::Entry;

use super::contexts::{file_of, unexpected};

/// `kubectl config get-clusters`.
pub(super) struct GetClusters;

impl Verb for GetClusters {
    const NAME: &'static str = "get-clusters";
    const SUMMARY: &'static str = "Print the clusters of the kubeconfig";

    fn run(context: &mut Context, _: &Arguments) -> Outcome {
        let text = names(&context.config.clusters);
        context.out(&text);
        Ok(0)
    }
}

/// A heading, and the names in their order.
pub(super) fn names(entries: &[Entry]) -> String {
    let mut names: Vec<&str> = entries.iter().map(|it| it.name.as_str()).collect();
    names.sort_unstable();
    format!("NAME\n{}", names.iter().map(|it| format!("{it}\n")).collect::<String>())
}

/// The entry of that name, made if there is none.
pub(super) fn entry<'a>(entries: &'a mut Vec<Entry>, name: &str) -> &'a mut Entry {
    let place = entries.iter().position(|it| it.name == name).unwrap_or_else(|| {
        entries.push(Entry { name: name.to_owned(), fields: Map::new() });
        entries.len() - 1
    });
    &mut entries[place]
}

/// `kubectl config set-cluster`.
pub(super) struct SetCluster;

impl Verb for SetCluster {
    const NAME: &'static str = "set-cluster";
    const USAGE: &'static str = "NAME [--server=SERVER]";
    const SUMMARY: &'static str = "Change a cluster of the kubeconfig, or add one";
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::text("server").about("The cluster's address."),
        Flag::text("tls-server-name").about("The name in its certificate."),
        Flag::text("proxy-url").about("The proxy in between."),
        Flag::text("certificate-authority").about("A file with the authority's certificate."),
        Flag::switch("insecure-skip-tls-verify").about("Do not look at the certificate."),
        Flag::switch("embed-certs").not_simulated(),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let [name] = arguments.positional.as_slice() else { return Err(unexpected(arguments)) };
        let authority = arguments.text("certificate-authority");
        let insecure = arguments.switch("insecure-skip-tls-verify");
        if insecure && !authority.is_empty() {
            return Err(ToolError::plain(
                "you cannot specify a certificate authority and insecure mode at the same time",
            ));
        }
        let entry = entry(&mut context.config.clusters, name);
        for flag in ["server", "tls-server-name", "proxy-url", "certificate-authority"] {
            if arguments.is_set(flag) {
                entry.fields.insert(flag.to_owned(), arguments.text(flag).into());
            }
        }
        if arguments.is_set("insecure-skip-tls-verify") {
            entry.fields.remove("insecure-skip-tls-verify");
            if insecure {
                entry.fields.insert("insecure-skip-tls-verify".to_owned(), true.into());
                entry.fields.remove("certificate-authority");
                entry.fields.remove("certificate-authority-data");
            }
        }
        if !authority.is_empty() {
            entry.fields.remove("insecure-skip-tls-verify");
            entry.fields.remove("certificate-authority-data");
        }
        context.out(&format!("Cluster {name:?} set.\n"));
        Ok(0)
    }
}

/// `kubectl config delete-cluster`.
pub(super) struct DeleteCluster;

impl Verb for DeleteCluster {
    const NAME: &'static str = "delete-cluster";
    const USAGE: &'static str = "NAME";
    const SUMMARY: &'static str = "Take a cluster out of the kubeconfig";

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let [name] = arguments.positional.as_slice() else { return Err(unexpected(arguments)) };
        let file = file_of(context);
        let before = context.config.clusters.len();
        context.config.clusters.retain(|it| it.name != *name);
        if context.config.clusters.len() == before {
            return Err(ToolError::plain(format!("cannot delete cluster {name}, not in {file}")));
        }
        context.out(&format!("deleted cluster {name} from {file}\n"));
        Ok(0)
    }
}
