//! What `kubectl apply` remembers and prunes, and other verbs that make something of what there is.

mod bench;

use bench::Bench;

fn map(name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, labels: {{pr: \"1\"}}}}\ndata: {{k: \"{value}\"}}\n"
    )
}

/// What kubectl's log says of each pruning without a list.
const PRUNE_WARNING: &str = "! W0302 09:00:01.000000   19229 prune.go:71] Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.\n";

#[test]
fn what_is_in_no_manifest_any_more_is_pruned() {
    let mut bench = Bench::new();
    let both = format!("{}---\n{}", map("one", "1"), map("two", "1"));
    assert_eq!(bench.pipe("apply -f -", &both), "configmap/one created\nconfigmap/two created\n");
    assert_eq!(
        bench.pipe("apply --prune -f -", &map("one", "1")),
        "! error: all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector\n(1)\n"
    );
    bench.run("create cm three --from-literal=a=b");
    bench.run("label cm three pr=1");
    assert_eq!(
        bench.pipe("apply --prune -l pr=1 --dry-run=server -f -", &map("one", "1")),
        format!(
            "configmap/one unchanged (server dry run)\n{PRUNE_WARNING}configmap/two pruned (server dry run)\n"
        )
    );
    assert_eq!(
        bench.pipe("apply --prune -l pr=1 -f -", &map("one", "1")),
        format!("configmap/one unchanged\n{PRUNE_WARNING}configmap/two pruned\n")
    );
    // What nobody applied is nobody's to prune.
    assert_eq!(bench.run("get cm -l pr=1 -o name"), "configmap/one\nconfigmap/three\n");
    assert_eq!(
        bench.pipe("apply --prune --all --prune-allowlist=core/v1 -f -", &map("one", "1")),
        "! error: invalid GroupVersionKind format: core/v1, please follow <group/version/kind>\n(1)\n"
    );
}

#[test]
fn the_remembered_manifest_is_set_and_edited() {
    let mut bench = Bench::new();
    bench.run("create cm one --from-literal=k=1");
    assert_eq!(
        bench.pipe("apply set-last-applied -f -", &map("one", "2")),
        "! error: no last-applied-configuration annotation found on resource: one, to create the annotation, run the command with --create-annotation\n(1)\n"
    );
    let set = "apply set-last-applied --create-annotation -f -";
    assert_eq!(bench.pipe(set, &map("one", "2")), "configmap/one configured\n");
    assert_eq!(bench.pipe(set, &map("one", "2")), "set-last-applied one: no changes required.\n");
    assert!(bench.run("apply view-last-applied cm one").contains("k: \"2\""));
    bench.machine.edit = Some(|text| text.replace("\"2\"", "\"3\""));
    assert_eq!(bench.run("apply edit-last-applied cm/one"), "configmap/one edited\n");
    assert!(bench.run("apply view-last-applied cm one").contains("k: \"3\""));
    assert_eq!(bench.run("apply edit-last-applied cm/one"), "! Edit cancelled, no changes made.\n");
}

#[test]
fn a_name_is_waited_for() {
    let mut bench = Bench::new();
    bench.run("create cm one");
    assert_eq!(bench.run("wait --for=create cm/one"), "configmap/one condition met\n");
    assert_eq!(
        bench.run("wait --for=create cm/two --timeout=1s"),
        "! error: timed out waiting for the condition\n(1)\n"
    );
}

#[test]
fn a_pod_is_copied_to_debug_it() {
    let mut bench = Bench::new();
    bench.run("run tmp --image=nginx:1.27");
    let legacy = "! --profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example \"--profile=general\".\n";
    let copied = bench.run("debug tmp --copy-to=tmp-dbg --image=busybox");
    assert_eq!(copied, format!("{legacy}Defaulting debug container name to debugger-gbbbb.\n"));
    assert_eq!(
        bench.run("get pod tmp-dbg -o jsonpath={.spec.containers[*].name}"),
        "tmp debugger-gbbbb\n"
    );
    assert_eq!(
        bench.run("debug tmp"),
        "! error: you must specify --image when not using --copy-to.\n(1)\n"
    );
}

#[test]
fn a_container_is_added_to_a_running_pod() {
    let mut bench = Bench::new();
    bench.run("run tmp --image=nginx:1.27");
    let line = "debug tmp --image=busybox --target=tmp --profile=general -- sleep 60";
    let target = "Targeting container \"tmp\". If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n";
    let made_up = "Defaulting debug container name to debugger-gbbbb.\n";
    assert_eq!(bench.run(line), format!("{target}{made_up}"));
    assert_eq!(
        bench.run("get pod tmp -o jsonpath={.spec.ephemeralContainers[*]['name','command','securityContext']}"),
        "debugger-gbbbb [\"sleep\",\"60\"] {\"capabilities\":{\"add\":[\"SYS_PTRACE\"]}}\n"
    );
}

#[test]
fn workloads_get_an_autoscaler() {
    let mut bench = Bench::with_web();
    for (line, why) in [
        ("autoscale deploy web", "required flag(s) \"max\" not set"),
        (
            "autoscale deploy web --max=0",
            "--max=MAXPODS is required and must be at least 1, max: 0",
        ),
        (
            "autoscale deploy web --max=1 --min=3",
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: 1, min: 3",
        ),
    ] {
        assert_eq!(bench.run(line), format!("! error: {why}\n(1)\n"));
    }
    let line = "autoscale deploy web --min=2 --max=4";
    assert_eq!(bench.run(line), "horizontalpodautoscaler.autoscaling/web autoscaled\n");
    assert_eq!(
        bench.run(line),
        "! Error from server (AlreadyExists): horizontalpodautoscalers.autoscaling \"web\" already exists\n(1)\n"
    );
}

#[test]
fn completion_and_plugins_say_what_there_is() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.run("completion"),
        "! error: Shell not specified.\n! See 'kubectl completion -h' for help and examples\n(1)\n"
    );
    assert_eq!(
        bench.run("completion foo"),
        "! error: Unsupported shell type \"foo\".\n! See 'kubectl completion -h' for help and examples\n(1)\n"
    );
    assert_eq!(
        bench.run("plugin list"),
        "! error: unable to find any kubectl plugins in your PATH\n(1)\n"
    );
}

#[test]
fn the_server_says_who_one_is_and_what_one_may_do() {
    let mut bench = Bench::new();
    // Recordings 316, 313 and 315; the trainee is an administrator.
    let who = bench.run("auth whoami");
    assert!(
        who.starts_with("ATTRIBUTE   VALUE\nUsername    trainee\nGroups      [system:masters"),
        "{who}"
    );
    assert_eq!(bench.run("auth can-i list pods"), "yes\n");
    assert_eq!(
        bench.run("auth can-i get nodes"),
        "! Warning: resource 'nodes' is not namespace scoped\n! \nyes\n"
    );
    let all = bench.run("auth can-i --list");
    assert!(all.starts_with("Resources "), "{all}");
    assert_eq!(
        bench.run("auth can-i get"),
        "! error: you must specify two arguments: verb resource or verb resource/resourceName.\n! See 'kubectl auth can-i -h' for help and examples.\n(1)\n"
    );
    bench.run("create sa app");
    let token = bench.run("create token app");
    assert_eq!(token.trim_end().split('.').count(), 3, "{token}");
    assert_eq!(
        bench.run("create token nope"),
        "! error: failed to create token: serviceaccounts \"nope\" not found\n(1)\n"
    );
}

/// The recordings `235-ssa-create` to `239-ssa-get-managed`.
#[test]
fn the_server_merges_and_keeps_who_owns_what() {
    let mut bench = Bench::new();
    let map = |value: &str| {
        format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"ssa\"}},\"data\":{{\"k\":\"{value}\"}}}}"
        )
    };
    let applied = "configmap/ssa serverside-applied\n";
    assert_eq!(bench.pipe("apply --server-side -f -", &map("1")), applied);
    assert_eq!(bench.pipe("apply --server-side -f -", &map("1")), applied);
    let refused = bench.pipe("apply --server-side --field-manager=other -f -", &map("2"));
    let first = "! error: Apply failed with 1 conflict: conflict with \"kubectl\": .data.k\n! Please review the fields above--they currently have other managers. Here\n";
    assert!(refused.starts_with(first), "{refused}");
    let last =
        "! See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts\n(1)\n";
    assert!(refused.ends_with(last), "{refused}");
    let force = "apply --server-side --field-manager=other --force-conflicts -f -";
    assert_eq!(bench.pipe(force, &map("2")), applied);
    let shown = bench.run("get cm ssa -o yaml --show-managed-fields");
    let owned = "  managedFields:\n  - apiVersion: v1\n    fieldsType: FieldsV1\n    fieldsV1:\n      f:data:\n        f:k: {}\n    manager: other\n    operation: Apply\n";
    assert!(shown.contains(owned), "{shown}");
    assert!(!bench.run("get cm ssa -o yaml").contains("managedFields"));
    assert_eq!(
        bench.pipe("apply --force-conflicts -f -", &map("2")),
        "! error: --force-conflicts only works with --server-side\n(1)\n"
    );
}
