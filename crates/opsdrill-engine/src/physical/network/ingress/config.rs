//! The servers and locations that ingress-nginx makes of Ingresses (`getBackendServers`).

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::{HTTPIngressPath, IngressBackend, IngressSpec};
use opsdrill_objects::{Kind, Object};
use regex::{Regex, RegexBuilder};

use super::Settings;
use super::annotations::Annotations;
use super::certificate::Certificate;
use crate::view::View;

/// The name of the server for all other hosts.
pub(super) const CATCH_ALL: &str = "_";
/// How large an expression in a path may get, compiled.
const EXPRESSION_BYTES_MAX: usize = 1 << 20;

/// A Service's port, as an Ingress names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Backend {
    pub namespace: String,
    pub service: String,
    /// Number or name.
    pub port: String,
}

/// What is done with some paths of a host.
#[derive(Clone, Debug)]
pub(super) struct Location {
    pub path: String,
    exact: bool,
    /// `None` for the controller's own default backend.
    pub backend: Option<Backend>,
    /// Whether nobody has asked for this path yet.
    is_default: bool,
    pub annotations: Annotations,
}

/// A host.
#[derive(Clone, Debug)]
pub(super) struct Server {
    /// What it shows to clients that speak TLS; `None` if no Ingress says anything of TLS.
    pub certificate: Option<Certificate>,
    /// Whether it stands for all hosts that are not named.
    pub catches_all: bool,
    locations: Vec<Location>,
}

/// All servers of a controller, by host.
pub(super) struct Config(BTreeMap<String, Server>);

impl Config {
    /// Of all Ingresses of a controller, the oldest first.
    pub(super) fn of(view: View<'_>, settings: &Settings) -> Self {
        let all = view.list(Kind::Ingress, "");
        let mut own: Vec<&Object> =
            all.map(|it| &**it).filter(|it| settings.is_for(view, it)).collect();
        own.sort_by_key(|it| it.meta.created);
        let mut config = Self(BTreeMap::from([(CATCH_ALL.to_owned(), Server::new(true))]));
        for ingress in &own {
            config.add_hosts(ingress);
        }
        for ingress in &own {
            config.add_certificates(view, ingress);
        }
        for ingress in &own {
            config.add_paths(ingress);
        }
        for server in config.0.values_mut() {
            server.finish();
        }
        config
    }

    fn add_hosts(&mut self, ingress: &Object) {
        let Some(spec) = spec(ingress) else { return };
        let backend = spec.default_backend.as_ref().and_then(|it| backend(ingress, it));
        if backend.is_some() {
            let all = self.0.get_mut(CATCH_ALL).expect("it is always there");
            all.locations[0].backend.clone_from(&backend);
            if all.locations[0].is_default && spec.rules.iter().flatten().next().is_none() {
                all.locations[0].is_default = false;
                all.locations[0].annotations = Annotations::of(ingress);
            }
        }
        for rule in spec.rules.iter().flatten() {
            self.0.entry(host(rule.host.as_deref())).or_insert_with(|| {
                let mut server = Server::new(false);
                server.locations[0].backend.clone_from(&backend);
                server.locations[0].annotations = Annotations::of(ingress);
                server
            });
        }
    }

    fn add_certificates(&mut self, view: View<'_>, ingress: &Object) {
        let Some(spec) = spec(ingress) else { return };
        for rule in spec.rules.iter().flatten() {
            let host = host(rule.host.as_deref());
            let server = self.0.get_mut(&host).expect("it was added before");
            if server.certificate.is_none() && spec.tls.iter().flatten().next().is_some() {
                server.certificate = Some(Certificate::of(view, ingress, spec, &host));
            }
        }
    }

    fn add_paths(&mut self, ingress: &Object) {
        let Some(spec) = spec(ingress) else { return };
        for rule in spec.rules.iter().flatten() {
            let server = self.0.get_mut(&host(rule.host.as_deref())).expect("it was added before");
            for path in rule.http.iter().flat_map(|it| &it.paths) {
                if let Some(backend) = backend(ingress, &path.backend) {
                    server.add(path, backend, Annotations::of(ingress));
                }
            }
        }
    }

    /// The server of a host: by its name, by the longest wildcard, or the one for all others.
    pub(super) fn server(&self, host: &str) -> &Server {
        let host = host.to_ascii_lowercase();
        let name = host.rsplit_once(':').map_or(&*host, |(name, _)| name);
        let mut rest = name;
        let mut found = self.0.get(name).filter(|_| name != CATCH_ALL);
        while let (None, Some((_, below))) = (found, rest.split_once('.')) {
            found = self.0.get(&format!("*.{below}"));
            rest = below;
        }
        found.unwrap_or_else(|| &self.0[CATCH_ALL])
    }
}

impl Server {
    /// One that knows no paths yet.
    fn new(catches_all: bool) -> Self {
        let root = Location {
            path: "/".to_owned(),
            exact: false,
            backend: None,
            is_default: true,
            annotations: Annotations::default(),
        };
        Self { certificate: None, catches_all, locations: vec![root] }
    }

    /// Whoever was first to ask for a path has it.
    fn add(&mut self, path: &HTTPIngressPath, backend: Backend, annotations: Annotations) {
        let exact = path.path_type == "Exact";
        let text = path.path.as_deref().filter(|it| !it.is_empty()).unwrap_or("/");
        let known = self.locations.iter_mut().find(|it| it.path == text);
        match known.filter(|it| it.exact == exact) {
            Some(location) if location.is_default => {
                location.backend = Some(backend);
                location.is_default = false;
                location.annotations = annotations;
            }
            Some(_) => {}
            None => self.locations.push(Location {
                path: text.to_owned(),
                exact,
                backend: Some(backend),
                is_default: false,
                annotations,
            }),
        }
    }

    /// Puts the locations in nginx's order, the longest first; a prefix means whole segments, so that each becomes two
    /// (`updateServerLocations`).
    fn finish(&mut self) {
        self.locations.sort_by(|one, other| {
            other.path.len().cmp(&one.path.len()).then_with(|| other.path.cmp(&one.path))
        });
        if self.has_regex() {
            return;
        }
        let exact: Vec<String> =
            self.locations.iter().filter(|it| it.exact).map(|it| it.path.clone()).collect();
        let mut more = Vec::new();
        for location in self.locations.iter_mut().filter(|it| !it.exact && it.path != "/") {
            let bare = location.path.trim_end_matches('/').to_owned();
            if !exact.contains(&bare) {
                more.push(Location { path: bare.clone(), exact: true, ..location.clone() });
            }
            location.path = bare + "/";
        }
        self.locations.extend(more);
    }

    /// Whether one of its locations makes all paths regular expressions.
    fn has_regex(&self) -> bool {
        self.locations.iter().any(|it| it.annotations.needs_regex(&it.path))
    }

    /// The location of a path, and the path that the backend gets.
    pub(super) fn locate(&self, path: &str) -> Option<(&Location, String)> {
        let (bare, query) = path.split_at(path.find('?').unwrap_or(path.len()));
        if !self.has_regex() {
            let exact = self.locations.iter().find(|it| it.exact && it.path == bare);
            let prefixes =
                self.locations.iter().filter(|it| !it.exact && bare.starts_with(&it.path));
            let found = exact.or_else(|| prefixes.max_by_key(|it| it.path.len()));
            return found.map(|it| (it, path.to_owned()));
        }
        let location = self
            .locations
            .iter()
            .find(|it| expression(&it.path, true).is_some_and(|it| it.is_match(bare)))?;
        let rewrite = &location.annotations.rewrite;
        if rewrite.is_empty() || *rewrite == location.path {
            return Some((location, path.to_owned()));
        }
        // `rewrite "(?i)PATH" TARGET`: the target takes the place of the whole path.
        let captures = expression(&location.path, false).and_then(|it| {
            let captures = it.captures(bare)?;
            let groups = captures.iter().map(|it| it.map_or("", |it| it.as_str()).to_owned());
            Some(groups.collect::<Vec<String>>())
        });
        Some((location, filled(rewrite, &captures.unwrap_or_default()) + query))
    }
}

/// A path as nginx reads it; `None` if it is no expression, which keeps the real one from loading it.
fn expression(path: &str, anchored: bool) -> Option<Regex> {
    let start = if anchored { "^" } else { "" };
    RegexBuilder::new(&format!("{start}{path}"))
        .case_insensitive(true)
        .size_limit(EXPRESSION_BYTES_MAX)
        .build()
        .ok()
}

/// A target with `$1` and the like filled in.
fn filled(target: &str, groups: &[String]) -> String {
    let mut text = String::new();
    let mut letters = target.chars().peekable();
    while let Some(letter) = letters.next() {
        let digit = letters.peek().and_then(|it| it.to_digit(10)).filter(|_| letter == '$');
        match digit {
            Some(digit) => {
                letters.next();
                text += groups.get(digit as usize).map_or("", String::as_str);
            }
            None => text.push(letter),
        }
    }
    text
}

fn spec(ingress: &Object) -> Option<&IngressSpec> {
    ingress.ingress()?.spec.as_ref()
}

/// The name of a rule's server.
fn host(host: Option<&str>) -> String {
    host.filter(|it| !it.is_empty()).unwrap_or(CATCH_ALL).to_ascii_lowercase()
}

/// The Service that a backend means; other resources are passed over, as in the real one.
fn backend(ingress: &Object, backend: &IngressBackend) -> Option<Backend> {
    let service = backend.service.as_ref()?;
    let port = service.port.as_ref();
    let name = port.and_then(|it| it.name.clone()).filter(|it| !it.is_empty());
    let number = port.and_then(|it| it.number).unwrap_or_default();
    Some(Backend {
        namespace: ingress.meta.namespace().to_owned(),
        service: service.name.clone(),
        port: name.unwrap_or_else(|| number.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(paths: &[(&str, &str)], annotations: &Annotations) -> Server {
        let mut server = Server::new(false);
        for (path, path_type) in paths {
            let entry = HTTPIngressPath {
                path: Some((*path).to_owned()),
                path_type: (*path_type).to_owned(),
                ..HTTPIngressPath::default()
            };
            let name = format!("{path_type} {path}");
            let backend = Backend { namespace: String::new(), service: name, port: String::new() };
            server.add(&entry, backend, annotations.clone());
        }
        server.finish();
        server
    }

    fn found(server: &Server, path: &str) -> (String, String) {
        let (location, passed) = server.locate(path).expect("the root takes everything");
        let name = location.backend.as_ref().map_or("default", |it| &it.service);
        (name.to_owned(), passed)
    }

    #[test]
    fn the_longest_whole_prefix_wins_and_an_exact_path_comes_first() {
        let paths = [
            ("/api", "Prefix"),
            ("/api/v2", "ImplementationSpecific"),
            ("/api", "Exact"),
            ("/docs/", "Prefix"),
            ("/api", "Prefix"),
        ];
        let server = server(&paths, &Annotations::default());
        let check = |path: &str, name: &str| assert_eq!(found(&server, path).0, name, "{path}");
        check("/api", "Exact /api");
        check("/api/", "Prefix /api");
        check("/api/v1?x=/api/v2", "Prefix /api");
        check("/api/v2", "ImplementationSpecific /api/v2");
        check("/api/v2/orders", "ImplementationSpecific /api/v2");
        check("/api/v20", "Prefix /api");
        check("/apis", "default");
        check("/docs", "Prefix /docs/");
        check("/", "default");
    }

    #[test]
    fn a_rewrite_makes_expressions_of_all_paths() {
        let rewriting = Annotations { rewrite: "/$2".to_owned(), ..Annotations::default() };
        let server = server(&[("/shop(/|$)(.*)", "ImplementationSpecific")], &rewriting);
        assert_eq!(found(&server, "/shop/cart?a=1").1, "/cart?a=1");
        assert_eq!(found(&server, "/Shop").1, "/");
        assert_eq!(found(&server, "/other").0, "default");
        assert_eq!(filled("/a$1$3b$", &[String::new(), "x".to_owned()]), "/axb$");
    }
}
