//! The real kubectl on the served cluster. Run with `--ignored` and `OPSDRILL_KUBECTL` (or kubectl on PATH).
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]
#![expect(clippy::disallowed_methods, reason = "this test is about programs as processes")]
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use opsdrill_testkit::folder;

/// A session that is served, with its prompt on a pipe.
struct Served {
    program: Child,
    prompt: ChildStdin,
    state: PathBuf,
    kubeconfig: String,
    /// Where the manifests are.
    workspace: PathBuf,
    output: std::thread::JoinHandle<String>,
}

fn start(name: &str, arguments: &[&str]) -> Served {
    let state = folder::empty(env!("CARGO_TARGET_TMPDIR"), name);
    let mut program = Command::new(env!("CARGO_BIN_EXE_opsdrill"))
        .args(arguments)
        .env("OPSDRILL_STATE", &state)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let prompt = program.stdin.take().unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let mut workspace = PathBuf::new();
    let told = lines.by_ref().map(Result::unwrap).find_map(|line| {
        if let Some(path) = line.strip_prefix("workspace: ") {
            workspace = path.into();
        }
        Some(line.strip_prefix("kubeconfig: ")?.to_owned())
    });
    let kubeconfig = told.expect("the program says where the kubeconfig is");
    let output =
        std::thread::spawn(move || lines.map_while(Result::ok).map(|it| it + "\n").collect());
    Served { program, prompt, state, kubeconfig, workspace, output }
}

impl Served {
    fn kubectl(&self, arguments: &[&str]) -> Output {
        let name = std::env::var_os("OPSDRILL_KUBECTL").unwrap_or_else(|| "kubectl".into());
        Command::new(name)
            .args(arguments)
            .args(["--request-timeout", "30s", "--cache-dir"])
            .arg(self.state.join("cache"))
            .env("KUBECONFIG", &self.kubeconfig)
            .output()
            .expect("a kubectl")
    }

    /// What kubectl prints; it must succeed.
    fn prints(&self, arguments: &[&str]) -> String {
        let output = self.kubectl(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl {arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What kubectl complains of; it must fail.
    fn refuses(&self, arguments: &[&str]) -> String {
        let output = self.kubectl(arguments);
        assert!(!output.status.success(), "kubectl {arguments:?} succeeded");
        String::from_utf8(output.stderr).unwrap()
    }

    fn types(&mut self, line: &str) {
        writeln!(self.prompt, "{line}").unwrap();
    }

    /// Closes the prompt; answers what the program has said.
    fn ends(mut self) -> (String, PathBuf) {
        drop(self.prompt);
        self.program.wait().unwrap();
        (self.output.join().unwrap(), self.state)
    }
}

fn verify(state: &Path) -> String {
    let verified = Command::new(env!("CARGO_BIN_EXE_opsdrill"))
        .arg("verify")
        .env("OPSDRILL_STATE", state)
        .output()
        .unwrap();
    String::from_utf8(verified.stdout).unwrap()
}

#[test]
#[ignore = "needs a real kubectl"]
fn the_guided_drill_is_solved_with_the_real_kubectl() {
    let mut drill = start(
        "real-kubectl-guided",
        &["play", "catalog-update-does-not-finish", "--serve", "--pace", "60"],
    );
    let pods = drill.prints(&["get", "pods"]);
    let broken = pods.lines().find(|it| it.contains("ImagePullBackOff")).unwrap();
    let broken = broken.split(' ').next().unwrap();
    let described = drill.prints(&["describe", "pod", broken]);
    assert!(described.contains("shop/catalog:3.21: not found"), "{described}");
    let manifest = drill.workspace.join("k8s/catalog/deployment.yaml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("catalog:3.21", "catalog:3.2.1")).unwrap();
    let applied = drill.prints(&["apply", "-f", manifest.to_str().unwrap()]);
    assert_eq!(applied, "deployment.apps/catalog configured\n");
    let rolled = drill.prints(&["rollout", "status", "deployment/catalog"]);
    assert!(rolled.ends_with("successfully rolled out\n"), "{rolled}");
    assert!(drill.prints(&["get", "pods", "-l", "app=catalog"]).contains("1/1"));
    drill.types(&format!("diagnose deployment/catalog image-missing pod/{broken} ErrImagePull"));
    sleep(Duration::from_secs(4));
    drill.types("submit");
    let (said, state) = drill.ends();
    assert!(said.contains("PASS "), "{said}");
    let verified = verify(&state);
    assert!(verified.starts_with("verified: PASS"), "{verified}");
}

#[test]
#[ignore = "needs a real kubectl"]
fn an_empty_cluster_serves_the_usual_commands() {
    let served = start("real-kubectl-empty", &["serve", "--empty", "--pace", "20"]);
    assert!(served.prints(&["get", "ns"]).contains("kube-system"));
    assert_eq!(served.prints(&["create", "namespace", "demo"]), "namespace/demo created\n");
    let created = served.prints(&["-n", "demo", "create", "deploy", "web", "--image=nginx"]);
    assert_eq!(created, "deployment.apps/web created\n");
    served.prints(&["-n", "demo", "scale", "deploy/web", "--replicas=3"]);
    served.prints(&["-n", "demo", "rollout", "status", "deploy/web"]);
    assert!(served.prints(&["-n", "demo", "logs", "deploy/web"]).contains("docker-entrypoint"));
    assert!(served.prints(&["explain", "deploy.spec.strategy"]).contains("rollingUpdate"));
    let missing = served.refuses(&["-n", "demo", "get", "deploy", "nothing"]);
    assert_eq!(missing, "Error from server (NotFound): deployments.apps \"nothing\" not found\n");
    let refused = served.refuses(&["--token=wrong", "--client-certificate=/dev/null", "get", "ns"]);
    assert!(!refused.is_empty());
    served.prints(&["delete", "ns", "demo"]);
    let Served { mut program, .. } = served;
    program.kill().unwrap();
    program.wait().unwrap();
}
