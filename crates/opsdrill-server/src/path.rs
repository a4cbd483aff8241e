//! Where a request goes: the path taken apart.

use crate::query::decode;

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `/`: the list of paths.
    Root,
    /// `/version`.
    Version,
    /// `/healthz`, `/livez`, `/readyz`, with the check that is meant, if only one is.
    Health(&'static str, Option<String>),
    /// `/api`.
    CoreVersions,
    /// `/apis`.
    Groups,
    /// `/apis/GROUP`.
    Group(String),
    /// `/api/v1` (with an empty group) and `/apis/GROUP/VERSION`.
    Resources(String, String),
    /// `/openapi/v2`.
    OpenApiV2,
    /// `/openapi/v3`.
    OpenApiIndex,
    /// `/openapi/v3/…`.
    OpenApi(String),
    /// Objects.
    Objects(ObjectPath),
    /// Nothing is there.
    Nowhere,
}

/// The path of objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ObjectPath {
    /// API group; empty for core.
    pub(crate) group: String,
    /// Version.
    pub(crate) version: String,
    /// Namespace; empty if none is named.
    pub(crate) namespace: String,
    /// Plural name of the resource.
    pub(crate) resource: String,
    /// Name of the object; empty if all are meant.
    pub(crate) name: String,
    /// Subresource; empty if none is named.
    pub(crate) subresource: String,
    /// What follows a subresource that leads further, such as `proxy`, without its first slash.
    pub(crate) rest: String,
    /// Whether the path ends with a slash.
    pub(crate) slash: bool,
    /// Whether the path begins with `watch/`, as it did before `watch=true`.
    pub(crate) watch: bool,
}

/// The subresources that a namespace has.
const OF_NAMESPACES: &[&str] = &["status", "finalize"];

/// Takes a path apart.
pub(crate) fn route(path: &str) -> Route {
    let Some(path) = path.strip_prefix('/') else { return Route::Nowhere };
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [""] => Route::Root,
        ["version"] | ["version", ""] => Route::Version,
        [name @ ("healthz" | "livez" | "readyz"), rest @ ..] => health(name, rest),
        ["api"] | ["api", ""] => Route::CoreVersions,
        ["apis"] | ["apis", ""] => Route::Groups,
        ["apis", group] | ["apis", group, ""] => Route::Group((*group).to_owned()),
        ["openapi", "v2"] => Route::OpenApiV2,
        ["openapi", "v3"] | ["openapi", "v3", ""] => Route::OpenApiIndex,
        ["openapi", "v3", rest @ ..] => Route::OpenApi(rest.join("/")),
        ["api", version] | ["api", version, ""] => {
            Route::Resources(String::new(), (*version).to_owned())
        }
        ["apis", group, version] | ["apis", group, version, ""] => {
            Route::Resources((*group).to_owned(), (*version).to_owned())
        }
        ["api", version, rest @ ..] => objects("", version, rest),
        ["apis", group, version, rest @ ..] => objects(group, version, rest),
        _ => Route::Nowhere,
    }
}

fn health(name: &str, rest: &[&str]) -> Route {
    let name = match name {
        "healthz" => "healthz",
        "livez" => "livez",
        _ => "readyz",
    };
    match rest {
        [] | [""] => Route::Health(name, None),
        _ => Route::Health(name, Some(rest.join("/"))),
    }
}

fn objects(group: &str, version: &str, rest: &[&str]) -> Route {
    let slash = rest.last() == Some(&"");
    let rest = if slash { &rest[..rest.len() - 1] } else { rest };
    let (watch, rest) = match rest {
        ["watch", rest @ ..] => (true, rest),
        _ => (false, rest),
    };
    let Some(parts) = rest.iter().map(|it| decode(it)).collect::<Option<Vec<String>>>() else {
        return Route::Nowhere;
    };
    let proxied = rest.iter().position(|it| *it == "proxy");
    let empty = parts.iter().take(proxied.unwrap_or(parts.len())).any(String::is_empty);
    if empty {
        return Route::Nowhere;
    }
    let mut path = ObjectPath {
        group: group.to_owned(),
        version: version.to_owned(),
        slash,
        watch,
        ..ObjectPath::default()
    };
    let words: Vec<&str> = parts.iter().map(String::as_str).collect();
    let words = match words.as_slice() {
        ["namespaces", _, sub] if OF_NAMESPACES.contains(sub) => &words[..],
        ["namespaces", namespace, _, ..] => {
            (*namespace).clone_into(&mut path.namespace);
            &words[2..]
        }
        _ => &words[..],
    };
    let [resource, of_it @ ..] = words else { return Route::Nowhere };
    (*resource).clone_into(&mut path.resource);
    match of_it {
        [] => {}
        [name] => (*name).clone_into(&mut path.name),
        [name, subresource, rest @ ..] => {
            if !rest.is_empty() && *subresource != "proxy" {
                return Route::Nowhere;
            }
            (*name).clone_into(&mut path.name);
            (*subresource).clone_into(&mut path.subresource);
            path.rest = rest.join("/");
        }
    }
    Route::Objects(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(path: &str) -> ObjectPath {
        match route(path) {
            Route::Objects(path) => path,
            other => panic!("{path} leads to {other:?}"),
        }
    }

    #[test]
    fn objects_are_found_in_and_outside_of_namespaces() {
        let pods = object("/api/v1/namespaces/shop/pods/web/log");
        assert_eq!(
            (pods.namespace.as_str(), pods.resource.as_str(), pods.name.as_str()),
            ("shop", "pods", "web")
        );
        assert_eq!(pods.subresource, "log");
        let nodes = object("/api/v1/nodes/worker-0");
        assert_eq!((nodes.namespace.as_str(), nodes.name.as_str()), ("", "worker-0"));
        let namespace = object("/api/v1/namespaces/shop/status");
        assert_eq!((namespace.resource.as_str(), namespace.name.as_str()), ("namespaces", "shop"));
        let all = object("/apis/apps/v1/deployments");
        assert_eq!((all.group.as_str(), all.version.as_str()), ("apps", "v1"));
        assert!(object("/api/v1/watch/namespaces/shop/pods").watch);
    }

    #[test]
    fn proxies_lead_further() {
        let path = object("/api/v1/namespaces/shop/services/web:80/proxy/a//b/");
        assert_eq!((path.name.as_str(), path.rest.as_str()), ("web:80", "a//b"));
    }

    #[test]
    fn tricks_lead_nowhere() {
        for path in [
            "",
            "api/v1/pods",
            "/api/v1//pods",
            "/api/v1/namespaces//pods",
            "/api/v1/namespaces/shop/pods/web/log/more",
            "/api/v1/namespaces/shop/pods/%zz",
            "/api/v1/namespaces/shop/pods/%ff",
            "/secrets",
        ] {
            assert_eq!(route(path), Route::Nowhere, "{path}");
        }
        // Decoded once and never taken apart again.
        assert_eq!(object("/api/v1/namespaces/a%2Fb/pods").namespace, "a/b");
    }

    #[test]
    fn what_is_no_object_is_known_too() {
        assert_eq!(route("/readyz/ping"), Route::Health("readyz", Some("ping".into())));
        assert_eq!(route("/version/"), Route::Version);
        assert_eq!(route("/apis/apps/v1"), Route::Resources("apps".into(), "v1".into()));
        assert_eq!(route("/openapi/v3/apis/apps/v1"), Route::OpenApi("apis/apps/v1".into()));
    }

    proptest::proptest! {
        #[test]
        fn every_path_leads_somewhere(path in "(/(api|apis|v1|apps|namespaces|watch|pods|a|log|proxy|\\.\\.|%2e|\\PC{0,3})){0,9}/?") {
            if let Route::Objects(it) = route(&path) {
                proptest::prop_assert!(!it.resource.is_empty(), "{path}");
            }
        }
    }
}
