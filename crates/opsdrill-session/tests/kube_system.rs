//! A world that shows what kubeadm puts into a cluster: the DNS is its pods, as whoever looks from the prompt sees it.
#![expect(clippy::expect_used, reason = "a test that finds nothing is to fail")]

use std::sync::Arc;

use opsdrill_session::log::Forget;
use opsdrill_session::{Library, Options, Script, Session};

const SCENARIO: &str = r#"
format_version: 1
title: {en: Names, fr: Noms}
level: junior
minutes: 10
date: "2026-03-04T09:15:00Z"
warm_up: 2m
namespace: demo
ticket: {en: Anything., fr: Tout.}
hints: []
variants: [{}]
world:
  kube_system: true
  nodes:
    - {name: control-plane, cpu: "2", memory: 4Gi, control_plane: true}
    - {name: worker-1, cpu: "2", memory: 4Gi}
  namespaces: [demo]
  manifests: [k8s]
free: true
objectives: []
truth: {objects: [], mechanisms: [], evidence: []}
debrief: {en: "-", fr: "-"}
"#;

const CLIENT: &str = "
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: demo}
spec: {containers: [{name: main, image: busybox:1.36, command: [sleep, infinity]}]}
";

#[test]
fn names_are_found_while_coredns_runs() {
    let files = [
        ("names/scenario.yaml", SCENARIO.to_owned()),
        ("names/workspace/k8s/client.yaml", CLIENT.to_owned()),
    ];
    let mut library = Library::default();
    library.add(files.map(|(path, text)| (path.to_owned(), text.into_bytes())));
    let options = Options { step: true, ..Options::default() };
    let mut session =
        Session::new(Arc::new(library), "names", options).expect("the scenario is sound");
    let mut run = |line: &str| {
        let mut front = Script::default();
        session.run_line(line, &mut front, &mut Forget);
        front.output
    };
    let pods = run("kubectl -n kube-system get pods --no-headers");
    assert_eq!(
        pods.lines().filter(|it| it.contains("1/1") && it.contains("Running")).count(),
        10,
        "{pods}"
    );
    assert!(pods.contains("kube-apiserver-control-plane"), "{pods}");
    let found = run("kubectl exec client -- nslookup kubernetes.default");
    assert!(found.contains("10.96.0.1"), "{found}");
    run("kubectl -n kube-system scale deployment coredns --replicas=0");
    run("skip 1m");
    let lost = run("kubectl exec client -- nslookup kubernetes.default");
    assert!(lost.contains(";; connection timed out; no servers could be reached"), "{lost}");
    run("kubectl -n kube-system scale deployment coredns --replicas=2");
    run("skip 1m");
    run(
        "kubectl -n kube-system get configmap coredns -o yaml | sed s/forward/forwrad/ | kubectl apply -f -",
    );
    run("kubectl -n kube-system rollout restart deployment coredns");
    run("skip 3m");
    let crashed = run("kubectl -n kube-system get pods -l k8s-app=kube-dns");
    assert!(crashed.contains("CrashLoopBackOff"), "{crashed}");
    let log = run(
        "kubectl -n kube-system get pods -l k8s-app=kube-dns --no-headers | grep -v Running | head -1 | cut -d' ' -f1 | xargs kubectl -n kube-system logs",
    );
    assert!(log.contains("Error during parsing: Unknown directive 'forwrad'"), "{log}");
}
