//! The real kubectl on the served cluster. Run with `--ignored` and `OPSDRILL_KUBECTL` (or kubectl on PATH).
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]
#![expect(clippy::disallowed_methods, reason = "this test is about programs as processes")]
#![cfg(unix)]

#[path = "https/mod.rs"]
mod https;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use https::Program;

impl Program {
    fn kubectl(&self, arguments: &[&str]) -> Output {
        let name = std::env::var_os("OPSDRILL_KUBECTL").unwrap_or_else(|| "kubectl".into());
        Command::new(name)
            .args(["--request-timeout", "30s", "--cache-dir"])
            .arg(self.state.join("cache"))
            .args(arguments)
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
    let mut drill = Program::start(
        "real-kubectl-guided",
        &["play", "catalog-update-does-not-finish", "--serve", "--pace", "60"],
    );
    let pods = drill.prints(&["get", "pods"]);
    let broken = pods.lines().find(|it| it.contains("ImagePullBackOff")).unwrap();
    let broken = broken.split(' ').next().unwrap();
    let described = drill.prints(&["describe", "pod", broken]);
    assert!(described.contains("shop/catalog:3.21: not found"), "{described}");
    // The source is the chart's values, which an editor changes; the cluster is changed by kubectl alone.
    let values = drill.workspace.join("helm/catalog/values-production.yaml");
    let text = std::fs::read_to_string(&values).unwrap();
    std::fs::write(&values, text.replace("3.21", "3.2.1")).unwrap();
    let image = "catalog=registry.company.com/shop/catalog:3.2.1";
    let set = drill.prints(&["set", "image", "deployment/catalog", image]);
    assert_eq!(set, "deployment.apps/catalog image updated\n");
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
    let served = Program::start("real-kubectl-empty", &["serve", "--empty", "--pace", "20"]);
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
}

/// Starts a kubectl that goes on, with its input and output on pipes.
fn spawn(served: &Program, arguments: &[&str]) -> Child {
    let name = std::env::var_os("OPSDRILL_KUBECTL").unwrap_or_else(|| "kubectl".into());
    Command::new(name)
        .args(arguments)
        .env("KUBECONFIG", &served.kubeconfig)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a kubectl")
}

/// A pod that runs.
fn with_pod(name: &str) -> Program {
    let served = Program::start(name, &["serve", "--empty", "--pace", "20"]);
    served.prints(&["run", "web", "--image=nginx"]);
    served.prints(&["wait", "--for=condition=Ready", "pod/web", "--timeout=25s"]);
    served
}

#[test]
#[ignore = "needs a real kubectl"]
fn commands_run_in_containers() {
    let served = with_pod("real-kubectl-exec");
    assert_eq!(served.prints(&["exec", "web", "--", "cat", "/etc/hostname"]), "web\n");
    let failed =
        served.kubectl(&["exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 7"]);
    assert_eq!(failed.status.code(), Some(7));
    assert_eq!(failed.stdout, b"out\n");
    assert_eq!(failed.stderr, b"err\ncommand terminated with exit code 7\n");
    // Recordings 338, 341.
    let missing = served.refuses(&["exec", "web", "--", "nope"]);
    let wording = "error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec \"";
    assert!(missing.starts_with(wording), "{missing}");
    let refused = served.refuses(&["exec", "web", "-c", "nope", "--", "ls"]);
    assert!(refused.contains("container nope is not valid for pod web"), "{refused}");
    // What is sent is read to its end, and a shell runs it line by line.
    let mut reads =
        spawn(&served, &["exec", "-i", "web", "--", "sh", "-c", "cat > /tmp/x; wc -c /tmp/x"]);
    reads.stdin.take().unwrap().write_all(&vec![b'a'; 100_000]).unwrap();
    let output = reads.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "100000 /tmp/x\n");
    let mut shell = spawn(&served, &["exec", "-i", "web", "--", "sh"]);
    shell
        .stdin
        .take()
        .unwrap()
        .write_all(b"cd /tmp\nfor i in 1 2; do\necho $i\ndone\npwd; exit 3\n")
        .unwrap();
    let output = shell.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "1\n2\n/tmp\n");
    assert_eq!(output.status.code(), Some(3));
    // A command that waits holds nobody up.
    let mut waits = spawn(&served, &["exec", "web", "--", "sh", "-c", "sleep 100; echo slept"]);
    sleep(Duration::from_secs(1));
    assert_eq!(served.prints(&["exec", "web", "--", "echo", "meanwhile"]), "meanwhile\n");
    assert!(waits.try_wait().unwrap().is_none(), "it sleeps for five seconds");
    let slept = waits.wait_with_output().unwrap();
    assert_eq!(slept.stdout, b"slept\n");
    served.kill();
}

#[test]
#[ignore = "needs a real kubectl"]
fn files_are_copied_both_ways() {
    let served = with_pod("real-kubectl-cp");
    let here = served.state.join("here");
    std::fs::create_dir_all(here.join("folder/inner")).unwrap();
    let binary: Vec<u8> = (0..70_000_u32).map(|it| (it * 7 % 251) as u8).collect();
    std::fs::write(here.join("folder/data.bin"), &binary).unwrap();
    std::fs::write(here.join("folder/inner/text"), "hello\n").unwrap();
    let local = |name: &str| here.join(name).to_str().unwrap().to_owned();
    served.prints(&["cp", &local("folder"), "web:/tmp/there"]);
    let listed = served.prints(&["exec", "web", "--", "cat", "/tmp/there/inner/text"]);
    assert_eq!(listed, "hello\n");
    served.prints(&["cp", "web:/tmp/there", &local("back")]);
    assert_eq!(std::fs::read(here.join("back/data.bin")).unwrap(), binary);
    assert_eq!(std::fs::read(here.join("back/inner/text")).unwrap(), b"hello\n");
    let missing = served.kubectl(&["cp", "web:/nothing", &local("nothing")]);
    assert!(!missing.status.success());
    // kubectl shows what `tar` complains of on its standard output.
    let said = String::from_utf8(missing.stdout).unwrap();
    assert!(said.contains("tar: /nothing: Cannot stat: No such file or directory"), "{said}");
    served.kill();
}

#[test]
#[ignore = "needs a real kubectl"]
fn ports_lead_to_pods() {
    let served = with_pod("real-kubectl-ports");
    let mut forward = spawn(&served, &["port-forward", "pod/web", ":80", ":81"]);
    let mut lines = BufReader::new(forward.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut port = |far: &str| -> u16 {
        let line =
            lines.find(|it| it.starts_with("Forwarding from 127.0.0.1:") && it.ends_with(far));
        let line = line.unwrap();
        let port = line.strip_prefix("Forwarding from 127.0.0.1:").unwrap();
        port.split(' ').next().unwrap().parse().unwrap()
    };
    let (open, refused) = (port("-> 80"), port("-> 81"));
    let ask = |port: u16| {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        let _ = std::io::Read::read_to_string(&mut stream, &mut answer);
        answer
    };
    for _ in 0..2 {
        let answer = ask(open);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains("Welcome to nginx!"), "{answer}");
    }
    assert_eq!(ask(refused), "");
    let mut complaint = String::new();
    let mut stderr = BufReader::new(forward.stderr.take().unwrap());
    while !complaint.contains("connection refused") {
        assert!(stderr.read_line(&mut complaint).unwrap() > 0, "{complaint}");
    }
    assert!(complaint.contains("rror occurred forwarding"), "{complaint}");
    let _ = forward.kill();
    forward.wait().unwrap();
    served.kill();
}

#[test]
#[ignore = "needs a real kubectl"]
fn what_clients_did_in_containers_is_played_again() {
    let name = "catalog-update-does-not-finish";
    let drill = Program::start("real-kubectl-replay", &["play", name, "--serve", "--pace", "60"]);
    let pod = drill.prints(&["get", "pods", "-l", "app=orders", "-o", "name"]);
    let pod = pod.lines().next().unwrap();
    drill.prints(&["exec", pod, "--", "sh", "-c", "echo kept > /tmp/note"]);
    let mut waits = spawn(&drill, &["exec", pod, "--", "sh", "-c", "sleep 120; cat /tmp/note"]);
    sleep(Duration::from_millis(700));
    drill.prints(&["annotate", pod, "seen=meanwhile"]);
    assert_eq!(waits.wait_with_output_checked(), "kept\n");
    // The prompt is left; the session goes on where it was.
    let (_, state) = drill.ends();
    let mut drill = Program::start_in(state, &["resume", "--serve", "--pace", "60"]);
    assert_eq!(drill.prints(&["exec", pod, "--", "cat", "/tmp/note"]), "kept\n");
    drill.types("submit");
    let (_, state) = drill.ends();
    let verified = verify(&state);
    assert!(verified.starts_with("verified: "), "{verified}");
}

/// The output of a process that must succeed.
trait Checked {
    fn wait_with_output_checked(&mut self) -> String;
}

impl Checked for Child {
    fn wait_with_output_checked(&mut self) -> String {
        let mut output = String::new();
        std::io::Read::read_to_string(&mut self.stdout.take().unwrap(), &mut output).unwrap();
        assert!(self.wait().unwrap().success());
        output
    }
}

#[test]
#[ignore = "needs a real kubectl"]
fn a_shell_in_a_terminal_is_stayed_in() {
    let served = with_pod("real-kubectl-terminal");
    let name = std::env::var("OPSDRILL_KUBECTL").unwrap_or_else(|_| "kubectl".into());
    let mut command = Command::new(name);
    command.args(["exec", "-it", "web", "--", "bash"]).env("KUBECONFIG", &served.kubeconfig);
    let mut terminal = rexpect::session::spawn_command(command, Some(20_000)).unwrap();
    terminal.exp_string("root@web:/# ").unwrap();
    terminal.send_line("cd /tmp; ecx\u{7f}ho here > x; cat x").unwrap();
    terminal.exp_string("here\r\n").unwrap();
    terminal.exp_string("root@web:/tmp# ").unwrap();
    // Ctrl-C ends what waits, not the shell.
    terminal.send_line("sleep 1000").unwrap();
    sleep(Duration::from_secs(1));
    terminal.send_control('c').unwrap();
    terminal.exp_string("root@web:/tmp# ").unwrap();
    terminal.send_line("exit 5").unwrap();
    terminal.exp_string("command terminated with exit code 5").unwrap();
    served.kill();
}

#[test]
#[ignore = "needs a real kubectl"]
fn older_ways_to_connect_still_lead_in() {
    let served = with_pod("real-kubectl-spdy");
    let spdy = |arguments: &[&str]| {
        let name = std::env::var_os("OPSDRILL_KUBECTL").unwrap_or_else(|| "kubectl".into());
        let mut command = Command::new(name);
        command.args(arguments).env("KUBECONFIG", &served.kubeconfig);
        command.env("KUBECTL_REMOTE_COMMAND_WEBSOCKETS", "false");
        command.env("KUBECTL_PORT_FORWARD_WEBSOCKETS", "false");
        command
    };
    let output =
        spdy(&["exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 7"]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(output.stdout, b"out\n");
    assert_eq!(output.stderr, b"err\ncommand terminated with exit code 7\n");
    let mut forward =
        spdy(&["port-forward", "pod/web", ":80"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(forward.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let port = line.strip_prefix("Forwarding from 127.0.0.1:").unwrap().split(' ').next().unwrap();
    let mut stream = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let _ = forward.kill();
    forward.wait().unwrap();
    served.kill();
}

#[test]
#[ignore = "needs a real kubectl"]
fn what_nodes_and_pods_use_and_answer() {
    let served = with_pod("real-kubectl-top");
    let nodes = served.prints(&["top", "nodes"]);
    assert!(nodes.starts_with("NAME "), "{nodes}");
    assert_eq!(nodes.lines().count(), 4, "{nodes}");
    let pods = served.prints(&["top", "pod", "web", "--containers", "--no-headers"]);
    assert_eq!(pods.split_whitespace().take(2).collect::<Vec<_>>(), ["web", "web"], "{pods}");
    let missing = served.refuses(&["top", "pod", "nothing"]);
    assert!(missing.starts_with("Error from server (NotFound): "), "{missing}");
    served.prints(&["expose", "pod", "web", "--port=80"]);
    sleep(Duration::from_secs(1));
    for place in ["pods/web:80", "services/web", "services/web:80"] {
        let path = format!("/api/v1/namespaces/default/{place}/proxy/");
        let page = served.prints(&["get", "--raw", &path]);
        assert!(page.contains("Welcome to nginx!"), "{place}: {page}");
    }
    let path = "/api/v1/namespaces/default/pods/web:81/proxy/";
    let refused = served.refuses(&["get", "--raw", path]);
    assert!(refused.contains("error trying to reach service: dial tcp "), "{refused}");
    assert!(refused.contains(":81: connect: connection refused"), "{refused}");
    let none = "/api/v1/namespaces/default/services/web:81/proxy/";
    let refused = served.refuses(&["get", "--raw", none]);
    assert!(refused.contains("no service port 81 found for service \"web\""), "{refused}");
    served.kill();
}

#[test]
#[ignore = "needs a real kubectl"]
fn schemas_of_version_2_and_chunks_of_a_list() {
    let served = Program::start("real-kubectl-v2", &["serve", "--empty", "--pace", "20"]);
    let explained =
        served.prints(&["explain", "pod.spec.containers", "--output=plaintext-openapiv2"]);
    // Recording 360.
    let begins = "KIND:     Pod\nVERSION:  v1\n\nRESOURCE: containers <[]Object>\n\nDESCRIPTION:\n";
    assert!(explained.starts_with(begins), "{explained}");
    assert!(explained.contains("FIELDS:\n   args\t<[]string>\n"), "{explained}");
    let chunk = |query: &str| -> serde_json::Value {
        let path = format!("/api/v1/namespaces?limit=2{query}");
        serde_json::from_str(&served.prints(&["get", "--raw", &path])).unwrap()
    };
    let names = |list: &serde_json::Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap();
        items.iter().map(|it| it["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let first = chunk("");
    let token = first["metadata"]["continue"].as_str().unwrap();
    served.prints(&["create", "namespace", "kube-q"]);
    let second = chunk(&format!("&continue={token}"));
    assert_eq!(names(&first), ["default", "kube-node-lease"]);
    assert_eq!(names(&second), ["kube-public", "kube-system"]);
    let version = |list: &serde_json::Value| list["metadata"]["resourceVersion"].clone();
    assert_eq!(version(&first), version(&second));
    let exact = format!("&resourceVersionMatch=Exact&resourceVersion={}", version(&first));
    assert_eq!(names(&chunk(&exact.replace('"', ""))), names(&first));
    served.kill();
}

#[test]
#[ignore = "needs a real kubectl"]
fn what_a_container_writes_is_followed() {
    let served = Program::start("real-kubectl-attach", &["serve", "--empty", "--pace", "20"]);
    served.prints(&[
        "run",
        "talks",
        "--image=busybox",
        "--",
        "sh",
        "-c",
        "sleep 120; echo said; sleep 20",
    ]);
    served.prints(&["wait", "--for=condition=Ready", "pod/talks", "--timeout=25s"]);
    let attached = served.kubectl(&["attach", "talks"]);
    let said = String::from_utf8(attached.stdout).unwrap();
    assert!(attached.status.success(), "{}", String::from_utf8_lossy(&attached.stderr));
    assert!(said.contains("said"), "{said}");
    served.kill();
}
