//! From a request that reaches nginx to its answer: servers by port and name, locations by path, files, and who is asked
//! instead.

use bevy_ecs::world::World;

use super::config::{Peer, Server};
use super::find::{find_server, locate, normal};
use super::location::{Location, Place};
use super::words::{split_url, variables};
use super::{Site, pages};
use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::physical::Process;
use crate::physical::container::{ContainerHandle, FileError};
use crate::physical::network::{
    Asked, ConnectError, HttpError, HttpOutcome, HttpRequest, Origin, http_request,
};

/// `proxy_connect_timeout`, `proxy_read_timeout`.
const PATIENCE_MS: u64 = 60_000;
/// How often a request may change its place within nginx.
const TURNS_MAX: usize = 10;
/// How often a request may be passed on from one to another.
const HOPS_MAX: u8 = 8;
/// The status that says: closed without an answer.
pub(in crate::physical) const CLOSED: u16 = 444;

/// A request on its way through the configuration.
struct Request<'a> {
    world: &'a World,
    process: &'a Process,
    handle: ContainerHandle,
    site: &'a Site,
    server: &'a Server,
    asked: &'a Asked<'a>,
    /// The path without its query.
    uri: String,
    query: &'a str,
    captures: Vec<String>,
    turns: usize,
}

/// What comes of a request.
#[derive(Debug, Default)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    kind: String,
    body: Vec<u8>,
    latency_ms: u64,
    /// Whether it is one of nginx' own pages, which `error_page` replaces.
    is_own: bool,
}

/// Answers a request; `None` if the process serves no configuration.
pub(in crate::physical) fn answer(
    world: &World,
    process: &Process,
    asked: &Asked<'_>,
) -> Option<HttpOutcome> {
    let site = process.nginx.as_deref()?;
    let handle = ContainerHandle::of_process(world, process.id)?;
    let server = find_server(&site.config, asked.port, asked.host)?;
    let (path, query) = asked.path.split_once('?').unwrap_or((asked.path, ""));
    let mut request = Request {
        world,
        process,
        handle,
        site,
        server,
        asked,
        uri: normal(path),
        query,
        captures: Vec::new(),
        turns: 0,
    };
    let answer = request.run();
    Some(request.finish(answer))
}

impl<'a> Request<'a> {
    fn run(&mut self) -> Answer {
        // A server that returns looks at no location.
        if self.server.outer.returns.is_some() || self.server.outer.not_simulated.is_some() {
            let outer = &self.server.outer;
            return self.in_location(outer);
        }
        let uri = self.uri.clone();
        let found = locate(&self.server.locations, &uri, &mut self.captures);
        let location = found.unwrap_or(&self.server.outer);
        if location.is_internal && self.turns == 0 {
            return self.page(location, 404);
        }
        self.in_location(location)
    }

    fn in_location(&mut self, location: &'a Location) -> Answer {
        let mut answer = self.handled(location);
        let headers = location.headers.iter();
        let good = matches!(answer.status, 200 | 201 | 204 | 206 | 301..=304 | 307 | 308);
        let shown = headers.filter(|(_, _, always)| good || *always);
        let shown: Vec<(String, String)> =
            shown.map(|(name, value, _)| (name.clone(), self.expand(value))).collect();
        answer.headers.extend(shown);
        if !answer.is_own || self.turns >= TURNS_MAX {
            return answer;
        }
        let pages = location.error_pages.iter().rev();
        let page = pages.clone().find(|it| it.0 == answer.status);
        let Some((status, shown, page)) = page.cloned() else { return answer };
        if page.starts_with("http") {
            return self.redirect(location, 302, page);
        }
        let mut other = self.turn(&page, location);
        match shown {
            None => other.status = status,
            Some(0) => {}
            Some(shown) => other.status = shown,
        }
        other.is_own = false;
        other
    }

    /// Goes on at another place of the same server.
    fn turn(&mut self, place: &str, from: &Location) -> Answer {
        self.turns += 1;
        if self.turns > TURNS_MAX {
            return self.page(from, 500);
        }
        if place.starts_with('@') {
            let named = self
                .server
                .locations
                .iter()
                .find(|it| matches!(&it.place, Place::Named(name) if name == place));
            return match named {
                Some(it) => self.in_location(it),
                None => self.page(from, 500),
            };
        }
        let path = place.split('?').next().unwrap_or(place);
        self.uri = normal(path);
        self.run()
    }

    fn handled(&mut self, location: &'a Location) -> Answer {
        if let Some(what) = &location.not_simulated {
            let body = format!("opsdrill: not simulated: {what}\n").into_bytes();
            return Answer {
                status: 501,
                kind: "text/plain".to_owned(),
                body,
                ..Answer::default()
            };
        }
        if let Some((status, text)) = &location.returns {
            return self.returned(location, *status, text);
        }
        if !location.try_files.is_empty() {
            return self.try_files(location);
        }
        self.content(location)
    }

    fn content(&mut self, location: &'a Location) -> Answer {
        if location.shows_status {
            let body = "Active connections: 1 \nserver accepts handled requests\n 1 1 1 \nReading: 0 Writing: 1 \
                        Waiting: 0 \n";
            let body = body.as_bytes().to_vec();
            return Answer {
                status: 200,
                kind: "text/plain".to_owned(),
                body,
                ..Answer::default()
            };
        }
        match &location.proxy_pass {
            Some(url) => self.pass_on(location, url),
            None => self.file(location),
        }
    }

    fn returned(&mut self, location: &Location, status: u16, text: &str) -> Answer {
        let text = self.expand(text);
        match status {
            CLOSED => Answer { status, ..Answer::default() },
            301 | 302 | 303 | 307 | 308 => self.redirect(location, status, text),
            _ if text.is_empty() && status >= 300 => self.page(location, status),
            _ => {
                let kind = self.kind(location);
                Answer { status, kind, body: text.into_bytes(), ..Answer::default() }
            }
        }
    }

    fn redirect(&self, location: &Location, status: u16, to: String) -> Answer {
        let whole = if to.starts_with('/') && !location.is_relative {
            let host = self.asked.host.rsplit_once(':').map_or(self.asked.host, |it| it.0);
            let port = match self.asked.port {
                80 => String::new(),
                port => format!(":{port}"),
            };
            format!("http://{host}{port}{to}")
        } else {
            to
        };
        let mut answer = self.page(location, status);
        answer.headers.push(("Location".to_owned(), whole));
        answer.is_own = false;
        answer
    }

    fn page(&self, location: &Location, status: u16) -> Answer {
        let name = self.name(location);
        let body = pages::own(status, &name).unwrap_or_default().into_bytes();
        let kind = "text/html".to_owned();
        Answer { status, kind, body, is_own: status >= 300, ..Answer::default() }
    }

    /// How nginx calls itself.
    fn name(&self, location: &Location) -> String {
        if location.hides_version {
            return "nginx".to_owned();
        }
        format!("nginx/{}", super::version(self.world, self.process))
    }

    fn kind(&self, location: &Location) -> String {
        let usual = || location.default_type.clone().unwrap_or_else(|| "text/plain".to_owned());
        pages::kind_of(&self.uri).map_or_else(usual, str::to_owned)
    }

    /// The file that a path stands for.
    fn path_of(&self, location: &Location, uri: &str) -> String {
        let root = location.root.clone().unwrap_or_else(|| "/etc/nginx/html".to_owned());
        let root = self.expand(&root);
        let root = if root.starts_with('/') { root } else { format!("/etc/nginx/{root}") };
        match (&location.alias, &location.place) {
            (Some(alias), Place::Prefix(path) | Place::PrefixFirst(path) | Place::Exact(path)) => {
                let rest = uri.strip_prefix(path.as_str()).unwrap_or(uri);
                format!("{}{rest}", self.expand(alias))
            }
            (Some(alias), _) => self.expand(alias),
            _ => format!("{}{uri}", root.trim_end_matches('/')),
        }
    }

    fn try_files(&mut self, location: &'a Location) -> Answer {
        let Some((last, files)) = location.try_files.split_last() else {
            return self.content(location);
        };
        for written in files {
            let uri = self.expand(written);
            let is_folder = written.ends_with('/');
            let path = self.path_of(location, &uri);
            let found = self.handle.stat(self.world, path.trim_end_matches('/'));
            if found.is_ok_and(|it| it.is_directory == is_folder) {
                self.uri = uri;
                return self.content(location);
            }
        }
        if let Some(status) = last.strip_prefix('=') {
            return self.page(location, status.parse().unwrap_or(404));
        }
        let place = self.expand(last);
        self.turn(&place, location)
    }

    fn file(&mut self, location: &'a Location) -> Answer {
        if !matches!(self.asked.method, "GET" | "HEAD" | "") {
            return self.page(location, 405);
        }
        let path = self.path_of(location, &self.uri);
        if !self.uri.ends_with('/') {
            return match self.handle.read_file(self.world, &path) {
                Ok(body) => {
                    let kind = self.kind(location);
                    Answer { status: 200, kind, body, ..Answer::default() }
                }
                Err(FileError::IsDirectory) => {
                    let to = format!("{}/", self.uri);
                    self.redirect(location, 301, to)
                }
                Err(FileError::Denied) => self.page(location, 403),
                Err(_) => self.page(location, 404),
            };
        }
        let usual = vec!["index.html".to_owned()];
        let index = if location.index.is_empty() { &usual } else { &location.index };
        for name in index {
            let name = self.expand(name);
            if let Ok(body) = self.handle.read_file(self.world, &format!("{path}{name}")) {
                let usual = location.default_type.as_deref().unwrap_or("text/plain");
                let kind = pages::kind_of(&name).unwrap_or(usual).to_owned();
                return Answer { status: 200, kind, body, ..Answer::default() };
            }
        }
        let is_there = self.handle.list_directory(self.world, path.trim_end_matches('/')).is_ok();
        self.page(location, if is_there { 403 } else { 404 })
    }

    /// Asks another server.
    fn pass_on(&mut self, location: &Location, url: &str) -> Answer {
        let url = self.expand(url);
        let Some((scheme, host, port, path)) = split_url(&url) else {
            return self.page(location, 500);
        };
        if self.asked.hops >= HOPS_MAX {
            return self.page(location, 500);
        }
        let whole = format!("{}{}", self.uri, self.with_query());
        let path = match (&path, &location.place) {
            (Some(to), Place::Prefix(from) | Place::PrefixFirst(from) | Place::Exact(from)) => {
                let rest = self.uri.strip_prefix(from.as_str()).unwrap_or_default();
                format!("{to}{rest}{}", self.with_query())
            }
            (Some(to), _) if to != "/" => to.clone(),
            _ => whole,
        };
        let usual_host = if port == 80 { host.clone() } else { format!("{host}:{port}") };
        let own_host = location.proxy_host.as_deref().map(|it| self.expand(it));
        let own_host = own_host.filter(|it| it != "$proxy_host").unwrap_or(usual_host);
        let mut status = 502;
        let mut waited_ms = 0;
        for (address, port) in self.ends(&host, port) {
            let request = HttpRequest {
                method: self.asked.method.to_owned(),
                url: format!("{scheme}://{address}:{port}{path}"),
                headers: vec![("Host".to_owned(), own_host.clone())],
                connect_timeout_ms: Some(location.connect_ms.unwrap_or(PATIENCE_MS)),
                timeout_ms: Some(location.read_ms.unwrap_or(PATIENCE_MS)),
                insecure: true,
                hops: self.asked.hops + 1,
                ..HttpRequest::default()
            };
            match http_request(self.world, &Origin::Pod(self.process.spec.pod), &request) {
                Ok(outcome) => return passed(outcome, waited_ms),
                Err(
                    HttpError::Timeout { after_ms, .. }
                    | HttpError::Connect { error: ConnectError::Timeout, after_ms, .. },
                ) => {
                    (status, waited_ms) = (504, waited_ms + after_ms);
                }
                Err(_) => status = 502,
            }
        }
        Answer { latency_ms: waited_ms, ..self.page(location, status) }
    }

    fn with_query(&self) -> String {
        if self.query.is_empty() { String::new() } else { format!("?{}", self.query) }
    }

    /// Addresses and ports of a host, in the order in which they are tried: as they were found when nginx was started.
    fn ends(&self, host: &str, port: u16) -> Vec<(String, u16)> {
        let alone =
            vec![Peer { host: host.to_owned(), port, is_down: false, is_backup: false, weight: 1 }];
        let group = self.site.config.upstreams.get(host).unwrap_or(&alone);
        let of = |backup: bool| {
            let peers = group.iter().filter(move |it| !it.is_down && it.is_backup == backup);
            let ends = peers.flat_map(|it| {
                let own = || vec![it.host.clone()];
                let addresses = self.site.addresses.get(&it.host).cloned().unwrap_or_else(own);
                let times = usize::try_from(it.weight.clamp(1, 100)).unwrap_or(1);
                let ends = addresses.into_iter().map(|address| (address, it.port));
                std::iter::repeat_n(ends.collect::<Vec<_>>(), times).flatten()
            });
            let mut ends: Vec<(String, u16)> = ends.collect();
            let now = self.world.resource::<Agenda>().now();
            let key = format!("nginx {} {}", self.process.id.0, self.uri);
            let chance = self.world.resource::<Chance>();
            if ends.len() > 1 {
                let first = chance.noise(&key, now.0, ends.len() as u64);
                ends.rotate_left(usize::try_from(first).unwrap_or(0));
            }
            let mut once: Vec<(String, u16)> = Vec::new();
            for end in ends {
                if !once.contains(&end) {
                    once.push(end);
                }
            }
            once
        };
        let mut ends = of(false);
        ends.extend(of(true));
        ends
    }

    /// A text with its variables.
    fn expand(&self, text: &str) -> String {
        if !text.contains('$') {
            return text.to_owned();
        }
        let mut names = variables(text);
        // The longest first, so that none is taken for the beginning of another.
        names.sort_by_key(|it| std::cmp::Reverse(it.len()));
        let mut out = text.to_owned();
        for name in names {
            let value = self.variable(&name);
            out = out.replace(&format!("${{{name}}}"), &value).replace(&format!("${name}"), &value);
        }
        out
    }

    fn variable(&self, name: &str) -> String {
        let spec = &self.process.spec;
        let header = |name: &str| {
            let fits = |it: &&(String, String)| it.0.eq_ignore_ascii_case(name);
            self.asked.headers.iter().find(fits).map(|it| it.1.clone()).unwrap_or_default()
        };
        let bare_host = self.asked.host.rsplit_once(':').map_or(self.asked.host, |it| it.0);
        match name {
            "host" => bare_host.to_ascii_lowercase(),
            "http_host" => self.asked.host.to_owned(),
            "hostname" => spec.pod_name.to_string(),
            "uri" | "document_uri" => self.uri.clone(),
            "request_uri" => self.asked.path.to_owned(),
            "args" | "query_string" => self.query.to_owned(),
            "is_args" if !self.query.is_empty() => "?".to_owned(),
            "scheme" => if self.asked.tls { "https" } else { "http" }.to_owned(),
            "request_method" => self.asked.method.to_owned(),
            "server_addr" => spec.pod_ip.to_string(),
            "server_port" => self.asked.port.to_string(),
            "server_name" => self.server.names.first().cloned().unwrap_or_default(),
            "server_protocol" => "HTTP/1.1".to_owned(),
            "nginx_version" => super::version(self.world, self.process),
            "proxy_host" => "$proxy_host".to_owned(),
            name if name.starts_with("http_") => header(&name[5..].replace('_', "-")),
            name if name.starts_with("arg_") => {
                let pairs = self.query.split('&').filter_map(|it| it.split_once('='));
                let mut found = pairs.filter(|it| it.0 == &name[4..]).map(|it| it.1.to_owned());
                found.next().unwrap_or_default()
            }
            name => {
                let place = name.parse::<usize>().ok();
                place.and_then(|it| self.captures.get(it).cloned()).unwrap_or_default()
            }
        }
    }

    fn finish(&self, answer: Answer) -> HttpOutcome {
        let name = self.name(&self.server.outer);
        let mut headers = vec![("Server".to_owned(), name)];
        headers.push(("Content-Type".to_owned(), answer.kind));
        headers.push(("Content-Length".to_owned(), answer.body.len().to_string()));
        headers.extend(answer.headers);
        headers.retain(|it| !(it.0 == "Content-Type" && it.1.is_empty()));
        HttpOutcome {
            status: answer.status,
            headers,
            body: answer.body,
            latency_ms: answer.latency_ms + 1,
            address: String::new(),
        }
    }
}

/// What another server has answered, as it is handed on.
fn passed(outcome: HttpOutcome, waited_ms: u64) -> Answer {
    let kind = outcome.headers.iter().find(|it| it.0.eq_ignore_ascii_case("content-type"));
    let kind = kind.map(|it| it.1.clone()).unwrap_or_default();
    let own = ["server", "content-type", "content-length", "date", "connection"];
    let is_handed_on = |it: &(String, String)| !own.contains(&it.0.to_ascii_lowercase().as_str());
    Answer {
        status: outcome.status,
        headers: outcome.headers.iter().filter(|it| is_handed_on(it)).cloned().collect(),
        kind,
        body: outcome.body,
        latency_ms: outcome.latency_ms + waited_ms,
        is_own: false,
    }
}
