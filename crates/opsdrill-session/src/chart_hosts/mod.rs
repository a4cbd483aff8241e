//! The hosts on the simulated network that hand out charts: repositories with an index, and registries.
//!
//! They are what the scenario's `chart_repositories` say and answer as their real kin do over HTTP. Nothing of the machine
//! that runs the drill is ever asked.

mod registry;

use opsdrill_engine::physical::network::{ConnectError, HttpError, HttpOutcome, HttpRequest};
use opsdrill_helm::chart::{Chart, File, archive};
use opsdrill_helm::release::packed;
use opsdrill_helm::repository::index::{Entry, Index};
use opsdrill_helm::repository::registry::{self as helm_registry, Artifact};
use opsdrill_objects::address::Address;
use opsdrill_shell::door::{WebReply, WebRequest};
use opsdrill_sprig::time::Time;
use serde_json::Value;

use crate::deploy::files::Login;
use crate::scenario::Folder;
use crate::scenario::format::ChartRepository;
use registry::Registry;

/// Where the trainee's machine asks for names, as its programs show it.
const RESOLVER: &str = "10.0.0.2:53";

/// The address that a name of a host has where nothing listens.
const DEAD_ADDRESS: &str = "203.0.113.10:443";

/// The address of those that hand out charts, and how long they take.
const ADDRESS: &str = "203.0.113.20";
const LATENCY_MS: u64 = 20;

/// What these hosts do at all.
const METHODS: [&str; 3] = ["GET", "HEAD", "PUT"];

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
    Registry(Registry),
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

    /// What whoever may have all charts is logged in with.
    pub(crate) fn logins(&self) -> Vec<Login> {
        let login = |host: &ChartHost| {
            let is_registry = matches!(host.content, Content::Registry(_));
            let place = if is_registry {
                Address::of(&host.origin).authority.to_owned()
            } else {
                format!("{}/{}", host.origin, host.path)
            };
            Login { place, is_registry, credentials: host.credentials.clone() }
        };
        self.0.iter().map(login).collect()
    }

    /// Answers what curl asks; `None` if it asks somebody else.
    pub(crate) fn send(&mut self, request: &HttpRequest) -> Option<Result<HttpOutcome, HttpError>> {
        let address = Address::of(&request.url);
        let origin = address.origin();
        let there = self.0.iter().find(|it| it.origin == origin)?;
        if there.is_down {
            let (host, port) = (address.host_and_port().0.to_owned(), address.port()?);
            let error = ConnectError::Refused;
            return Some(Err(HttpError::Connect { host, port, error, after_ms: 1 }));
        }
        let asked = WebRequest {
            method: METHODS.into_iter().find(|it| *it == request.method).unwrap_or_default(),
            url: origin + address.path(),
            credentials: request.headers.iter().find_map(credentials_in),
            body: request.body.clone(),
        };
        let reply = self.answer(&asked).ok()?;
        // What `HEAD` is answered has the length of what `GET` would be.
        let length = ("Content-Length", reply.body.len().to_string());
        let headers = reply.headers.into_iter().chain([length]);
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).collect();
        let body = if request.method == "HEAD" { Vec::new() } else { reply.body };
        let (status, address) = (reply.status, ADDRESS.to_owned());
        Some(Ok(HttpOutcome { status, headers, body, latency_ms: LATENCY_MS, address }))
    }

    /// Answers a request, or says in Go's words why nobody does.
    pub(crate) fn answer(&mut self, request: &WebRequest) -> Result<WebReply, String> {
        let address = Address::of(&request.url);
        let origin = address.origin();
        let path = address.path().trim_start_matches('/');
        let mut there = self.0.iter_mut().filter(|it| it.origin == origin).peekable();
        if there.peek().is_none() {
            drop(there);
            let (name, port) = (address.host_and_port().0, address.port().unwrap_or_default());
            if self.0.iter().any(|it| Address::of(&it.origin).host_and_port().0 == name) {
                return Err(format!("dial tcp {ADDRESS}:{port}: connect: connection refused"));
            }
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

fn status(status: u16) -> WebReply {
    WebReply { status, ..WebReply::default() }
}

/// These files can only be read.
fn refused_method() -> WebReply {
    WebReply { headers: vec![("Allow", "GET, HEAD".to_owned())], ..status(405) }
}

/// A refusal that asks who it is.
fn challenged(mut reply: WebReply) -> WebReply {
    reply.headers.push(("WWW-Authenticate", "Basic realm=\"charts\"".to_owned()));
    reply
}

impl ChartHost {
    fn new(declared: &ChartRepository, files: &Folder, seconds: i64) -> Result<Self, String> {
        let is_registry = declared.url.starts_with("oci://");
        let url = declared.url.replacen("oci://", "https://", 1);
        let address = Address::of(&url);
        if !["http", "https"].contains(&address.scheme) {
            return Err("its address begins with https://, http:// or oci://".to_owned());
        }
        if address.user.is_some() {
            return Err("its address names a user; write `username` and `password`".to_owned());
        }
        let (origin, path) = (address.origin(), address.path().trim_matches('/').to_owned());
        let mut charts = Vec::new();
        for name in &declared.charts {
            charts.push(
                chart_at(name, files, seconds).map_err(|why| format!("charts/{name}: {why}"))?,
            );
        }
        let time = Time { seconds, nanos: 0 };
        let content = if is_registry {
            let mut kept = Registry::default();
            for (chart, bytes) in charts {
                let name = format!("{path}/{}", chart.name());
                let artifact = Artifact::new(&chart.metadata, &bytes, time);
                let tag = helm_registry::tag(&chart.metadata.version);
                kept.push(name.trim_matches('/'), &tag, artifact);
            }
            Content::Registry(kept)
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
            Content::Files(_) if is_refused => challenged(status(401)),
            Content::Files(_) if !matches!(request.method, "GET" | "HEAD") => refused_method(),
            Content::Files(files) => {
                let name = path[self.path.len()..].trim_start_matches('/');
                let found = files.get(name).cloned();
                found.map_or_else(|| status(404), |body| WebReply { body, ..status(200) })
            }
            Content::Registry(_) if is_refused => {
                let text = "authentication required";
                challenged(registry::refusal(401, "UNAUTHORIZED", text, &Value::Null))
            }
            Content::Registry(kept) => {
                kept.answer(path.strip_prefix(REGISTRY_PATH).unwrap_or(path), request)
            }
        }
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
