//! Which image holds which application, and the built-in applications.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bevy_ecs::resource::Resource;
use serde_json::Value;

use super::ApplicationModel;

/// The built-in applications and the images that hold them.
pub const BUILT_IN: &[(&str, &[&str], &str)] = &[
    (
        "agnhost",
        &["registry.k8s.io/e2e-test-images/agnhost"],
        include_str!("built_in/agnhost.yaml"),
    ),
    (
        "busybox",
        &[
            "busybox",
            "registry.k8s.io/busybox",
            "registry.k8s.io/e2e-test-images/busybox",
            "registry.k8s.io/e2e-test-images/jessie-dnsutils",
            "alpine",
            "bash",
            "debian",
            "ubuntu",
            "bitnami/kubectl",
            "registry.k8s.io/kubectl",
        ],
        include_str!("built_in/busybox.yaml"),
    ),
    (
        "coredns",
        &["registry.k8s.io/coredns/coredns", "coredns/coredns"],
        include_str!("built_in/coredns.yaml"),
    ),
    ("ealen-echo-server", &["ealen/echo-server"], include_str!("built_in/ealen-echo-server.yaml")),
    ("echo-server", &["kicbase/echo-server"], include_str!("built_in/echo-server.yaml")),
    ("echoserver", &["registry.k8s.io/echoserver"], include_str!("built_in/echoserver.yaml")),
    ("go-http", &[], include_str!("built_in/go-http.yaml")),
    (
        "guestbook-frontend",
        &["us-docker.pkg.dev/google-samples/containers/gke/gb-frontend"],
        include_str!("built_in/guestbook-frontend.yaml"),
    ),
    (
        "hello-app",
        &[
            "gcr.io/google-samples/hello-app",
            "us-docker.pkg.dev/google-samples/containers/gke/hello-app",
        ],
        include_str!("built_in/hello-app.yaml"),
    ),
    ("hpa-example", &["registry.k8s.io/hpa-example"], include_str!("built_in/hpa-example.yaml")),
    ("http-echo", &["hashicorp/http-echo"], include_str!("built_in/http-echo.yaml")),
    (
        "ingress-nginx",
        &["registry.k8s.io/ingress-nginx/controller"],
        include_str!("built_in/ingress-nginx.yaml"),
    ),
    ("jvm-http", &[], include_str!("built_in/jvm-http.yaml")),
    ("mariadb", &["mariadb"], include_str!("built_in/mariadb.yaml")),
    ("memcached", &["memcached"], include_str!("built_in/memcached.yaml")),
    ("mongo", &["mongo"], include_str!("built_in/mongo.yaml")),
    ("mysql", &["mysql"], include_str!("built_in/mysql.yaml")),
    ("nginx", &["nginx", "nginxinc/nginx-unprivileged"], include_str!("built_in/nginx.yaml")),
    (
        "nginx-slim",
        &["registry.k8s.io/nginx-slim", "registry.k8s.io/e2e-test-images/nginx"],
        include_str!("built_in/nginx-slim.yaml"),
    ),
    ("node-hello", &["gcr.io/google-samples/node-hello"], include_str!("built_in/node-hello.yaml")),
    ("plain", &[], include_str!("built_in/plain.yaml")),
    ("postgres", &["postgres"], include_str!("built_in/postgres.yaml")),
    ("rabbitmq", &["rabbitmq"], include_str!("built_in/rabbitmq.yaml")),
    ("redis", &["redis"], include_str!("built_in/redis.yaml")),
    ("whoami", &["traefik/whoami"], include_str!("built_in/whoami.yaml")),
    ("wordpress", &["wordpress"], include_str!("built_in/wordpress.yaml")),
];

/// Applications by repository (`redis`, `registry.example.com/shop/payment-service`) or by repository and tag.
#[derive(Resource, Debug, Default)]
pub struct Catalogue {
    by_image: BTreeMap<String, Arc<ApplicationModel>>,
    /// The built-in ones, each read when it is first asked for.
    built_in: [OnceLock<Arc<ApplicationModel>>; BUILT_IN.len()],
    /// An application of which nothing is known.
    plain: OnceLock<Arc<ApplicationModel>>,
}

impl Catalogue {
    /// Says what an image holds: `repository` for all its tags, `repository:tag` for one.
    pub fn insert(&mut self, image: &str, model: ApplicationModel) {
        self.by_image.insert(image.to_owned(), Arc::new(model));
    }

    /// Whether this is what stands for an application of which nothing is known.
    pub fn is_plain(&self, model: &Arc<ApplicationModel>) -> bool {
        Arc::ptr_eq(model, self.plain())
    }

    /// What an image holds, as its name is written in a pod; a plain server if nobody said anything.
    pub fn find(&self, image: &str) -> &Arc<ApplicationModel> {
        let (repository, _) = split(image);
        let without_digest = image.split_once('@').map_or(image, |(name, _)| name);
        let known = [without_digest, repository].into_iter().flat_map(|name| {
            let short =
                name.strip_prefix("docker.io/").map(|it| it.strip_prefix("library/").unwrap_or(it));
            [Some(name), short, name.strip_prefix("library/")]
        });
        let row_of = |name: &str| BUILT_IN.iter().position(|it| it.1.contains(&name));
        let found = |name: &str| {
            let own = self.by_image.get(name);
            own.or_else(|| row_of(name).map(|row| self.built_in(row)))
        };
        known.flatten().find_map(found).unwrap_or_else(|| self.plain())
    }

    fn built_in(&self, row: usize) -> &Arc<ApplicationModel> {
        self.built_in[row].get_or_init(|| sound(BUILT_IN[row].0))
    }

    fn plain(&self) -> &Arc<ApplicationModel> {
        self.plain.get_or_init(|| sound("plain"))
    }
}

/// The repository and the tag (`latest` if none) of an image's name.
pub fn split(image: &str) -> (&str, &str) {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    match name.rsplit_once(':') {
        // A colon before a slash belongs to the registry's port.
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (name, "latest"),
    }
}

/// Reads a model as scenarios write it: `like` names a built-in one, the other fields replace its own.
///
/// # Errors
/// What the author did wrong.
pub fn read(mut written: Value) -> Result<ApplicationModel, String> {
    let like = written.as_object_mut().and_then(|it| it.remove("like"));
    let document = match like {
        None => written,
        Some(like) => {
            let name = like.as_str().unwrap_or_default();
            if !BUILT_IN.iter().any(|(known, ..)| *known == name) {
                let names: Vec<_> = BUILT_IN.iter().map(|(name, ..)| *name).collect();
                return Err(format!("like: {like} is none of {}", names.join(", ")));
            }
            overlaid(built_in(name), written)
        }
    };
    serde_json::from_value(document).map_err(|error| error.to_string())
}

fn sound(name: &str) -> Arc<ApplicationModel> {
    Arc::new(read(built_in(name)).expect("built-in models are tested"))
}

fn built_in(name: &str) -> Value {
    let row = BUILT_IN.iter().find(|(known, ..)| *known == name);
    let (_, _, text) = row.expect("the caller knows the name");
    serde_saphyr::from_str(text).expect("built-in models are tested")
}

/// Mappings are laid over each other key by key, all else is replaced.
fn overlaid(below: Value, above: Value) -> Value {
    match (below, above) {
        (Value::Object(mut below), Value::Object(above)) => {
            for (key, value) in above {
                let under = below.remove(&key).unwrap_or_default();
                below.insert(key, overlaid(under, value));
            }
            Value::Object(below)
        }
        (_, above) => above,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::physical::application::model::Runtime;

    #[test]
    fn built_in_models_are_valid_and_sorted() {
        let catalogue = Catalogue::default();
        assert_eq!(catalogue.find("docker.io/library/redis:7.2").runtime, Runtime::Redis);
        assert_eq!(catalogue.find("redis").runtime, Runtime::Redis);
        assert_eq!(catalogue.find("registry.example.com:5000/redis").runtime, Runtime::Plain);
        assert!(BUILT_IN.is_sorted_by_key(|(name, ..)| name));
        assert!(BUILT_IN.iter().all(|(name, ..)| read(built_in(name)).is_ok()));
    }

    #[test]
    fn a_tag_of_its_own_comes_before_the_repository() {
        let mut catalogue = Catalogue::default();
        let named = |name: &str| ApplicationModel { name: name.into(), ..Default::default() };
        catalogue.insert("r.io:5000/shop/pay", named("all"));
        catalogue.insert("r.io:5000/shop/pay:2", named("two"));
        let name = |image: &str| catalogue.find(image).name.clone();
        assert_eq!(name("r.io:5000/shop/pay"), "all");
        assert_eq!(name("r.io:5000/shop/pay:1@sha256:00"), "all");
        assert_eq!(name("r.io:5000/shop/pay:2@sha256:00"), "two");
    }

    #[test]
    fn a_model_like_another_changes_only_what_it_says() {
        let model = read(json!({
            "like": "jvm-http", "name": "payment", "memory": {"heap_base": "100Mi"},
            "tags": {"1.1": {"connection-leak-ppm": 5}},
        }));
        let model = model.unwrap();
        assert_eq!((&*model.name, model.memory.heap_base), ("payment", 100 << 20));
        assert_eq!((model.runtime, model.memory.base), (Runtime::Jvm, 150 << 20));
        assert!(read(json!({"like": "cobol"})).unwrap_err().contains("jvm-http"));
        assert!(read(json!({"heap": 1})).unwrap_err().contains("unknown field `heap`"));
    }
}
