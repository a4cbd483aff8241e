//! What a configuration of nginx makes: servers, their locations, and where they pass requests on.

use std::collections::BTreeMap;

use regex::Regex;

use super::location::{Location, expression, is_new};
use super::syntax::{self, Directive, Files};
use super::words::{split_port, split_url};

/// What is served.
#[derive(Debug, Default)]
pub struct Config {
    pub(super) servers: Vec<Server>,
    /// Groups of servers by name, with the place of each.
    pub(super) upstreams: BTreeMap<String, Vec<Peer>>,
    /// The files in the order in which they were opened.
    pub(super) opened: Vec<String>,
    /// What is written at the start about directives that are not followed.
    pub(super) not_simulated: Vec<String>,
    /// Hosts that must be known at the start, with the words about one that is not.
    pub(super) hosts: Vec<(String, String)>,
}

/// A server of a group, or the one that a location names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) is_down: bool,
    pub(super) is_backup: bool,
    pub(super) weight: u64,
}

/// A virtual server.
#[derive(Debug, Default)]
pub(super) struct Server {
    pub(super) listens: Vec<Listen>,
    pub(super) names: Vec<String>,
    /// The names that are expressions.
    pub(super) patterns: Vec<Regex>,
    /// What holds outside of its locations.
    pub(super) outer: Location,
    pub(super) locations: Vec<Location>,
    /// The files with its certificate and key.
    pub(super) certificate: Option<(String, String)>,
}

/// A port of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listen {
    pub(super) port: u16,
    pub(super) is_default: bool,
    pub(super) is_tls: bool,
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// nginx' words after `[emerg] `.
    pub(super) fn read(files: &Files, path: &str, globals: &str) -> Result<Self, String> {
        let read = syntax::read(files, path, globals)?;
        let mut config =
            Self { opened: read.opened, not_simulated: read.not_simulated, ..Self::default() };
        for http in read.directives.iter().filter(|it| it.name == "http") {
            let upstreams = http.block.iter().filter(|it| it.name == "upstream");
            for it in upstreams {
                let group = config.upstream(it)?;
                config.upstreams.insert(it.argument(0).to_owned(), group);
            }
            let outer = Location::default().laid_over(&http.block)?;
            for server in http.block.iter().filter(|it| it.name == "server") {
                let server = Server::read(server, &outer, files, &http.block)?;
                config.servers.push(server);
            }
            for server in http.block.iter().filter(|it| it.name == "server") {
                config.note_hosts(&server.block);
            }
        }
        Ok(config)
    }

    /// The ports on which it listens, in their order.
    pub fn ports(&self) -> Vec<u16> {
        let mut ports: Vec<u16> =
            self.servers.iter().flat_map(|it| &it.listens).map(|it| it.port).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// Whether requests are passed on, so that answers depend on others.
    pub(in crate::physical) fn passes_on(&self) -> bool {
        let passes = |it: &Location| it.passes_on();
        self.servers.iter().any(|it| it.locations.iter().any(passes))
    }

    fn upstream(&mut self, group: &Directive) -> Result<Vec<Peer>, String> {
        let mut peers = Vec::new();
        for it in group.block.iter().filter(|it| it.name == "server") {
            let written = it.argument(0);
            let (host, port) = split_port(written, 80)
                .ok_or_else(|| it.complaint(&format!("invalid port in upstream {written:?}")))?;
            let has = |word: &str| it.arguments.iter().any(|it| it == word);
            let weight = it.arguments.iter().find_map(|it| it.strip_prefix("weight="));
            let known = ["down", "backup", "resolve", "drain"];
            let values = [
                "weight=",
                "max_fails=",
                "fail_timeout=",
                "max_conns=",
                "slow_start=",
                "route=",
                "service=",
            ];
            let unknown = it.arguments[1..].iter().find(|it| {
                !known.contains(&it.as_str()) && !values.iter().any(|name| it.starts_with(name))
            });
            if let Some(word) = unknown {
                return Err(it.complaint(&format!("invalid parameter {word:?}")));
            }
            let unknown = it.complaint(&format!("host not found in upstream {written:?}"));
            self.hosts.push((host.clone(), unknown));
            peers.push(Peer {
                host,
                port,
                is_down: has("down"),
                is_backup: has("backup"),
                weight: weight.and_then(|it| it.parse().ok()).unwrap_or(1),
            });
        }
        if peers.is_empty() {
            return Err(group.complaint("no servers are inside upstream"));
        }
        Ok(peers)
    }

    /// Notes the hosts that `proxy_pass` names: nginx looks for them when everything has been read.
    fn note_hosts(&mut self, block: &[Directive]) {
        for it in block {
            if it.name == "proxy_pass" && !it.argument(0).contains('$') {
                let Some((_, host, _, _)) = split_url(it.argument(0)) else { continue };
                if self.upstreams.contains_key(&host) {
                    continue;
                }
                let unknown = it.complaint(&format!("host not found in upstream {host:?}"));
                self.hosts.push((host, unknown));
            }
            self.note_hosts(&it.block);
        }
    }
}

impl Server {
    fn read(
        server: &Directive,
        outer: &Location,
        files: &Files,
        http: &[Directive],
    ) -> Result<Self, String> {
        let mut it = Self { outer: outer.clone().laid_over(&server.block)?, ..Self::default() };
        let mut files_of_tls: [Option<&Directive>; 2] = [None, None];
        for directive in http.iter().chain(&server.block) {
            match directive.name.as_str() {
                "ssl_certificate" => files_of_tls[0] = Some(directive),
                "ssl_certificate_key" => files_of_tls[1] = Some(directive),
                _ => {}
            }
        }
        for directive in &server.block {
            match directive.name.as_str() {
                "listen" => it.listens.extend(listen(directive)?),
                "server_name" => {
                    for name in &directive.arguments {
                        match name.strip_prefix('~') {
                            Some(pattern) => {
                                it.patterns.push(expression(directive, pattern, true)?);
                            }
                            None => it.names.push(name.to_ascii_lowercase()),
                        }
                    }
                }
                "location" => {
                    let inner = Location::read(directive, &it.outer)?;
                    is_new(directive, &inner, &it.locations)?;
                    it.locations.push(inner);
                }
                _ => {}
            }
        }
        if it.listens.is_empty() {
            it.listens.push(Listen { port: 80, is_default: false, is_tls: false });
        }
        let speaks_tls = it.listens.iter().any(|it| it.is_tls);
        it.certificate = certificate(server, files_of_tls, files, speaks_tls)?;
        Ok(it)
    }
}

/// The files of a server that speaks TLS; they must be there.
fn certificate(
    server: &Directive,
    [certificate, key]: [Option<&Directive>; 2],
    files: &Files,
    speaks_tls: bool,
) -> Result<Option<(String, String)>, String> {
    let path = |it: &Directive| match it.argument(0) {
        path if path.starts_with('/') => path.to_owned(),
        path => format!("/etc/nginx/{path}"),
    };
    let Some(certificate) = certificate else {
        let missing = "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive";
        return if speaks_tls { Err(server.complaint(missing)) } else { Ok(None) };
    };
    let Some(key) = key else {
        let missing = format!(
            "no \"ssl_certificate_key\" is defined for certificate {:?}",
            path(certificate)
        );
        return Err(missing);
    };
    let missing = |what: &str, path: &str| {
        format!(
            "cannot load {what} {path:?}: BIO_new_file() failed (SSL: error:80000002:system library::No such file or \
             directory:calling fopen({path}, r) error:10000080:BIO routines::no such file)"
        )
    };
    let (certificate, key) = (path(certificate), path(key));
    match files.get(&certificate) {
        None => return Err(missing("certificate", &certificate)),
        Some(text) if !text.contains("-----BEGIN ") => {
            return Err(format!(
                "cannot load certificate {certificate:?}: PEM_read_bio_X509_AUX() failed (SSL: error:0480006C:PEM \
                 routines::no start line:Expecting: TRUSTED CERTIFICATE)"
            ));
        }
        Some(_) => {}
    }
    match files.get(&key) {
        None => return Err(missing("certificate key", &key)),
        Some(text) if !text.contains("-----BEGIN ") => {
            return Err(format!(
                "cannot load certificate key {key:?}: PEM_read_bio_PrivateKey() failed (SSL: error:1E08010C:DECODER \
                 routines::unsupported:No supported data to decode. Input type: PEM)"
            ));
        }
        Some(_) => {}
    }
    Ok(Some((certificate, key)))
}

fn listen(it: &Directive) -> Result<Option<Listen>, String> {
    let written = it.argument(0);
    if written.starts_with("unix:") {
        return Ok(None);
    }
    let port = match written.rsplit_once(':') {
        Some((address, port)) if !address.contains('[') || address.ends_with(']') => port,
        _ if written.bytes().all(|it| it.is_ascii_digit()) => written,
        // An address without a port.
        Some(_) => "80",
        None if written == "*" || written == "localhost" => "80",
        None if written.parse::<std::net::IpAddr>().is_ok() => "80",
        None => {
            let what = format!("host not found in {written:?} of the \"listen\" directive");
            return Err(it.complaint(&what));
        }
    };
    let port = port.parse::<u16>().ok().filter(|it| *it > 0).ok_or_else(|| {
        it.complaint(&format!("invalid port in {written:?} of the \"listen\" directive"))
    })?;
    let words: Vec<&str> = it.arguments[1..].iter().map(String::as_str).collect();
    let known = [
        "default_server",
        "default",
        "ssl",
        "http2",
        "reuseport",
        "deferred",
        "bind",
        "quic",
        "proxy_protocol",
    ];
    let unknown = words.iter().find(|it| !known.contains(*it) && !it.contains('='));
    if let Some(word) = unknown {
        return Err(it.complaint(&format!("invalid parameter {word:?}")));
    }
    let is_default = words.iter().any(|it| matches!(*it, "default_server" | "default"));
    Ok(Some(Listen { port, is_default, is_tls: words.contains(&"ssl") }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/etc/nginx/nginx.conf";

    fn read(http: &str) -> Result<Config, String> {
        let text = format!("events {{}}\nhttp {{\n{http}\n}}\n");
        Config::read(&Files::from([(PATH.to_owned(), text)]), PATH, "")
    }

    #[test]
    fn servers_upstreams_and_hosts_are_found() {
        let config = read(
            "upstream api { server a:8080 weight=2; server b; }\n\
             server { listen 8080; listen [::]:8443; location / { proxy_pass http://api; } \
             location /x/ { proxy_pass http://other:81/y/; } }",
        )
        .expect("it is sound");
        assert_eq!(config.ports(), [8080, 8443]);
        assert_eq!(config.upstreams["api"].len(), 2);
        let hosts: Vec<&str> = config.hosts.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(hosts, ["a", "b", "other"]);
        assert_eq!(config.hosts[0].1, format!("host not found in upstream \"a:8080\" in {PATH}:3"));
        assert_eq!(config.hosts[2].1, format!("host not found in upstream \"other\" in {PATH}:4"));
        assert!(config.passes_on());
    }

    #[test]
    fn what_is_wrong_in_a_server_is_told() {
        let check = |text: &str, expected: &str| {
            let complaint = read(&format!("server {{ {text} }}")).expect_err("it is wrong");
            assert_eq!(complaint, format!("{expected} in {PATH}:3"), "{text}");
        };
        check("listen http;", "host not found in \"http\" of the \"listen\" directive");
        check("listen *:x;", "invalid port in \"*:x\" of the \"listen\" directive");
        check("listen 70000;", "invalid port in \"70000\" of the \"listen\" directive");
        check("location /a { } location /a { }", "duplicate location \"/a\"");
        check("location / { proxy_pass backend:80; }", "invalid URL prefix");
        check("location / { return 200 $nothing; }", "unknown \"nothing\" variable");
        check("return 20x;", "invalid return code \"20x\"");
        check(
            "listen 443 ssl;",
            "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive",
        );
    }
}
