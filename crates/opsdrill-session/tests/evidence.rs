//! What the evidence of a diagnosis is worth.

use std::path::Path;
use std::sync::Arc;

use opsdrill_session::grade::evidence::Proof;
use opsdrill_session::log::Forget;
use opsdrill_session::{Library, Options, Script, Session};
use opsdrill_testkit::folder;

/// What comes of lines before `submit`.
fn proof(lines: &[&str]) -> Proof {
    let mut library = Library::default();
    library.add(folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")));
    let options = Options { step: true, ..Options::default() };
    let drill = "catalog-update-does-not-finish";
    let mut session = Session::new(Arc::new(library), drill, options).expect("a good scenario");
    for line in lines.iter().chain(&["submit"]) {
        session.run_line(line, &mut Script::default(), &mut Forget);
    }
    session.outcome().expect("it was submitted").proof
}

const CLAIM: &str = "diagnose deployment/catalog image-missing pod/catalog-57d4f7bb85-nc9qm";

#[test]
fn an_object_must_have_been_looked_at() {
    assert_eq!(proof(&["kubectl get pods", CLAIM]), Proof::Seen);
    assert_eq!(proof(&["kubectl get events -A", CLAIM]), Proof::Seen);
    assert_eq!(proof(&[CLAIM]), Proof::NotSeen);
    assert_eq!(proof(&[CLAIM, "kubectl get pods"]), Proof::NotSeen);
    assert_eq!(proof(&["kubectl get pods -n default", CLAIM]), Proof::NotSeen);
}

#[test]
fn an_object_must_exist_and_show_it() {
    let claim = |object: &str| format!("diagnose deployment/catalog image-missing {object}");
    assert_eq!(proof(&["kubectl get pods", &claim("pod/catalog-made-up")]), Proof::NotSeen);
    assert_eq!(proof(&["kubectl get svc", &claim("service/catalog")]), Proof::BesideThePoint);
    assert_eq!(proof(&["kubectl get pods", &claim("")]), Proof::Missing);
}
