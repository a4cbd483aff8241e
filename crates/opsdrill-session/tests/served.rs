//! A session whose requests come over the network: kept, replayed, and counted as the trainee's whatever name they bear.

use std::path::Path;
use std::sync::Arc;

use opsdrill_engine::api::{Identity, PatchType, Request, Target, Verb};
use opsdrill_objects::Kind;
use opsdrill_session::api_call::ApiCall;
use opsdrill_session::log::Forget;
use opsdrill_session::{Library, Options, Script, Session};
use opsdrill_testkit::folder;
use serde_json::json;

fn library() -> Arc<Library> {
    let mut library = Library::default();
    library.add(folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")));
    Arc::new(library)
}

fn session() -> Session {
    let options = Options { step: true, ..Options::default() };
    Session::new(library(), "catalog-update-does-not-finish", options).expect("a good scenario")
}

fn scaled(by: &Identity) -> ApiCall {
    let target = Target::one(Kind::Deployment, "shop", "cart");
    let patch = json!({ "spec": { "replicas": 1 } });
    ApiCall::of(by, &Request::new(Verb::Patch(PatchType::Merge, patch), target))
}

#[test]
fn a_borrowed_name_hides_nothing() {
    let mut session = session();
    let borrowed = Identity::admin("system:serviceaccount:kube-system:replicaset-controller");
    let replies = session.answer(&[scaled(&borrowed)], &mut Forget).expect("it is kept");
    assert!(replies[0].result.is_ok());
    let audit = session.stage().cluster.audit();
    let changed: Vec<_> = audit.of_user("trainee").filter(|it| it.is_write()).collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(&*changed[0].name, "cart");
}

#[test]
fn what_came_over_the_network_is_played_again() {
    let mut session = session();
    let trainee = Identity::admin("trainee");
    let look = ApiCall::of(&trainee, &Request::list(Kind::Pod, "shop"));
    session.answer(&[look, scaled(&trainee)], &mut Forget).expect("it is kept");
    session.run_line("kubectl get deployment cart", &mut Script::default(), &mut Forget);
    let mut front = Script::default();
    let again = Session::replay(library(), session.log(), &mut front).expect("a good scenario");
    assert!(front.output.contains("cart   2/1"), "{}", front.output);
    assert_eq!(again.state_hash(), session.state_hash());
}
