//! The real Helm and ours on one cluster: each reads, upgrades and rolls back what the other has released. Run with
//! `--ignored` and `OPSDRILL_HELM` (or a helm 3 on PATH).
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]
#![expect(clippy::disallowed_methods, reason = "this test is about programs as processes")]
#![cfg(unix)]

#[path = "https/mod.rs"]
mod https;

use std::process::{Command, Output};
use std::thread::sleep;
use std::time::Duration;

use https::Program;

/// How often it is looked whether our helm has done what was typed.
const LOOKS_MAX: u32 = 100;

impl Program {
    fn helm(&self, arguments: &[&str]) -> Output {
        let name = std::env::var_os("OPSDRILL_HELM").unwrap_or_else(|| "helm".into());
        let home = |part: &str| self.state.join(part);
        Command::new(name)
            .args(arguments)
            .current_dir(&self.state)
            .env("KUBECONFIG", &self.kubeconfig)
            .env("HELM_CACHE_HOME", home("cache"))
            .env("HELM_CONFIG_HOME", home("config"))
            .env("HELM_DATA_HOME", home("data"))
            .output()
            .expect("a helm")
    }

    /// What the real Helm prints; it must succeed.
    fn prints(&self, line: &str) -> String {
        let arguments: Vec<&str> = line.split(' ').collect();
        let output = self.helm(&arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "helm {line}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Types a line for our helm, and looks through the real one until it has happened.
    fn types_until(&mut self, line: &str, look: &str, wanted: &str) {
        self.types(line);
        let arguments: Vec<&str> = look.split(' ').collect();
        let mut seen = String::new();
        for _ in 0..LOOKS_MAX {
            let output = self.helm(&arguments);
            seen = String::from_utf8_lossy(&output.stdout).into_owned();
            if output.status.success() && seen.contains(wanted) {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("after `{line}`, `helm {look}` shows:\n{seen}");
    }
}

#[test]
#[ignore = "needs a real helm"]
fn each_helm_goes_on_with_what_the_other_has_released() {
    let mut drill = Program::start(
        "real-helm",
        &["play", "catalog-update-does-not-finish", "--serve", "--pace", "20"],
    );
    drill.prints("create web");
    let copied = drill.workspace.join("web");
    let made = Command::new("cp").arg("-r").arg(drill.state.join("web")).arg(&copied).status();
    assert!(made.unwrap().success());

    let set = "--set image.tag=1 --description";
    drill.types_until(&format!("helm install ours web {set} first"), "history ours", "first");
    assert!(drill.prints("get values ours").contains("tag: 1"));
    assert!(drill.prints("get notes ours").starts_with("NOTES:\n"));
    drill.prints("upgrade ours web --reuse-values --set replicaCount=2");
    drill.types_until("helm rollback ours 1", "history ours", "Rollback to 1");
    drill.prints("rollback ours 2");
    drill.types_until(
        "helm uninstall ours --keep-history",
        "history ours",
        "Uninstallation complete",
    );
    drill.prints("rollback ours 3");
    drill.prints("uninstall ours");

    drill.prints("install theirs web --set image.tag=1");
    drill.types_until(
        "helm upgrade theirs web --reuse-values --set replicaCount=3 --description second",
        "history theirs",
        "second",
    );
    let values = drill.prints("get values theirs -o json");
    assert_eq!(values, "{\"image\":{\"tag\":1},\"replicaCount\":3}\n");
    let manifest = drill.prints("get manifest theirs");
    assert_eq!(manifest, {
        let fresh = "template theirs web --set image.tag=1,replicaCount=3 --no-hooks --namespace";
        let namespace = drill.prints("list -o json");
        let namespace = namespace.split("\"namespace\":\"").nth(1).unwrap();
        let namespace = namespace.split('"').next().unwrap();
        drill.prints(&format!("{fresh} {namespace}")) + "\n"
    });
    drill.prints("rollback theirs 1");
    drill.types_until("helm rollback theirs 2", "history theirs", "Rollback to 2");
    drill.types("helm uninstall theirs");
    let is_gone = |drill: &Program| !drill.helm(&["status", "theirs"]).status.success();
    for _ in 0..LOOKS_MAX {
        if is_gone(&drill) {
            break;
        }
        sleep(Duration::from_millis(100));
    }
    assert!(is_gone(&drill), "our helm uninstalls what the real one has installed");
    drill.ends();
}
