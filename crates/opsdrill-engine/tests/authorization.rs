//! Who may do what: the recorded refusals, the default roles, reviews, and what nobody may give away.

use opsdrill_engine::api::authorization::Action;
use opsdrill_engine::api::{Answer, Identity, Payload, Request, Subresource, Target, Verb};
use opsdrill_engine::time::SimTime;
use opsdrill_engine::{Cluster, ClusterConfig};
use opsdrill_objects::{Kind, Status};
use serde_json::{Value, json};

const GROUP: &str = "rbac.authorization.k8s.io";

/// A cluster with the role and the binding of the recordings: jane reads pods in `demo`.
fn cluster() -> Cluster {
    let mut cluster = Cluster::new(ClusterConfig::default());
    cluster.bootstrap();
    let admin = Identity::admin("kubernetes-admin");
    let mut put = |kind, namespace: &str, document| {
        create(&mut cluster, &admin, kind, namespace, document).expect("an administrator may");
    };
    put(Kind::Namespace, "", json!({ "metadata": { "name": "demo" } }));
    put(
        Kind::Role,
        "demo",
        json!({ "metadata": { "name": "pod-reader" },
            "rules": [{ "apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list", "watch"] }] }),
    );
    let subject = json!({ "kind": "User", "name": "jane", "apiGroup": GROUP });
    put(Kind::RoleBinding, "demo", binding("jane-reads", "Role", "pod-reader", subject));
    cluster
}

#[expect(clippy::needless_pass_by_value, reason = "called with literals")]
fn binding(name: &str, kind: &str, role: &str, subject: Value) -> Value {
    json!({ "metadata": { "name": name }, "subjects": [subject],
        "roleRef": { "apiGroup": GROUP, "kind": kind, "name": role } })
}

fn create(
    cluster: &mut Cluster,
    who: &Identity,
    kind: Kind,
    namespace: &str,
    document: Value,
) -> Result<Value, Status> {
    let target = Target::one(kind, namespace, "");
    let request = Request::new(Verb::Create(Payload::Document(document)), target);
    match cluster.handle(who, request).result? {
        Answer::Object(object) => Ok(object.to_value()),
        Answer::Document(document) => Ok(document),
        other => panic!("a creation answers no {other:?}"),
    }
}

fn refusal(cluster: &mut Cluster, who: &Identity, request: Request) -> String {
    cluster.handle(who, request).result.expect_err("it is forbidden").message
}

/// Recordings 308 to 312 and 317.
#[test]
fn jane_reads_pods_and_nothing_else() {
    let mut cluster = cluster();
    let jane = Identity::user("jane");
    assert!(cluster.handle(&jane, Request::list(Kind::Pod, "demo")).result.is_ok());
    assert_eq!(
        refusal(&mut cluster, &jane, Request::list(Kind::Secret, "demo")),
        "secrets is forbidden: User \"jane\" cannot list resource \"secrets\" in API group \"\" in the namespace \"demo\""
    );
    assert_eq!(
        refusal(&mut cluster, &jane, Request::list(Kind::Node, "")),
        "nodes is forbidden: User \"jane\" cannot list resource \"nodes\" in API group \"\" at the cluster scope"
    );
    assert_eq!(
        refusal(&mut cluster, &jane, Request::delete(Kind::Pod, "demo", "tmp")),
        "pods \"tmp\" is forbidden: User \"jane\" cannot delete resource \"pods\" in API group \"\" in the namespace \"demo\""
    );
    let document = json!({ "metadata": { "name": "zz" } });
    let refused = create(&mut cluster, &jane, Kind::Deployment, "demo", document);
    assert_eq!(
        refused.expect_err("it is forbidden").message,
        "deployments.apps is forbidden: User \"jane\" cannot create resource \"deployments\" in API group \"apps\" in the namespace \"demo\""
    );
    let app = Identity::service_account("demo", "app");
    assert_eq!(
        refusal(&mut cluster, &app, Request::list(Kind::Pod, "demo")),
        "pods is forbidden: User \"system:serviceaccount:demo:app\" cannot list resource \"pods\" in API group \"\" in the namespace \"demo\""
    );
}

#[test]
fn a_binding_counts_as_long_as_it_and_its_role_are_there() {
    let mut cluster = cluster();
    let (admin, jane) = (Identity::admin("kubernetes-admin"), Identity::user("jane"));
    cluster.handle(&admin, Request::delete(Kind::Role, "demo", "pod-reader")).result.expect("may");
    assert_eq!(
        refusal(&mut cluster, &jane, Request::list(Kind::Pod, "demo")),
        "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the namespace \"demo\": \
         RBAC: role.rbac.authorization.k8s.io \"pod-reader\" not found"
    );
    let request = Request::delete(Kind::RoleBinding, "demo", "jane-reads");
    cluster.handle(&admin, request).result.expect("may");
    let refused = refusal(&mut cluster, &jane, Request::list(Kind::Pod, "demo"));
    assert!(refused.ends_with("in the namespace \"demo\""), "{refused}");
}

#[test]
fn the_default_roles_say_what_they_say_in_life() {
    let mut cluster = cluster();
    let admin = Identity::admin("kubernetes-admin");
    for (user, role) in [("eve", "view"), ("ed", "edit"), ("ann", "admin")] {
        let subject = json!({ "kind": "User", "name": user });
        let document = binding(user, "ClusterRole", role, subject);
        create(&mut cluster, &admin, Kind::RoleBinding, "demo", document).expect("may");
    }
    let may = |cluster: &Cluster, user: &str, verb: &str, group: &str, resource: &str| {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let action =
            Action::Resource { verb, group, resource, subresource, namespace: "demo", name: "x" };
        cluster.authorize(&Identity::user(user), &action).is_ok()
    };
    assert!(may(&cluster, "eve", "get", "apps", "deployments"));
    assert!(!may(&cluster, "eve", "get", "", "secrets"));
    assert!(!may(&cluster, "eve", "delete", "", "pods"));
    assert!(
        may(&cluster, "ed", "get", "", "secrets") && may(&cluster, "ed", "get", "", "endpoints")
    );
    assert!(may(&cluster, "ed", "create", "", "pods/exec"));
    assert!(!may(&cluster, "ed", "create", GROUP, "roles"));
    assert!(
        may(&cluster, "ann", "create", GROUP, "roles") && !may(&cluster, "ann", "get", "", "nodes")
    );
    let path = |path| Action::Path { verb: "get", path };
    assert!(cluster.authorize(&Identity::user("eve"), &path("/apis/apps/v1")).is_ok());
    assert_eq!(
        cluster.authorize(&Identity::user("eve"), &path("/metrics")).expect_err("may not").message,
        "forbidden: User \"eve\" cannot get path \"/metrics\""
    );
}

#[test]
fn nobody_gives_others_more_than_they_have() {
    let mut cluster = cluster();
    let admin = Identity::admin("kubernetes-admin");
    let subject = json!({ "kind": "User", "name": "ann" });
    let document = binding("ann", "ClusterRole", "admin", subject.clone());
    create(&mut cluster, &admin, Kind::RoleBinding, "demo", document).expect("may");
    let ann = Identity::user("ann");
    let role = |verbs: &[&str]| {
        json!({ "metadata": { "name": "more" },
            "rules": [{ "apiGroups": ["storage.k8s.io"], "resources": ["storageclasses"], "verbs": verbs }] })
    };
    let refused = create(&mut cluster, &ann, Kind::Role, "demo", role(&["get", "list"]));
    assert_eq!(
        refused.expect_err("she has not got that").message,
        "roles.rbac.authorization.k8s.io \"more\" is forbidden: user \"ann\" (groups=[\"system:authenticated\"]) \
         is attempting to grant RBAC permissions not currently held:\n\
         {APIGroups:[\"storage.k8s.io\"], Resources:[\"storageclasses\"], Verbs:[\"get\" \"list\"]}"
    );
    let document = binding("all", "ClusterRole", "cluster-admin", subject.clone());
    let refused = create(&mut cluster, &ann, Kind::RoleBinding, "demo", document);
    assert!(
        refused.expect_err("nor that").message.contains("NonResourceURLs:[\"*\"], Verbs:[\"*\"]")
    );
    let document = binding("some", "ClusterRole", "view", subject);
    create(&mut cluster, &ann, Kind::RoleBinding, "demo", document).expect("she may view herself");
}

#[test]
fn a_role_that_is_labelled_becomes_part_of_view() {
    let mut cluster = cluster();
    let admin = Identity::admin("kubernetes-admin");
    let document = json!({
        "metadata": { "name": "widgets", "labels": { "rbac.authorization.k8s.io/aggregate-to-view": "true" } },
        "rules": [{ "apiGroups": ["example.com"], "resources": ["widgets"], "verbs": ["get"] }],
    });
    create(&mut cluster, &admin, Kind::ClusterRole, "", document).expect("may");
    cluster.advance(SimTime(5_000));
    for name in ["view", "edit", "admin"] {
        let role = cluster.view().get(Kind::ClusterRole, "", name).expect("it is there");
        let rules = role.cluster_role().and_then(|it| it.rules.clone()).unwrap_or_default();
        let knows = |it: &k8s_openapi::api::rbac::v1::PolicyRule| {
            it.resources.as_ref().is_some_and(|it| it.contains(&"widgets".to_owned()))
        };
        assert!(rules.iter().any(knows), "{name}");
    }
}

/// Recordings 313 to 316.
#[test]
fn reviews_answer_without_being_stored() {
    let mut cluster = cluster();
    let jane = Identity::user("jane");
    let asks = |verb: &str| json!({ "spec": { "resourceAttributes": { "namespace": "demo", "verb": verb, "resource": "pods" } } });
    for (verb, expected) in [("list", true), ("delete", false)] {
        let answer = create(&mut cluster, &jane, Kind::SelfSubjectAccessReview, "", asks(verb));
        assert_eq!(answer.expect("everybody may ask")["status"]["allowed"], expected, "{verb}");
    }
    let spec = json!({ "spec": { "namespace": "demo" } });
    let answer = create(&mut cluster, &jane, Kind::SelfSubjectRulesReview, "", spec).expect("may");
    let rules = answer["status"]["resourceRules"].as_array().expect("a list").clone();
    let pods = json!({ "verbs": ["get", "list", "watch"], "apiGroups": [""], "resources": ["pods", "pods/log"] });
    assert!(rules.contains(&pods), "{rules:?}");
    let me = create(&mut cluster, &jane, Kind::SelfSubjectReview, "", json!({})).expect("may");
    assert_eq!(
        me["status"]["userInfo"],
        json!({ "username": "jane", "groups": ["system:authenticated"] })
    );
    let refused = create(&mut cluster, &jane, Kind::SubjectAccessReview, "", json!({ "spec": {} }));
    assert_eq!(refused.expect_err("jane is no administrator").code, 403);
    let spec = json!({ "spec": { "user": "jane", "nonResourceAttributes": { "path": "/metrics", "verb": "get" } } });
    let admin = Identity::admin("kubernetes-admin");
    let answer = create(&mut cluster, &admin, Kind::SubjectAccessReview, "", spec).expect("may");
    assert_eq!(answer["status"], json!({ "allowed": false }));
}

#[test]
fn a_token_says_whose_it_is_until_it_expires() {
    let mut cluster = cluster();
    cluster.advance(SimTime(1_000));
    let admin = Identity::admin("kubernetes-admin");
    let target = Target::one(Kind::ServiceAccount, "demo", "default").with(Subresource::Token);
    let spec = json!({ "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
        "metadata": {}, "spec": { "audiences": [], "expirationSeconds": 600 } });
    let request = Request::new(Verb::Create(Payload::Document(spec)), target);
    let Ok(Answer::Document(answer)) = cluster.handle(&admin, request).result else {
        panic!("a token is asked for");
    };
    let token = answer["status"]["token"].as_str().expect("a token").to_owned();
    let account = Identity::service_account("demo", "default");
    assert_eq!(cluster.identity_of_token(&token), Some(account));
    assert_eq!(cluster.identity_of_token(&token[..token.len() - 2]), None);
    let review = json!({ "spec": { "token": token } });
    let answer = create(&mut cluster, &admin, Kind::TokenReview, "", review).expect("may");
    assert_eq!(answer["status"]["user"]["username"], "system:serviceaccount:demo:default");
    cluster.advance(SimTime(602_000));
    assert_eq!(cluster.identity_of_token(&token), None);
}
