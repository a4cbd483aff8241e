//! Tools that hold on to a pod: attaching, a pod for the while, ports forwarded, files copied.

use std::path::Path;
use std::sync::Arc;

use opsdrill_session::log::Forget;
use opsdrill_session::{Library, Options, Script, Session};
use opsdrill_testkit::folder;

/// A drill that has just begun.
struct Prompt(Session);

impl Prompt {
    fn new() -> Self {
        let mut library = Library::default();
        library.add(folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")));
        let options = Options { step: true, ..Options::default() };
        let drill = "catalog-update-does-not-finish";
        Self(Session::new(Arc::new(library), drill, options).expect("a good scenario"))
    }

    /// What a line prints, and its exit status if it is not 0.
    fn run(&mut self, line: &str) -> String {
        let mut front = Script::default();
        let end = self.0.run_line(line, &mut front, &mut Forget);
        if end.status == 0 { front.output } else { format!("{}({})\n", front.output, end.status) }
    }
}

#[test]
fn a_pod_for_the_while_is_entered_and_deleted() {
    let mut prompt = Prompt::new();
    let says = "If you don't see a command prompt, try pressing enter.\n";
    let run = "kubectl run t --rm -it --image=busybox --restart=Never -- sh";
    assert_eq!(prompt.run(run), says);
    assert_eq!(prompt.run("hostname"), "t\n");
    assert_eq!(prompt.run("exit"), "pod \"t\" deleted\n");
    let gone = "Error from server (NotFound): pods \"t\" not found\n(1)\n";
    assert_eq!(prompt.run("sleep 40; kubectl get pod t"), gone);
    let looked =
        prompt.run("kubectl run t --rm -i --image=busybox --restart=Never -- nslookup cart");
    assert!(looked.contains("Name:\tcart.shop.svc.cluster.local\n"), "{looked}");
    assert!(looked.ends_with("pod \"t\" deleted\n"), "{looked}");
    assert_eq!(
        prompt.run("kubectl run e --rm -i --image=busybox --restart=Never -- echo hello"),
        "hello\npod \"e\" deleted\n"
    );
}

#[test]
fn a_shell_is_attached_to_again_after_its_container_has_started_anew() {
    let mut prompt = Prompt::new();
    let says = "If you don't see a command prompt, try pressing enter.\n";
    let ended = "Session ended, resume using 'kubectl attach t -c t -i -t' command when the pod is running\n";
    assert_eq!(prompt.run("kubectl run t -it --image=busybox -- sh"), says);
    assert_eq!(prompt.run("exit"), ended);
    let pod = prompt.run("sleep 3; kubectl get pod t --no-headers");
    assert!(pod.contains("Running   1 ("), "{pod}");
    assert_eq!(prompt.run("kubectl attach t -it"), says);
    assert_eq!(prompt.run("echo hi"), "hi\n");
    assert_eq!(prompt.run("exit"), ended);
    // What an application writes is followed until somebody has seen enough.
    assert_eq!(prompt.run("timeout 4 kubectl attach deploy/cart"), format!("{says}(124)\n"));
}

#[test]
fn ports_lead_to_a_pod_as_long_as_they_are_open() {
    let mut prompt = Prompt::new();
    let code =
        |port: u16| format!("curl -s -o /dev/null -w '%{{http_code}}\\n' localhost:{port}/healthz");
    assert_eq!(prompt.run(&code(8080)), "000\n(7)\n");
    assert_eq!(
        prompt.run("kubectl port-forward svc/cart 8080:81"),
        "error: Service cart does not have a service port 81\n(1)\n"
    );
    let opened = prompt.run("kubectl port-forward svc/cart 8080:80 > forward.log &");
    assert_eq!(opened, "");
    let log = prompt.run("cat forward.log");
    assert!(log.starts_with("Forwarding from 127.0.0.1:8080 -> "), "{log}");
    assert_eq!(prompt.run(&code(8080)), "200\n");
    let taken = prompt.run("kubectl port-forward svc/cart 8080:80");
    assert!(taken.starts_with("Unable to listen on port 8080: "), "{taken}");
    // In the foreground they are closed when the command ends.
    let shown = prompt.run("timeout 5 kubectl port-forward deploy/cart 8081:8080");
    assert_eq!(
        shown,
        "Forwarding from 127.0.0.1:8081 -> 8080\nForwarding from [::1]:8081 -> 8080\n(124)\n"
    );
    assert_eq!(prompt.run(&code(8081)), "000\n(7)\n");
}

#[test]
fn files_go_to_a_container_and_back() {
    let mut prompt = Prompt::new();
    prompt.run("kubectl run t --image=busybox -- sleep 3600; sleep 5; echo hi > f.txt");
    let removing = "tar: removing leading '/' from member names\n";
    assert_eq!(prompt.run("kubectl cp f.txt t:/tmp/g.txt"), "");
    assert_eq!(prompt.run("kubectl exec t -- cat /tmp/g.txt"), "hi\n");
    assert_eq!(prompt.run("kubectl cp f.txt t:/tmp"), "");
    assert_eq!(
        prompt.run("kubectl cp t:/tmp/f.txt back.txt; cat back.txt"),
        format!("{removing}hi\n")
    );
    assert_eq!(
        prompt.run("kubectl cp t:/tmp folder; ls folder"),
        format!("{removing}f.txt  g.txt\n")
    );
    assert_eq!(
        prompt.run("kubectl cp t:/nope x"),
        "tar: /nope: No such file or directory\ntar: error exit delayed from previous errors\ncommand terminated with exit code 1\n(1)\n"
    );
    assert_eq!(
        prompt.run("kubectl cp f.txt t:/nope/f.txt"),
        "tar: can't change directory to '/nope': No such file or directory\ncommand terminated with exit code 1\n(1)\n"
    );
    for (line, why) in [
        ("cp a b", "one of src or dest must be a remote file specification"),
        ("cp p:a q:b", "one of src or dest must be a local file specification"),
        ("cp /nonex t:/x", "/nonex doesn't exist in local filesystem"),
        ("cp t: x", "filepath can not be empty"),
        ("cp a/b/c:x y", "filespec must match the canonical format: [[namespace/]pod:]file/path"),
        ("cp t:/tmp/f.txt folder", "open folder: is a directory"),
    ] {
        let shown = prompt.run(&format!("kubectl {line}"));
        assert_eq!(shown.trim_start_matches(removing), format!("error: {why}\n(1)\n"), "{line}");
    }
}

/// The engine follows the simplest commands by itself; behind a `:` the same go to the shell.
#[test]
fn simple_commands_end_as_in_the_shell() {
    let mut prompt = Prompt::new();
    let scripts = [
        "echo a",
        "echo 'a  b'; sleep 2 && echo c; exit 3; echo d",
        "false || echo no && true",
        "false && echo no",
        "sleep 1.5; echo x=1 y:2 50% a,b",
        "echo \"quoted; not ended\"\necho b\nsleep 1",
        "exec echo c; echo d",
        "true; exit 0",
    ];
    for (place, script) in scripts.iter().enumerate() {
        for (name, prefix) in [("plain", ""), ("shell", ": ; ")] {
            let run = format!(
                "kubectl run {name}-{place} --image=busybox --restart=Never --command -- sh -c '{}'",
                format!("{prefix}{script}").replace('\'', "'\\''")
            );
            prompt.run(&run);
        }
    }
    prompt.run("sleep 20");
    let mut seen = |name: String| {
        let state = ".status.containerStatuses[0].state.terminated";
        let path = format!("{{{state}.exitCode}} {{{state}.reason}}");
        let end = prompt.run(&format!("kubectl get pod {name} -o jsonpath='{path}'"));
        (prompt.run(&format!("kubectl logs {name}")), end)
    };
    for (place, script) in scripts.iter().enumerate() {
        let plain = seen(format!("plain-{place}"));
        assert!(plain.1.contains("Completed") || plain.1.contains("Error"), "{script}: {plain:?}");
        assert_eq!(plain, seen(format!("shell-{place}")), "{script}");
    }
}
