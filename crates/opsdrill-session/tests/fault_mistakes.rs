//! What an author is told of faults that do not fit the world into which they are to be injected.
#![expect(clippy::expect_used, reason = "a test that finds nothing is to fail")]

use std::path::Path;
use std::sync::Arc;

use opsdrill_session::{Library, Options, Session};
use opsdrill_testkit::folder;

/// A fault as it is written, and a part of the complaint.
const MISTAKES: &[(&str, &str)] = &[
    (
        "image-missing: {namespace: shop, workload: catalogue}",
        "no deployment is called \"catalogue\"; there are cache, cart, catalog",
    ),
    (
        "image-missing: {namespace: shop, workload: catalog, container: app}",
        "no container is called \"app\"; there are catalog",
    ),
    (
        "image-missing: {namespace: shop, workload: pod/catalog}",
        "no kind of workload is called \"pod\"",
    ),
    (
        "configmap-key-missing: {namespace: shop, config_map: orders-config, key: DB_PORT}",
        "there is no key \"DB_PORT\"; there are DB_HOST, PAYMENTS_HOST",
    ),
    (
        "configmap-drift: {namespace: shop, config_map: orders-config, key: DB_HOST, value: postgres.data}",
        "configmap orders-config is as the fault would make it already",
    ),
    (
        "secret-missing: {namespace: shop, secret: databases}",
        "no secret of shop is called \"databases\"",
    ),
    (
        "missing-setting: {namespace: shop, workload: orders, variable: DB_HOST}",
        "the container sets no variable \"DB_HOST\" itself; keys of its ConfigMaps",
    ),
    ("kubelet-down: {node: worker-9}", "no node is called \"worker-9\""),
    ("kubelet-down: {node: worker-1, by: jane}", "unknown field `by`"),
    (
        "claim-missing: {namespace: shop, workload: web}",
        "among its volumes of claims: there is none",
    ),
    (
        "selector-too-broad: {namespace: shop, service: web, selector: {app: nobody}}",
        "matches no more pods than the Service's own selector",
    ),
    (
        "liveness-probe-wrong: {namespace: shop, workload: cache}",
        "the container has no livenessProbe",
    ),
    ("memory-limit: {namespace: shop, workload: cart, memory: much}", "\"much\" is no quantity"),
];

#[test]
fn authors_are_told_what_does_not_fit() {
    let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/world");
    let files = folder::read(&world);
    for (fault, expected) in MISTAKES {
        let mut library = Library::default();
        library.add(files.iter().map(|(path, contents)| {
            let mut contents = contents.clone();
            if path == "scenario.yaml" {
                let text = String::from_utf8(contents).expect("the world is text");
                let broken = format!("faults:\n  - at: -1m\n    fault: {{{fault}}}");
                contents = text.replace("faults: []", &broken).into_bytes();
            }
            (format!("mistakes/{path}"), contents)
        }));
        let session = Session::new(Arc::new(library), "mistakes", Options::default());
        let why =
            session.err().expect("the fault does not fit").join("\n").replace("\n  hint: ", "; ");
        assert!(why.contains(expected), "{fault}:\n{why}");
    }
}
