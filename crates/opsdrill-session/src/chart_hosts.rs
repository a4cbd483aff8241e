//! The hosts on the simulated network that hand out charts: repositories with an index, and registries.
//!
//! They are what the scenario's `chart_repositories` say and answer as their real kin do over HTTP. Nothing of the machine
//! that runs the drill is ever asked.

use std::collections::BTreeMap;

use opsdrill_engine::physical::network::{ConnectError, HttpError, HttpOutcome, HttpRequest};
use opsdrill_helm::chart::{Chart, File, archive};
use opsdrill_helm::release::packed;
use opsdrill_helm::repository::index::{Entry, Index};
use opsdrill_helm::repository::registry::{self, Artifact};
use opsdrill_shell::door::{WebReply, WebRequest};
use opsdrill_sprig::time::Time;
use serde_json::{Value, json};

use crate::scenario::Folder;
use crate::scenario::format::ChartRepository;

/// Where the trainee's machine asks for names, as its programs show it.
const RESOLVER: &str = "10.0.0.2:53";

/// The address that a name of a host has where nothing listens.
const DEAD_ADDRESS: &str = "203.0.113.10:443";

/// The address of those that hand out charts, and how long they take.
const ADDRESS: &str = "203.0.113.20";
const LATENCY_MS: u64 = 20;

/// The most bytes that a registry keeps.
const REGISTRY_BYTES_MAX: usize = 64 << 20;

/// How registries begin their paths.
const REGISTRY_PATH: &str = "v2/";

/// All hosts that hand out charts.
#[derive(Debug, Default)]
pub(crate) struct ChartHosts(Vec<ChartHost>);

/// What is at one address.
#[derive(Debug)]
struct ChartHost {
    /// `https://charts.company.com`.
    origin: String,
    /// What all paths begin with, without slashes around it.
    path: String,
    credentials: Option<(String, String)>,
    is_down: bool,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// Files by their paths.
    Files(Folder),
    /// By the names of repositories.
    Registry(BTreeMap<String, Repository>),
}

/// What a registry keeps of one chart.
#[derive(Debug, Default)]
struct Repository {
    /// By tag.
    tags: BTreeMap<String, Vec<u8>>,
    /// By digest: manifests, configurations and archives.
    blobs: BTreeMap<String, Vec<u8>>,
}

impl Repository {
    fn push(&mut self, tag: &str, artifact: Artifact) {
        for blob in artifact.blobs.into_iter().chain([artifact.manifest.clone()]) {
            self.blobs.insert(registry::digest(&blob), blob);
        }
        self.tags.insert(tag.to_owned(), artifact.manifest);
    }
}

impl ChartHosts {
    /// The hosts that a scenario declares, with the files of its `charts/`.
    ///
    /// # Errors
    /// What the author has to mend.
    pub(crate) fn new(
        declared: &[ChartRepository],
        files: &Folder,
        seconds: i64,
    ) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut hosts = Vec::new();
        for repository in declared {
            match ChartHost::new(repository, files, seconds) {
                Ok(host) => hosts.push(host),
                Err(why) => problems.push(format!("chart repository {}: {why}", repository.url)),
            }
        }
        if problems.is_empty() { Ok(Self(hosts)) } else { Err(problems) }
    }

    /// Answers what curl asks; `None` if it asks somebody else.
    pub(crate) fn send(&mut self, request: &HttpRequest) -> Option<Result<HttpOutcome, HttpError>> {
        let origin = origin_of(&request.url);
        let (scheme, host) = origin.split_once("://")?;
        let there = self.0.iter().find(|it| it.origin == origin)?;
        if there.is_down {
            let port = if scheme == "http" { 80 } else { 443 };
            let (host, error) = (host.to_owned(), ConnectError::Refused);
            return Some(Err(HttpError::Connect { host, port, error, after_ms: 1 }));
        }
        let method = ["GET", "HEAD", "PUT"].into_iter().find(|it| *it == request.method);
        let asked = WebRequest {
            method: method.unwrap_or_default(),
            url: request.url.split(['?', '#']).next().unwrap_or_default().to_owned(),
            credentials: request.headers.iter().find_map(credentials_in),
            body: request.body.clone(),
        };
        let reply = self.answer(&asked).ok()?;
        let body = if request.method == "HEAD" { Vec::new() } else { reply.body };
        let headers = vec![("Content-Length".to_owned(), body.len().to_string())];
        let (status, address) = (reply.status, ADDRESS.to_owned());
        Some(Ok(HttpOutcome { status, headers, body, latency_ms: LATENCY_MS, address }))
    }

    /// Answers a request, or says in Go's words why nobody does.
    pub(crate) fn answer(&mut self, request: &WebRequest) -> Result<WebReply, String> {
        let origin = origin_of(&request.url);
        let path = request.url[origin.len()..].trim_start_matches('/');
        let mut there = self.0.iter_mut().filter(|it| it.origin == origin).peekable();
        if there.peek().is_none() {
            drop(there);
            let (scheme, host) = origin.split_once("://").unwrap_or(("", origin));
            if self.0.iter().any(|it| it.origin.ends_with(&format!("//{host}"))) {
                let port = if scheme == "http" { 80 } else { 443 };
                return Err(format!("dial tcp {ADDRESS}:{port}: connect: connection refused"));
            }
            let name = host.split(':').next().unwrap_or(host);
            return Err(format!("dial tcp: lookup {name} on {RESOLVER}: no such host"));
        }
        let mut found = None;
        for host in there {
            if host.is_down {
                return Err(format!("dial tcp {DEAD_ADDRESS}: connect: connection refused"));
            }
            if host.owns(path)
                && found.as_ref().is_none_or(|it: &&mut ChartHost| it.path.len() < host.path.len())
            {
                found = Some(host);
            }
        }
        Ok(found.map_or_else(|| status(404), |host| host.answer(path, request)))
    }
}

/// What a header says of who asks: `Authorization: Basic …`.
fn credentials_in((name, value): &(String, String)) -> Option<(String, String)> {
    let is_meant = name.eq_ignore_ascii_case("authorization");
    let text = value.strip_prefix("Basic ").filter(|_| is_meant)?;
    let text = String::from_utf8(packed::from_base64(text)?).ok()?;
    text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

/// The scheme and host of an address.
fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |it| it + 3);
    let end = url[start..].find('/').map_or(url.len(), |it| start + it);
    &url[..end]
}

fn status(status: u16) -> WebReply {
    WebReply { status, body: Vec::new() }
}

/// A refusal as registries write it.
fn refusal(code: u16, name: &str, message: &str, detail: &Value) -> WebReply {
    let error = json!({"code": name, "message": message, "detail": detail});
    WebReply { status: code, body: json!({ "errors": [error] }).to_string().into_bytes() }
}

impl ChartHost {
    fn new(declared: &ChartRepository, files: &Folder, seconds: i64) -> Result<Self, String> {
        let is_registry = declared.url.starts_with("oci://");
        let url = declared.url.replacen("oci://", "https://", 1);
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err("its address begins with https://, http:// or oci://".to_owned());
        }
        let origin = origin_of(&url).to_owned();
        let path = url[origin.len()..].trim_matches('/').to_owned();
        let mut charts = Vec::new();
        for name in &declared.charts {
            charts.push(
                chart_at(name, files, seconds).map_err(|why| format!("charts/{name}: {why}"))?,
            );
        }
        let time = Time { seconds, nanos: 0 };
        let content = if is_registry {
            let mut all: BTreeMap<String, Repository> = BTreeMap::new();
            for (chart, bytes) in charts {
                let name = format!("{path}/{}", chart.name());
                let artifact = Artifact::new(&chart.metadata, &bytes, time);
                let tag = registry::tag(&chart.metadata.version);
                all.entry(name.trim_matches('/').to_owned()).or_default().push(&tag, artifact);
            }
            Content::Registry(all)
        } else {
            Content::Files(served(declared, files, charts, time)?)
        };
        let credentials = declared.username.clone().zip(declared.password.clone());
        Ok(Self { origin, path, credentials, is_down: declared.down, content })
    }

    fn owns(&self, path: &str) -> bool {
        let is_below = |path: &str| {
            self.path.is_empty()
                || path
                    .strip_prefix(&self.path)
                    .is_some_and(|it| it.is_empty() || it.starts_with('/'))
        };
        match &self.content {
            Content::Files(_) => is_below(path),
            Content::Registry(_) => match path.strip_prefix(REGISTRY_PATH) {
                Some(rest) => rest.is_empty() || is_below(rest),
                None => false,
            },
        }
    }

    fn answer(&mut self, path: &str, request: &WebRequest) -> WebReply {
        let is_refused = self.credentials.is_some() && self.credentials != request.credentials;
        match &mut self.content {
            Content::Files(_) if is_refused => status(401),
            Content::Files(files) => {
                let name = path[self.path.len()..].trim_start_matches('/');
                let found = files.get(name).filter(|_| request.method == "GET");
                found.map_or_else(|| status(404), |it| WebReply { status: 200, body: it.clone() })
            }
            Content::Registry(_) if is_refused => {
                refusal(401, "UNAUTHORIZED", "authentication required", &Value::Null)
            }
            Content::Registry(all) => {
                of_registry(all, path.trim_start_matches(REGISTRY_PATH), request)
            }
        }
    }
}

/// What a registry answers for `NAME/tags/list`, `NAME/manifests/TAG` and `NAME/blobs/DIGEST`.
fn of_registry(
    all: &mut BTreeMap<String, Repository>,
    path: &str,
    request: &WebRequest,
) -> WebReply {
    if path.is_empty() {
        return WebReply { status: 200, body: b"{}".to_vec() };
    }
    let mut parts = path.rsplitn(3, '/');
    let (last, kind, name) = (parts.next(), parts.next(), parts.next());
    let (Some(last), Some(kind), Some(name)) = (last, kind, name) else { return status(404) };
    if request.method == "PUT" {
        let kept = all.values().flat_map(|it| it.blobs.values().map(Vec::len)).sum::<usize>();
        if kept + request.body.len() > REGISTRY_BYTES_MAX {
            return status(507);
        }
        let repository = all.entry(name.to_owned()).or_default();
        repository.blobs.insert(registry::digest(&request.body), request.body.clone());
        if kind == "manifests" {
            repository.tags.insert(last.to_owned(), request.body.clone());
        }
        return status(201);
    }
    let unknown = json!({ "name": name });
    let Some(repository) = all.get(name) else {
        return refusal(404, "NAME_UNKNOWN", "repository name not known to registry", &unknown);
    };
    let found = match kind {
        "tags" => {
            let tags: Vec<&String> = repository.tags.keys().collect();
            Some(json!({"name": name, "tags": tags}).to_string().into_bytes())
        }
        _ => repository.tags.get(last).or_else(|| repository.blobs.get(last)).cloned(),
    };
    match found {
        Some(body) => WebReply { status: 200, body },
        None => refusal(404, "MANIFEST_UNKNOWN", "manifest unknown", &json!({ "Tag": last })),
    }
}

/// A chart below `charts/`, a folder or an archive, with its archive.
fn chart_at(name: &str, files: &Folder, seconds: i64) -> Result<(Chart, Vec<u8>), String> {
    if let Some(bytes) = files.get(name) {
        return Ok((Chart::from_archive(bytes)?, bytes.clone()));
    }
    let start = format!("{name}/");
    let inside = files
        .iter()
        .filter_map(|(path, bytes)| Some(File::new(path.strip_prefix(&start)?, bytes.clone())));
    let inside: Vec<File> = inside.collect();
    if inside.is_empty() {
        return Err("there is no such folder or file".to_owned());
    }
    let chart = Chart::from_folder(inside.clone())?;
    let (_, bytes) = archive::saved(&chart, inside, seconds)?;
    Ok((chart, bytes))
}

/// The files of a repository: its archives, and an index of them.
fn served(
    declared: &ChartRepository,
    files: &Folder,
    charts: Vec<(Chart, Vec<u8>)>,
    time: Time,
) -> Result<Folder, String> {
    let mut served = Folder::new();
    let mut index = Index::default();
    for (chart, bytes) in charts {
        let file = archive::file_name(&chart);
        let url = format!("{}/{file}", declared.url.trim_end_matches('/'));
        index.add(Entry::new(chart.metadata, url, &bytes, time));
        served.insert(file, bytes);
    }
    index.sort();
    for lost in &declared.lost {
        served.remove(lost).ok_or_else(|| format!("there is no {lost} that could be lost"))?;
    }
    let index = match &declared.index {
        None => index.to_yaml(time).into_bytes(),
        Some(path) => {
            let found = files.get(path).cloned();
            found.ok_or_else(|| format!("there is no charts/{path}"))?
        }
    };
    served.insert("index.yaml".to_owned(), index);
    Ok(served)
}
