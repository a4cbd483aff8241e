//! Completion sees the live cluster and leaves no trace in it.

use std::path::Path;
use std::sync::Arc;

use opsdrill_session::log::Forget;
use opsdrill_session::{Library, Options, Script, Session};
use opsdrill_testkit::folder;

fn session() -> Session {
    let mut library = Library::default();
    library.add(folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")));
    let options = Options { step: true, ..Options::default() };
    Session::new(Arc::new(library), "catalog-update-does-not-finish", options)
        .expect("a scenario of the repository")
}

#[test]
fn words_come_from_the_cluster_as_it_is_now() {
    let mut session = session();
    let words = |session: &Session, line: &str| session.complete(line).words;
    assert_eq!(words(&session, "kubec"), ["kubectl"]);
    assert_eq!(words(&session, "kubectl rollout undo deployment/cat"), ["deployment/catalog"]);
    assert_eq!(words(&session, "kubectl logs -c ca"), Vec::<String>::new());
    assert_eq!(words(&session, "kubectl logs deploy/catalog -c c"), ["catalog"]);
    assert_eq!(words(&session, "diagnose deployment/catalog image-"), ["image-missing"]);
    assert_eq!(words(&session, "cat k8s/car"), ["k8s/cart/"]);
    let end = session.run_line("kubectl create ns brand-new", &mut Script::default(), &mut Forget);
    assert_eq!(end.status, 0);
    let found = session.complete("kubectl get pods -n brand");
    assert_eq!((found.start, found.words), (20, vec!["brand-new".to_owned()]));
}

#[test]
fn helm_is_completed_too() {
    let mut session = session();
    let words = |session: &Session, line: &str| session.complete(line).words;
    assert_eq!(words(&session, "helm upg"), ["upgrade"]);
    assert_eq!(words(&session, "helm -n default repo u"), ["update"]);
    assert_eq!(words(&session, "watch helm list --all-n"), ["--all-namespaces"]);
    assert_eq!(words(&session, "helm list -o "), ["json", "table", "yaml"]);
    assert_eq!(words(&session, "helm lint helm/cat"), ["helm/catalog/"]);
    assert_eq!(words(&session, "helm list --kube-context=d"), ["--kube-context=drill"]);
    for line in ["helm create web", "helm install front web"] {
        let end = session.run_line(line, &mut Script::default(), &mut Forget);
        assert_eq!(end.status, 0, "{line}");
    }
    assert_eq!(words(&session, "helm upgrade "), ["catalog", "front"]);
    assert_eq!(words(&session, "helm upgrade front we"), ["web/"]);
    assert_eq!(words(&session, "helm get values -n nowhere "), Vec::<String>::new());
}

#[test]
fn asking_changes_nothing() {
    let session = session();
    let state = |session: &Session| {
        let audit = session.stage().cluster.audit().records().len();
        (session.now(), session.state_hash(), session.log().records().len(), audit)
    };
    let before = state(&session);
    for line in ["", "kubectl get ", "kubectl get pods -A -l ", "kubectl exec deploy/catalog -c "] {
        session.complete(line);
    }
    assert_eq!(state(&session), before);
}
