//! What kubectl says of lines that make no sense, and where help is found. The texts are those of the real one.

mod bench;

use bench::Bench;
use opsdrill_objects::Status;

/// A pod of `web` in a state.
fn pod(name: &str, phase: &str, ready: Option<&str>, restarts: usize) -> String {
    let condition = ready.map_or_else(String::new, |since| {
        format!("[{{type: Ready, status: 'True', lastTransitionTime: '{since}'}}]")
    });
    format!(
        "apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: demo, labels: {{app: web}}}}
spec: {{nodeName: worker-0, containers: [{{name: c, image: nginx}}]}}
status:
  phase: {phase}
  conditions: {condition}
  containerStatuses: [{{name: c, image: nginx, imageID: '', ready: true, restartCount: {restarts}}}]
"
    )
}

#[test]
fn a_template_that_does_not_fit_is_shown_with_all_it_was_given() {
    let mut bench = Bench::new();
    bench.run("create configmap c --from-literal=a=b");
    let text = bench.run("get cm c -o jsonpath={.data[0]}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..5],
        [
            "! error: error executing jsonpath \"{.data[0]}\": Error executing template: map[string]interface {} is not array or slice. Printing more information for debugging the template:",
            "! \ttemplate was:",
            "! \t\t{.data[0]}",
            "! \tobject given to jsonpath engine was:",
            lines[4],
        ]
    );
    let object = "! \t\tmap[string]interface {}{\"apiVersion\":\"v1\", \"data\":map[string]interface {}{\"a\":\"b\"}, \"kind\":\"ConfigMap\", ";
    assert!(lines[4].starts_with(object), "{text}");
    assert_eq!(lines[5..], ["! ", "! ", "(1)"]);
    assert_eq!(
        bench.run("get cm c -o jsonpath="),
        "! error: template format specified but no template given\n(1)\n"
    );
    assert_eq!(
        bench.run("get cm -o name --sort-by=.data.nope"),
        "! error: couldn't find any field with path \"{.data.nope}\" in the list of objects\n(1)\n"
    );
}

#[test]
fn what_is_missing_is_named() {
    let mut bench = Bench::with_web();
    let nothing = "! error: You must provide one or more resources by argument or filename.\n";
    for (line, complaint) in [
        ("scale deploy/web", "required flag(s) \"replicas\" not set"),
        ("run x", "required flag(s) \"image\" not set"),
        ("label pods", "at least one label update is required"),
        ("label pod x a=b a-", "can not both modify and remove a label in the same command"),
        (
            "annotate pod x a=b a- c=d c-",
            "can not both modify and remove the following annotation(s) in the same command: a, c",
        ),
        (
            "patch deploy web",
            "must specify --patch or --patch-file containing the contents of the patch",
        ),
        (
            "patch deploy web -p {} --type=x",
            "--type must be one of [json merge strategic], not \"x\"",
        ),
        ("rollout undo", "required resource not specified"),
        ("replace", "must specify one of -f and -k"),
        ("taint", "one or more resources must be specified as <resource> <name>"),
        ("taint node x", "at least one taint update is required"),
        (
            "taint node x a=b:NoSchedule y",
            "all resources must be specified before taint changes: y",
        ),
        ("exec -- ls", "pod, type/name or --filename must be specified"),
        ("exec web", "you must specify at least one command for the container"),
    ] {
        assert_eq!(bench.run(line), format!("! error: {complaint}\n(1)\n"), "{line}");
    }
    for line in ["set image", "set resources"] {
        assert!(bench.run(line).starts_with(nothing), "{line}");
    }
    assert_eq!(
        bench.run("logs"),
        "! error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\n! POD or TYPE/NAME is a required argument for the logs command\n! See 'kubectl logs -h' for help and examples\n(1)\n"
    );
    assert_eq!(bench.run("diff"), "! error: must specify one of -f and -k\n(2)\n");
}

#[test]
fn what_cannot_be_found_is_named_with_its_place() {
    let mut bench = Bench::with_web();
    for (line, complaint) in [
        (
            "get pods --field-selector foo=bar",
            "Error from server (BadRequest): Unable to find \"/v1, Resource=pods\" that match label selector \"\", field selector \"foo=bar\": field label not supported: foo",
        ),
        (
            "get deploy --field-selector foo=bar",
            "Error from server (BadRequest): Unable to find \"apps/v1, Resource=deployments\" that match label selector \"\", field selector \"foo=bar\": \"foo\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
        ),
        (
            "get pods --field-selector status.phase",
            "Error from server (BadRequest): Unable to find \"/v1, Resource=pods\" that match label selector \"\", field selector \"status.phase\": invalid selector: 'status.phase'; can't understand 'status.phase'",
        ),
        (
            "get pods -l a==!b",
            "Error from server (BadRequest): Unable to find \"/v1, Resource=pods\" that match label selector \"a==!b\", field selector \"\": unable to parse requirement: found '!', expected: identifier",
        ),
        (
            "logs nope",
            "error: error from server (NotFound): pods \"nope\" not found in namespace \"demo\"",
        ),
        (
            "logs deploy/nope",
            "error: error from server (NotFound): deployments.apps \"nope\" not found in namespace \"demo\"",
        ),
        (
            "create cm a --from-env-file=nope",
            "error: error reading nope: no such file or directory",
        ),
    ] {
        assert_eq!(bench.run(line), format!("! {complaint}\n(1)\n"), "{line}");
    }
}

#[test]
fn data_and_labels_are_looked_at_before_they_are_sent() {
    let mut bench = Bench::with_web();
    assert_eq!(
        bench.run("create cm a --from-literal=k=b --from-literal=k=c"),
        "! error: cannot add key \"k\", another key by that name already exists in Data for ConfigMap \"a\"\n(1)\n"
    );
    assert_eq!(
        bench.run("create secret generic a --from-literal=k=b --from-literal=k=c"),
        "! error: cannot add key k, another key by that name already exists\n(1)\n"
    );
    let refused = bench.run("label deploy web a=b/c");
    let start = "! error: invalid label value: \"a=b/c\": a valid label must be an empty string or consist of";
    assert!(refused.starts_with(start) && refused.ends_with("(1)\n"), "{refused}");
    assert_eq!(bench.run("label deploy web a=b=c"), "! error: invalid label spec: a=b=c\n(1)\n");
    assert_eq!(bench.run("annotate deploy web a=b/c=d"), "deployment.apps/web annotated\n");
}

#[test]
fn what_the_runtime_refuses_is_an_internal_error_twice() {
    // Recording 338.
    let mut bench = Bench::new();
    bench.given(&pod("p", "Running", None, 0));
    let why = "Internal error occurred: error executing command in container: failed to exec";
    for (why, shown) in [
        (why, format!("Internal error occurred: {why}")),
        (
            "Internal error occurred: unable to upgrade connection: container not found (\"c\")",
            "Internal error occurred: unable to upgrade connection: container not found (\"c\")"
                .to_owned(),
        ),
    ] {
        bench.door.refuses = Some(Status::new(500, "InternalError", why));
        assert_eq!(bench.run("exec p -- nope"), format!("! error: {shown}\n(1)\n"));
    }
}

#[test]
fn a_warning_about_a_forced_deletion_comes_first() {
    // Recording 392.
    let mut bench = Bench::new();
    bench.given(&pod("p", "Running", None, 0));
    assert_eq!(
        bench.run("delete pod p --force --grace-period=0"),
        "! Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\npod \"p\" force deleted\n"
    );
}

#[test]
fn help_is_never_a_failure() {
    let mut bench = Bench::new();
    let help = bench.run("");
    assert!(help.starts_with("kubectl controls the cluster of this drill."), "{help}");
    assert_eq!(bench.run("help"), help);
    assert_eq!(bench.run("--help"), help);
    let get = bench.run("get --help");
    assert!(get.starts_with("Print one or many objects\n\nUsage:\n  kubectl get "), "{get}");
    let create = bench.run("create --help");
    assert!(create.contains("\nNot simulated: --edit, --windows-line-endings\n"), "{create}");
    assert_eq!(bench.run("help get"), get);
    let options = bench.run("options");
    assert!(options.contains("    -n, --namespace='':\n"), "{options}");
    assert!(options.contains("\nNot simulated: --as-uid, "), "{options}");
}

#[test]
fn what_is_not_simulated_says_so_and_fails() {
    let mut bench = Bench::with_web();
    for (line, what) in [
        ("proxy", "kubectl proxy"),
        ("get pods --as-uid=7", "kubectl get --as-uid"),
        ("run x --image=y --detach-keys=x", "kubectl run --detach-keys"),
        ("debug x --image=y --custom=f.json", "kubectl debug --custom"),
    ] {
        let expected = format!("! opsdrill: not simulated: {what}\n(1)\n");
        assert_eq!(bench.run(line), expected, "{line}");
    }
}

#[test]
fn commands_go_into_the_best_pod_of_a_workload() {
    let mut bench = Bench::new();
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}], selector: {app: web}}\n";
    bench.pipe("apply -f -", service);
    let early = Some("2026-11-22T21:26:01Z");
    for (name, phase, ready, restarts) in [
        ("a-pending", "Pending", None, 0),
        ("b-late", "Running", Some("2026-11-22T21:30:00Z"), 0),
        ("c-restarted", "Running", early, 3),
        ("d-steady", "Running", early, 0),
    ] {
        bench.given(&pod(name, phase, ready, restarts));
    }
    assert_eq!(bench.run("exec svc/web -- ls /"), "");
    let executed = bench.door.executed.pop().expect("it went into a container");
    assert_eq!((executed.pod.as_str(), executed.argv.join(" ")), ("d-steady", "ls /".to_owned()));
    assert_eq!(bench.run("logs svc/web"), "! Found 4 pods, using pod/c-restarted\n");
    assert_eq!(
        bench.run("exec cm/kube-root-ca.crt -- ls"),
        "! error: cannot attach to *v1.ConfigMap: selector for *v1.ConfigMap not implemented\n(1)\n"
    );
}

#[test]
fn the_first_pod_of_a_workload_is_waited_for() {
    let mut bench = Bench::with_web();
    bench.run("scale deploy/web --replicas=0");
    bench.settle(60);
    let before = bench.door.cluster.now().0;
    assert_eq!(
        bench.run("logs deploy/web --pod-running-timeout=7s"),
        "! error: timed out waiting for the condition\n(1)\n"
    );
    assert_eq!(bench.door.cluster.now().0 - before, 7000);
    assert_eq!(
        bench.run("logs deploy/web --pod-running-timeout=0s"),
        "! error: --pod-running-timeout must be higher than zero\n(1)\n"
    );
}
