//! Half-typed lines and what they may go on with.

use opsdrill_objects::decode::decode_object;
use serde_json::json;

use super::*;

struct World(Kubeconfig);

impl Lookup for World {
    fn list(&self, kind: Kind, namespace: &str) -> Vec<Arc<Object>> {
        let object = |kind, namespace: &str, name: &str, spec: serde_json::Value| {
            let metadata =
                json!({ "name": name, "namespace": namespace, "labels": { "app": name } });
            let document = json!({ "metadata": metadata, "spec": spec });
            Arc::new(decode_object(kind, document).expect("an object").value)
        };
        let pod = json!({ "containers": [{ "name": "main" }, { "name": "side" }] });
        let template = json!({ "selector": {}, "template": { "spec": pod } });
        let all = match kind {
            Kind::Pod => vec![
                object(kind, "shop", "cart-1", pod.clone()),
                object(kind, "shop", "web-1", pod.clone()),
                object(kind, "data", "redis-1", pod),
            ],
            Kind::Deployment => vec![object(kind, "shop", "web", template)],
            Kind::Node => vec![object(kind, "", "worker-1", json!({}))],
            Kind::Namespace => {
                vec![object(kind, "", "data", json!({})), object(kind, "", "shop", json!({}))]
            }
            _ => Vec::new(),
        };
        let there = |it: &Arc<Object>| namespace.is_empty() || it.meta.namespace() == namespace;
        all.into_iter().filter(there).collect()
    }

    fn paths(&self, typed: &str) -> Vec<String> {
        assert!("k8s/".starts_with(typed));
        vec!["k8s/".to_owned()]
    }

    fn config(&self) -> &Kubeconfig {
        &self.0
    }
}

/// The candidates for the last word of a line (which ends with a space if that word is empty).
fn after(line: &str) -> String {
    let world = World(Kubeconfig::single("drill", "drill", "trainee", "shop"));
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let typed = words.pop().expect("split yields a word");
    complete(&words, &typed, &world).join(" ")
}

#[test]
fn verbs_and_their_parts() {
    assert_eq!(after("de"), "debug delete describe");
    assert_eq!(after("rollout re"), "restart resume");
    assert_eq!(after("-n data top "), "node pod");
    assert_eq!(after("nonsense "), after(""));
    assert_eq!(after("prox"), "");
}

#[test]
fn kinds_then_names() {
    assert_eq!(after("get dep"), "deployments.apps");
    assert_eq!(after("get pods,dep"), "pods,deployments.apps");
    assert_eq!(
        after("get po"),
        "pods podtemplates pods.metrics.k8s.io poddisruptionbudgets.policy"
    );
    assert_eq!(after("get pods "), "cart-1 web-1");
    assert_eq!(after("get pods cart-1 "), "web-1");
    assert_eq!(after("get po w"), "web-1");
    assert_eq!(after("describe no "), "worker-1");
    assert_eq!(after("rollout restart "), "deployments");
    assert_eq!(after("rollout restart deployment/"), "deployment/web");
    assert_eq!(after("delete pod/cart-1 pods"), "pods.metrics.k8s.io/ pods/");
    assert_eq!(after("drain "), "worker-1");
}

#[test]
fn the_namespace_of_the_line_counts() {
    assert_eq!(after("get pods -n data "), "redis-1");
    assert_eq!(after("--namespace=data get pods "), "redis-1");
    assert_eq!(after("get pods -ndata "), "redis-1");
    assert_eq!(after("get pods -n "), "data shop");
    assert_eq!(after("get pods --namespace=d"), "--namespace=data");
    assert_eq!(after("get pods -A "), "cart-1 redis-1 web-1");
}

#[test]
fn pods_and_containers() {
    assert_eq!(after("logs "), "cart-1 deployments/ replicasets/ services/ web-1");
    assert_eq!(after("logs deploy/"), "deploy/web");
    assert_eq!(after("logs web-1 "), "main side");
    assert_eq!(after("logs deploy/web -c "), "main side");
    assert_eq!(after("exec web-1 --container=s"), "--container=side");
    assert_eq!(after("exec web-1 -- "), "");
    assert_eq!(after("set image deploy/web m"), "main=");
}

#[test]
fn flags_and_their_values() {
    assert_eq!(after("get pods --show-l"), "--show-labels");
    assert_eq!(after("get pods --field"), "--field-selector=");
    assert_eq!(after("get pods -o y"), "yaml");
    assert_eq!(after("delete pod web-1 --cascade=o"), "--cascade=orphan");
    assert_eq!(after("get pods -l app=c"), "app=cart-1");
    assert_eq!(after("apply -f "), "k8s/");
    assert_eq!(after("wait --for=condition=R"), "--for=condition=Ready");
    assert_eq!(after("config use-context "), "drill");
    assert_eq!(after("get --as-u"), "");
}
