//! Transcripts of the writing verbs of kubectl against a whole cluster whose pods find no node.

mod bench;

use bench::{Bench, WEB};

#[test]
fn apply_creates_changes_and_leaves_alone() {
    let mut bench = Bench::with_web();
    assert_eq!(bench.run("apply -f web.yaml"), "deployment.apps/web unchanged\n");
    let other = WEB.replace("1.27", "1.28");
    assert_eq!(
        bench.pipe("apply --dry-run=server -f -", &other),
        "deployment.apps/web configured (server dry run)\n"
    );
    assert_eq!(
        bench.pipe("apply --dry-run=client -f -", &other),
        "deployment.apps/web configured (dry run)\n"
    );
    assert_eq!(bench.pipe("apply -f -", &other), "deployment.apps/web configured\n");
    assert_eq!(bench.pipe("apply -o name -f -", &other), "deployment.apps/web\n");
    let shown = bench.run("get deploy web -o yaml");
    assert!(shown.contains("image: nginx:1.28"), "{shown}");
    let remembered = bench.run("apply view-last-applied deploy/web");
    assert!(remembered.starts_with("apiVersion: apps/v1\nkind: Deployment\n"), "{remembered}");
}

#[test]
fn apply_takes_out_what_the_manifest_lost() {
    let mut bench = Bench::new();
    let map = |data: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {data}\n")
    };
    bench.pipe("apply -f -", &map("{a: '1', b: '2'}"));
    bench.pipe("patch cm c --type=merge -p {\"data\":{\"own\":\"3\"}}", "");
    assert_eq!(bench.pipe("apply -f -", &map("{a: '1'}")), "configmap/c configured\n");
    let shown = bench.run("get cm c -o yaml");
    assert!(shown.starts_with("apiVersion: v1\ndata:\n  a: \"1\"\n"), "{shown}");
    assert!(!shown.contains("b: \"2\""), "{shown}");
}

#[test]
fn apply_refuses_as_kubectl_does() {
    let mut bench = Bench::new();
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: other}\n";
    assert_eq!(
        bench.pipe("apply -n demo -f -", map),
        "! error: the namespace from the provided object \"other\" does not match the namespace \"demo\". You must pass '--namespace=other' to perform this operation.\n(1)\n"
    );
    assert_eq!(
        bench.pipe("apply -f -", map),
        "! Error from server (NotFound): error when creating \"STDIN\": namespaces \"other\" not found\n(1)\n"
    );
    assert_eq!(
        bench.pipe("apply -f -", "apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: demo}\n"),
        "! error: error when retrieving current configuration of:\n! Resource: \"/v1, Resource=configmaps\", GroupVersionKind: \"/v1, Kind=ConfigMap\"\n! Name: \"\", Namespace: \"demo\"\n! from server for: \"STDIN\": resource name may not be empty\n(1)\n"
    );
    assert_eq!(
        bench.pipe("apply --prune -l app=zzz -f -", map),
        "! error: no objects passed to apply\n(1)\n"
    );
    assert_eq!(
        bench.pipe("apply -l app=zzz -f -", map),
        "! error: no objects passed to apply\n(1)\n"
    );
}

#[test]
fn apply_warns_of_objects_that_it_did_not_make() {
    let mut bench = Bench::new();
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    bench.pipe("apply -f -", map);
    bench.run("patch cm c --type=merge -p {\"metadata\":{\"annotations\":null}}");
    assert_eq!(
        bench.pipe("apply -f -", map),
        "! Warning: resource configmaps/c is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\nconfigmap/c configured\n"
    );
}

#[test]
fn scale_checks_what_it_was_told_to_expect() {
    let mut bench = Bench::with_web();
    assert_eq!(bench.run("scale deploy/web --replicas=4"), "deployment.apps/web scaled\n");
    assert_eq!(
        bench.run("scale deploy/web --replicas=5 --current-replicas=9"),
        "! error: Expected replicas to be 9, was 4\n(1)\n"
    );
    assert_eq!(
        bench.run("scale deploy/web"),
        "! error: required flag(s) \"replicas\" not set\n(1)\n"
    );
    bench.settle(5);
    assert_eq!(bench.run("get pods -o name").lines().count(), 4);
}

#[test]
fn a_rollout_is_undone_and_its_history_told() {
    let mut bench = Bench::with_web();
    assert_eq!(
        bench.run("rollout undo deploy/web"),
        "! error: no rollout history found for deployment \"web\"\n(1)\n"
    );
    assert_eq!(
        bench.run("set image deploy/web nginx=nginx:1.28"),
        "deployment.apps/web image updated\n"
    );
    assert_eq!(bench.run("set image deploy/web nginx=nginx:1.28"), "");
    assert_eq!(
        bench.run("set image deploy/web web=nginx:1.28"),
        "! error: unable to find container named \"web\"\n(1)\n"
    );
    bench.settle(5);
    assert_eq!(
        bench.run("rollout history deploy/web"),
        "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n"
    );
    let shown = bench.run("rollout history deploy/web --revision=2");
    let head = "deployment.apps/web with revision #2\nPod Template:\n  Labels:\tapp=web\n\tpod-template-hash=";
    assert!(shown.starts_with(head), "{shown}");
    assert!(shown.contains("    Image:\tnginx:1.28\n"), "{shown}");
    assert_eq!(bench.run("rollout undo deploy/web"), "deployment.apps/web rolled back\n");
    bench.settle(5);
    assert!(bench.run("get deploy web -o yaml").contains("image: nginx:1.27"));
    assert_eq!(
        bench.run("rollout undo deploy/web --to-revision=3"),
        "deployment.apps/web skipped rollback (current template already matches revision 3)\n"
    );
    assert_eq!(
        bench.run("rollout undo deploy/web --to-revision=99"),
        "! error: unable to find specified revision 99 in history\n(1)\n"
    );
}

#[test]
fn a_rollout_is_paused_resumed_restarted_and_watched() {
    let mut bench = Bench::with_web();
    assert_eq!(bench.run("rollout pause deploy/web"), "deployment.apps/web paused\n");
    assert_eq!(
        bench.run("rollout pause deploy/web"),
        "! error: deployments.apps \"web\" is already paused\n(1)\n"
    );
    assert_eq!(
        bench.run("rollout restart deploy/web"),
        "! error: deployments.apps \"web\" can't restart paused deployment (run rollout resume first)\n(1)\n"
    );
    assert_eq!(bench.run("rollout resume deploy/web"), "deployment.apps/web resumed\n");
    bench.settle(5);
    assert_eq!(
        bench.run("rollout status deploy/web --timeout=3s"),
        "Waiting for deployment \"web\" rollout to finish: 0 of 3 updated replicas are available...\n! error: timed out waiting for the condition\n(1)\n"
    );
    assert_eq!(bench.run("rollout restart deploy"), "deployment.apps/web restarted\n");
    assert_eq!(bench.run("rollout status deploy --watch=false").lines().count(), 1);
    assert_eq!(bench.run("rollout status deploy/web --watch=false").lines().count(), 1);
    assert_eq!(
        bench.run("rollout status rs -l app=web"),
        "! error: no status viewer has been implemented for ReplicaSet.apps\n(1)\n"
    );
}

#[test]
fn variables_and_resources_are_set() {
    let mut bench = Bench::with_web();
    assert_eq!(bench.run("set env deploy/web FOO=bar"), "deployment.apps/web env updated\n");
    assert_eq!(
        bench.run("set env deploy/web --list"),
        "# Deployment web, container nginx\n# PW from secret web-secret, key password\nFOO=bar\n"
    );
    assert_eq!(bench.run("set env deploy/web PW- FOO-"), "deployment.apps/web env updated\n");
    assert_eq!(bench.run("set env deploy/web --list"), "# Deployment web, container nginx\n");
    assert_eq!(
        bench.run("set resources deploy/web -c nginx --limits=cpu=300m,memory=200Mi"),
        "deployment.apps/web resource requirements updated\n"
    );
    assert!(bench.run("get deploy web -o yaml").contains("cpu: 300m"));
}

#[test]
fn deletion_waits_says_what_it_did_and_forgives_when_told_to() {
    let mut bench = Bench::with_web();
    assert_eq!(
        bench.run("delete pod nope"),
        "! Error from server (NotFound): pods \"nope\" not found\n(1)\n"
    );
    assert_eq!(bench.run("delete pod nope --ignore-not-found"), "");
    assert_eq!(bench.run("delete svc -l app=none"), "No resources found\n");
    assert_eq!(
        bench.run("delete ns kube-system"),
        "! Error from server (Forbidden): namespaces \"kube-system\" is forbidden: this namespace may not be deleted\n(1)\n"
    );
    assert_eq!(
        bench.run("delete deploy web --dry-run=client"),
        "deployment.apps \"web\" deleted (dry run)\n"
    );
    assert_eq!(
        bench.run("delete deploy web --cascade=foreground"),
        "deployment.apps \"web\" deleted\n"
    );
    assert_eq!(bench.run("get deploy,rs,pods -o name"), "");
}

#[test]
fn wait_is_met_or_runs_out() {
    let mut bench = Bench::with_web();
    assert_eq!(
        bench.run("wait --for=condition=Progressing deploy/web --timeout=5s"),
        "deployment.apps/web condition met\n"
    );
    assert_eq!(
        bench.run("wait --for=condition=Available deploy/web --timeout=2s"),
        "! error: timed out waiting for the condition on deployments/web\n(1)\n"
    );
    assert_eq!(
        bench.run("wait --for=jsonpath={.spec.replicas}=3 deploy/web"),
        "deployment.apps/web condition met\n"
    );
    assert_eq!(bench.run("wait --for=delete pod/nope --timeout=2s"), "");
    assert_eq!(
        bench.run("wait --for=condition=Ready pods -l app=none"),
        "! error: no matching resources found\n(1)\n"
    );
    assert_eq!(
        bench.run("wait --for=ready deploy/web"),
        "! error: unrecognized condition: \"ready\"\n(1)\n"
    );
}

#[test]
fn patches_of_all_forms_are_sent() {
    let mut bench = Bench::with_web();
    let strategic =
        r#"{"spec":{"template":{"spec":{"containers":[{"name":"nginx","image":"nginx:1.29"}]}}}}"#;
    assert_eq!(
        bench.run(&format!("patch deploy web -p {strategic}")),
        "deployment.apps/web patched\n"
    );
    assert_eq!(
        bench.run(r#"patch deploy web --type=json -p [{"op":"replace","path":"/spec/replicas","value":2}]"#),
        "deployment.apps/web patched\n"
    );
    assert_eq!(
        bench.run(r#"patch deploy web -p {"spec":{"replicas":2}}"#),
        "deployment.apps/web patched (no change)\n"
    );
    assert_eq!(
        bench
            .run(r#"patch deploy web --subresource=scale --type=merge -p {"spec":{"replicas":1}}"#),
        "scale.autoscaling/web patched\n"
    );
    assert_eq!(
        bench.run("patch deploy web -p {bad"),
        "! Error from server (BadRequest): invalid character 'b' looking for beginning of object key string\n(1)\n"
    );
    assert_eq!(
        bench.run(r#"patch deploy web -p {"spec":{"replicas":-1}}"#),
        "! The Deployment \"web\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0\n(1)\n"
    );
    assert_eq!(
        bench.run(
            r#"patch deploy web --type=json -p [{"op":"test","path":"/spec/replicas","value":77}]"#
        ),
        "! The request is invalid: the server rejected our request due to an error in our request\n(1)\n"
    );
}

#[test]
fn labels_and_annotations_come_and_go() {
    let mut bench = Bench::with_web();
    assert_eq!(bench.run("label deploy web tier=x"), "deployment.apps/web labeled\n");
    assert_eq!(
        bench.run("label deploy web tier=y"),
        "! error: 'tier' already has a value (x), and --overwrite is false\n(1)\n"
    );
    assert_eq!(bench.run("label deploy web tier=y --overwrite"), "deployment.apps/web labeled\n");
    assert_eq!(bench.run("label deploy/web --list"), "app=web\ntier=y\n");
    assert_eq!(bench.run("label deploy web tier-"), "deployment.apps/web unlabeled\n");
    assert_eq!(
        bench.run("label deploy web tier-"),
        "label \"tier\" not found.\ndeployment.apps/web not labeled\n"
    );
    assert_eq!(
        bench.run("annotate deploy/web kubernetes.io/change-cause=upgrade"),
        "deployment.apps/web annotated\n"
    );
}

#[test]
fn an_edited_object_is_patched() {
    let mut bench = Bench::new();
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: '1'}\n";
    assert_eq!(bench.pipe("create -f -", map), "configmap/c created\n");
    assert_eq!(
        bench.run("edit cm c"),
        "! error: there was a problem with the editor \"vi\"\n(1)\n"
    );
    for (name, value) in [("EDITOR", "nano -w"), ("KUBE_EDITOR", "ed 'x'")] {
        bench.machine.variables.insert(name.to_owned(), value.to_owned());
        let named = if name == "EDITOR" { value } else { "/bin/bash -c ed 'x'" };
        let complaint = format!("! error: there was a problem with the editor {named:?}\n(1)\n");
        assert_eq!(bench.run("edit cm c"), complaint);
    }
    bench.machine.edit = Some(str::to_owned);
    assert_eq!(bench.run("edit cm c"), "! Edit cancelled, no changes made.\n");
    bench.machine.edit = Some(|text| text.replace("a: \"1\"", "a: \"42\""));
    assert_eq!(bench.run("edit cm c"), "configmap/c edited\n");
    assert!(bench.run("get cm c -o yaml").contains("a: \"42\""));
    bench.machine.edit = Some(|text| text.replace("name: c", "name: d"));
    assert_eq!(
        bench.run("edit cm c"),
        "! A copy of your changes has been stored to \"/tmp/kubectl-edit-4.yaml\"\n! error: At least one of apiVersion, kind and name was changed\n(1)\n"
    );
    assert!(bench.machine.files.contains_key("/tmp/kubectl-edit-4.yaml"));
}

#[test]
fn simple_objects_are_created_from_flags() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.run("create deploy x --image=nginx --dry-run=client -o yaml"),
        "apiVersion: apps/v1
kind: Deployment
metadata:
  creationTimestamp: null
  labels:
    app: x
  name: x
spec:
  replicas: 1
  selector:
    matchLabels:
      app: x
  strategy: {}
  template:
    metadata:
      creationTimestamp: null
      labels:
        app: x
    spec:
      containers:
      - image: nginx
        name: nginx
        resources: {}
status: {}
"
    );
    assert_eq!(bench.run("create deploy x --image=nginx"), "deployment.apps/x created\n");
    assert_eq!(
        bench.run("create deploy x --image=nginx"),
        "! error: failed to create deployment: deployments.apps \"x\" already exists\n(1)\n"
    );
    assert_eq!(bench.run("create configmap c --from-literal=a=b"), "configmap/c created\n");
    assert_eq!(
        bench.run("create configmap c --from-literal=a=b"),
        "! error: failed to create configmap: configmaps \"c\" already exists\n(1)\n"
    );
    assert_eq!(bench.run("create secret generic s --from-literal=p=q"), "secret/s created\n");
    assert!(bench.run("get secret s -o yaml").contains("p: cQ=="));
    assert_eq!(bench.run("create ns other"), "namespace/other created\n");
    assert_eq!(
        bench.run("create ns other"),
        "! Error from server (AlreadyExists): namespaces \"other\" already exists\n(1)\n"
    );
    assert_eq!(bench.run("create service clusterip s --tcp=80:8080"), "service/s created\n");
    assert_eq!(bench.run("auth reconcile"), "! error: must specify one of -f and -k\n(1)\n");
}

#[test]
fn a_manifest_replaces_an_object_of_its_version() {
    let mut bench = Bench::new();
    let map = |more: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"c"{more}}},"data":{{"A":"1"}}}}"#
        )
    };
    assert_eq!(
        bench.pipe("replace -f -", &map("")),
        "! Error from server (NotFound): error when replacing \"STDIN\": configmaps \"c\" not found\n(1)\n"
    );
    bench.pipe("create -f -", &map(""));
    assert_eq!(bench.pipe("replace -f -", &map("")), "configmap/c replaced\n");
    assert_eq!(
        bench.pipe("replace -f -", &map(r#","resourceVersion":"1""#)),
        "! Error from server (Conflict): error when replacing \"STDIN\": Operation cannot be fulfilled on configmaps \"c\": the object has been modified; please apply your changes to the latest version and try again\n(1)\n"
    );
}

#[test]
fn contexts_are_listed_and_changed() {
    let mut bench = Bench::new();
    assert_eq!(bench.run("config current-context"), "drill\n");
    assert_eq!(
        bench.run("config set-context --current --namespace=shop"),
        "Context \"drill\" modified.\n"
    );
    assert_eq!(
        bench.run("config get-contexts"),
        "CURRENT   NAME    CLUSTER   AUTHINFO   NAMESPACE\n*         drill   prod      oncall     shop\n"
    );
    assert_eq!(
        bench.run("config use-context nope"),
        "! error: no context exists with the name: \"nope\"\n(1)\n"
    );
    assert_eq!(bench.run("config use-context drill"), "Switched to context \"drill\".\n");
}

#[test]
fn a_node_is_cordoned_once() {
    let mut bench = Bench::new();
    bench.pipe("create -f -", "apiVersion: v1\nkind: Node\nmetadata: {name: worker-2}\n");
    assert_eq!(bench.run("cordon worker-2"), "node/worker-2 cordoned\n");
    assert_eq!(bench.run("cordon worker-2"), "node/worker-2 already cordoned\n");
    assert_eq!(bench.run("uncordon worker-2"), "node/worker-2 uncordoned\n");
}

#[test]
fn taints_come_and_go() {
    let mut bench = Bench::new();
    bench.pipe("create -f -", "apiVersion: v1\nkind: Node\nmetadata: {name: worker-2}\n");
    assert_eq!(
        bench.run("taint nodes worker-2 dedicated=gpu:NoSchedule"),
        "node/worker-2 tainted\n"
    );
    assert_eq!(
        bench.run("taint nodes worker-2 dedicated=gpu:NoSchedule"),
        "! error: node worker-2 already has dedicated taint(s) with same effect(s) and --overwrite is false\n(1)\n"
    );
    assert!(bench.run("get node worker-2 -o yaml").contains("key: dedicated"));
    assert_eq!(
        bench.run("taint nodes worker-2 dedicated=gpu:NoSchedule-"),
        "node/worker-2 untainted\n"
    );
    assert!(!bench.run("get node worker-2 -o yaml").contains("key: dedicated"));
    assert_eq!(
        bench.run("taint nodes worker-2 dedicated-"),
        "! error: taint \"dedicated\" not found\n(1)\n"
    );
}

#[test]
fn a_pod_is_run_and_a_deployment_exposed() {
    let mut bench = Bench::with_web();
    assert_eq!(bench.run("run tmp --image=nginx:1.27"), "pod/tmp created\n");
    assert_eq!(bench.run("run tmp"), "! error: required flag(s) \"image\" not set\n(1)\n");
    assert!(bench.run("get pod tmp -o yaml").contains("run: tmp"));
    assert_eq!(bench.run("expose deploy web --name=web2 --port=8080"), "service/web2 exposed\n");
    let shown = bench.run("get svc web2 -o yaml");
    assert!(shown.contains("targetPort: 8080\n  selector:\n    app: web\n"), "{shown}");
    assert_eq!(
        bench.run("expose deploy web"),
        "! error: couldn't find port via --port flag or introspection\n! See 'kubectl expose -h' for help and examples\n(1)\n"
    );
}

#[test]
fn draining_asks_to_be_forced() {
    let mut bench = Bench::new();
    bench.pipe("create -f -", "apiVersion: v1\nkind: Node\nmetadata: {name: worker-2}\n");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {nodeName: worker-2, containers: [{name: c, image: nginx}]}\n";
    assert_eq!(bench.pipe("create -f -", pod), "pod/p created\n");
    assert_eq!(
        bench.run("drain worker-2"),
        "node/worker-2 cordoned\n! error: unable to drain node \"worker-2\" due to error: cannot delete cannot delete Pods that declare no controller (use --force to override): demo/p, continuing command...\n! There are pending nodes to be drained:\n!  worker-2\n! cannot delete cannot delete Pods that declare no controller (use --force to override): demo/p\n(1)\n"
    );
    assert_eq!(
        bench.run("drain worker-2 --force --dry-run=server"),
        "node/worker-2 already cordoned (server dry run)\n! Warning: deleting Pods that declare no controller: demo/p\nevicting pod demo/p (server dry run)\nnode/worker-2 drained (server dry run)\n"
    );
}

#[test]
fn a_difference_is_shown_and_nothing_stored() {
    let mut bench = Bench::new();
    let map = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: ssa}}\ndata: {{k: '{value}'}}\n"
        )
    };
    bench.pipe("create -f -", &map("2"));
    assert_eq!(bench.pipe("diff -f -", &map("2")), "");
    assert_eq!(
        bench.pipe("diff -f -", &map("9")),
        "diff -u -N /tmp/LIVE-4/v1.ConfigMap.demo.ssa /tmp/MERGED-4/v1.ConfigMap.demo.ssa
--- /tmp/LIVE-4/v1.ConfigMap.demo.ssa\t2026-03-02 09:00:01.000000000 +0000
+++ /tmp/MERGED-4/v1.ConfigMap.demo.ssa\t2026-03-02 09:00:01.000000000 +0000
@@ -1,6 +1,6 @@
 apiVersion: v1
 data:
-  k: \"2\"
+  k: \"9\"
 kind: ConfigMap
 metadata:
   creationTimestamp: \"2026-03-02T09:00:01Z\"
(1)
"
    );
    assert_eq!(bench.pipe("diff -f -", &map("2")), "");
}

#[test]
fn a_strategic_patch_of_a_wrong_type_is_refused_by_the_converter() {
    let mut bench = Bench::with_web();
    assert_eq!(
        bench.run("patch deploy web -p {\"spec\":{\"replicas\":\"three\"}}"),
        "! The request is invalid: patch: Invalid value: \"map[spec:map[replicas:three]]\": unrecognized type: int32\n(1)\n"
    );
    let other = WEB.replace("replicas: 3", "replicas: three");
    let refused = bench.pipe("apply -f -", &other);
    let head = "! The request is invalid: patch: Invalid value: \"map[metadata:map[annotations:map[kubectl.kubernetes.io/last-applied-configuration:{\\\"apiVersion\\\":";
    assert!(refused.starts_with(head), "{refused}");
    assert!(
        refused.ends_with(" spec:map[replicas:three]]\": unrecognized type: int32\n(1)\n"),
        "{refused}"
    );
}

#[test]
fn documents_show_that_conditions_were_never_probed() {
    let mut bench = Bench::with_web();
    let shown = bench.run("get pods -o yaml");
    assert!(shown.contains("    - lastProbeTime: null\n      lastTransitionTime: "), "{shown}");
}
