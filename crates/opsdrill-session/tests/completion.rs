//! Completion sees the live cluster and leaves no trace in it.
#![allow(clippy::disallowed_methods, reason = "the scenarios are read from the repository")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use opsdrill_session::log::Forget;
use opsdrill_session::{Library, Options, Script, Session};

fn read(folder: &Path, below: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("the scenarios are part of the repository") {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
        let inner = if below.is_empty() { name } else { format!("{below}/{name}") };
        if path.is_dir() {
            read(&path, &inner, files);
        } else {
            files.push((inner, fs::read(&path).expect("readable")));
        }
    }
}

fn session() -> Session {
    let mut files = Vec::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios"), "", &mut files);
    let mut library = Library::default();
    library.add(files);
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
    assert_eq!(words(&session, "cat k8s/cat"), ["k8s/catalog/"]);
    let end = session.run_line("kubectl create ns brand-new", &mut Script::default(), &mut Forget);
    assert_eq!(end.status, 0);
    let found = session.complete("kubectl get pods -n brand");
    assert_eq!((found.start, found.words), (20, vec!["brand-new".to_owned()]));
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
