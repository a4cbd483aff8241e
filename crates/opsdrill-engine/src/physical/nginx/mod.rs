//! nginx: its configuration as far as requests depend on it, the pages that it finds, and what it says of itself.
//!
//! - `syntax`, `directives`: the language, and what a stock nginx knows
//! - `config`, `location`, `words`: servers, locations and groups of servers
//! - `find`, `serve`: from a request to an answer
//! - `pages`: its own pages and the files of its image

mod config;
mod directives;
mod find;
mod location;
mod pages;
mod serve;
mod syntax;
mod words;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bevy_ecs::world::World;

pub use config::Config;
pub(in crate::physical) use pages::PACKAGED;
pub(in crate::physical) use serve::{CLOSED, answer};

use super::application::model::Runtime;
use super::container::{ContainerHandle, FileError};
use super::images::{self, Image};
use super::network::{Origin, dns};
use super::process::{self, Process, ProcessId};
use super::{flows, logs, probe};
use syntax::Files;

/// The largest file that is taken for a part of the configuration.
const FILE_BYTES_MAX: usize = 512 * 1024;
/// The folder of its configuration.
const FOLDER: &str = "/etc/nginx/";
/// Where it keeps what clients send.
const CACHE: &str = "/var/cache/nginx";

/// What a running nginx serves.
#[derive(Debug)]
pub struct Site {
    config: Arc<Config>,
    /// The addresses that its hosts had when it was read.
    addresses: BTreeMap<String, Vec<String>>,
}

impl Site {
    /// The ports on which it listens.
    pub(super) fn ports(&self) -> Vec<u16> {
        self.config.ports()
    }

    /// Whether answers depend on others.
    pub(super) fn passes_on(&self) -> bool {
        self.config.passes_on()
    }
}

/// The page that an application model declares for a path, with its content type.
pub(super) fn declared_page(process: &Process, path: &str) -> Option<(&'static str, String)> {
    let http = &process.model.http;
    let known = http.paths.is_empty() || http.paths.iter().any(|it| it == path);
    (known && !http.body.is_empty()).then(|| ("text/html", http.body.clone()))
}

/// The page for what is not there.
pub(super) fn not_found(world: &World, process: &Process) -> String {
    let name = format!("nginx/{}", version(world, process));
    pages::own(404, &name).unwrap_or_default()
}

/// Its version, as the image says.
pub(super) fn version(world: &World, process: &Process) -> String {
    let image = image(world, process);
    let version = image.and_then(|it| it.env.get("NGINX_VERSION").cloned());
    version.unwrap_or_else(|| pages::VERSION.to_owned())
}

fn image(world: &World, process: &Process) -> Option<Arc<Image>> {
    images::on_node(world, &process.spec.node, &process.spec.image)
}

/// What nginx comes with, read once; in an image without root it listens on another port.
fn usual(is_root: bool) -> Arc<Config> {
    static USUAL: [OnceLock<Arc<Config>>; 2] = [OnceLock::new(), OnceLock::new()];
    let read = || {
        let files = PACKAGED.iter().map(|(path, text)| ((*path).to_owned(), own(text, is_root)));
        Arc::new(Config::read(&files.collect(), pages::MAIN_PATH, "").expect("it is tested"))
    };
    USUAL[usize::from(is_root)].get_or_init(read).clone()
}

/// A file of the image; who is not root cannot have port 80.
fn own(text: &str, is_root: bool) -> String {
    if is_root { text.to_owned() } else { text.replace("80;", "8080;") }
}

/// Whether an image's nginx is meant to be started by root.
fn expects_root(world: &World, process: &Process) -> bool {
    image(world, process).is_none_or(|it| it.user.is_empty())
}

/// Lets a process read its configuration; `None` if its model says what it serves.
///
/// # Errors
/// nginx' words after `[emerg] `, one complaint after the other.
fn load(world: &World, process: &Process) -> Result<Option<Site>, Vec<String>> {
    let handle = ContainerHandle::of_process(world, process.id).ok_or_else(Vec::new)?;
    let is_touched = handle.is_touched_below(world, FOLDER);
    if !is_touched && !process.model.http.body.is_empty() {
        return Ok(None);
    }
    let arguments: Vec<&str> = process.arguments.iter().map(String::as_str).collect();
    if !is_touched && matches!(arguments[..], [] | ["-g", "daemon off;"]) {
        return Ok(Some(Site {
            config: usual(expects_root(world, process)),
            addresses: BTreeMap::new(),
        }));
    }
    let (path, globals) = options(&arguments);
    let config = Config::read(&files(world, &handle), &path, &globals).map_err(|it| vec![it])?;
    let mut addresses = BTreeMap::new();
    let origin = Origin::Pod(process.spec.pod);
    for (host, unknown) in &config.hosts {
        match dns::resolve(world, &origin, host.trim_matches(['[', ']'])) {
            Ok(found) => drop(addresses.insert(host.clone(), found.addresses)),
            Err(_) => return Err(vec![unknown.clone()]),
        }
    }
    Ok(Some(Site { config: Arc::new(config), addresses }))
}

/// `-c FILE` and `-g DIRECTIVES`.
fn options(arguments: &[&str]) -> (String, String) {
    let value = |flag: &str| {
        let place = arguments.iter().position(|it| *it == flag)?;
        arguments.get(place + 1).map(|it| (*it).to_owned())
    };
    let path = value("-c").unwrap_or_else(|| pages::MAIN_PATH.to_owned());
    let path = if path.starts_with('/') { path } else { format!("{FOLDER}{path}") };
    (path, value("-g").unwrap_or_default())
}

/// The texts of a container that a configuration may consist of.
fn files(world: &World, handle: &ContainerHandle) -> Files {
    let programs = ["/bin/", "/usr/bin/", "/proc/", "/sys/", "/dev/"];
    let paths = handle.all_paths(world).into_iter();
    let paths =
        paths.filter(|it| !it.ends_with('/') && !programs.iter().any(|at| it.starts_with(at)));
    let read = |path: String| {
        let contents =
            handle.read_file(world, &path).ok().filter(|it| it.len() <= FILE_BYTES_MAX)?;
        Some((path, String::from_utf8_lossy(&contents).into_owned()))
    };
    paths.filter_map(read).collect()
}

/// A line of its error log and, where it is about to give up, the same for whoever started it.
fn emergency(what: &str, number: u32) -> [String; 2] {
    [format!("{{time-slash}} [emerg] {number}#{number}: {what}"), format!("nginx: [emerg] {what}")]
}

/// A new nginx reads its configuration.
///
/// # Errors
/// What it writes before it ends with exit code 1.
pub(super) fn start(world: &mut World, id: ProcessId) -> Result<(), Vec<String>> {
    let Some(process) = process::get(world, id) else { return Ok(()) };
    let said = |all: Vec<String>| all.iter().flat_map(|it| emergency(it, 1)).collect::<Vec<_>>();
    let site = load(world, process).map_err(said)?;
    let notes = may_start(world, process)?;
    if let Some(site) = &site {
        taken(world, process, site)?;
    }
    let mut lines = notes;
    lines.extend(site.iter().flat_map(|it| it.config.not_simulated.clone()));
    if let Some(process) = process::get_mut(world, id) {
        process.nginx = site.map(Arc::new);
    }
    for line in lines {
        logs::write(world, id, line);
    }
    Ok(())
}

/// Whether it may do at its start what needs rights: the official image expects to be root and to write.
fn may_start(world: &World, process: &Process) -> Result<Vec<String>, Vec<String>> {
    // Who may do everything need not be asked; thousands of pods are started so.
    if process.spec.run_as.unwrap_or_default() == 0 && !process.spec.read_only_root {
        return Ok(Vec::new());
    }
    let image = image(world, process);
    let is_official =
        image.is_some_and(|it| it.env.contains_key("NGINX_VERSION") && it.user.is_empty());
    let handle = ContainerHandle::of_process(world, process.id).filter(|_| is_official);
    let Some(handle) = handle else { return Ok(Vec::new()) };
    let mut notes = Vec::new();
    if handle.user_id() != 0 {
        let what = format!(
            "the \"user\" directive makes sense only if the master process runs with super-user privileges, ignored in {}:2",
            pages::MAIN_PATH
        );
        notes.push(format!("{{time-slash}} [warn] 1#1: {what}"));
        notes.push(format!("nginx: [warn] {what}"));
    }
    let places = [
        (CACHE, "mkdir() \"/var/cache/nginx/client_temp\" failed"),
        ("/run", "open() \"/run/nginx.pid\" failed"),
    ];
    for (folder, what) in places {
        let number = match handle.may_write_in(world, folder) {
            Err(FileError::Denied) => "(13: Permission denied)",
            Err(FileError::ReadOnly) => "(30: Read-only file system)",
            _ => continue,
        };
        notes.extend(emergency(&format!("{what} {number}"), 1));
        return Err(notes);
    }
    Ok(notes)
}

/// What the image's entry script says before nginx starts: a file that it cannot change it leaves alone.
pub(super) fn banner(process: &Process, lines: Vec<String>) -> Vec<String> {
    const FILE: &str = "/etc/nginx/conf.d/default.conf";
    let spec = &process.spec;
    let is_fixed = spec.read_only_root
        || spec.run_as.is_some_and(|it| it != 0)
        || spec.files.contains_key(FILE);
    if !is_fixed {
        return lines;
    }
    let (checks, changes) = ("info: Getting the checksum of", "info: Enabled listen on IPv6 in");
    let said = format!("info: can not modify {FILE} (read-only file system?)");
    let lines = lines.into_iter().filter(|it| !it.contains(changes));
    lines
        .map(|it| match it.split_once(checks) {
            Some((script, _)) => format!("{script}{said}"),
            None => it,
        })
        .collect()
}

/// Whether its ports are free: containers of a pod share them.
fn taken(world: &World, process: &Process, site: &Site) -> Result<(), Vec<String>> {
    let others = || process::of_pod(world, process.spec.pod).filter(|it| it.id != process.id);
    let busy: Vec<u16> =
        site.ports().into_iter().filter(|port| others().any(|it| it.listens_on(*port))).collect();
    if busy.is_empty() {
        return Ok(());
    }
    let mut lines = Vec::new();
    for _ in 0..5 {
        for port in &busy {
            lines.extend(emergency(
                &format!("bind() to 0.0.0.0:{port} failed (98: Address already in use)"),
                1,
            ));
        }
        lines.push("{time-slash} [notice] 1#1: try again to bind() after 500ms".to_owned());
    }
    lines.extend(emergency("still could not bind()", 1));
    Err(lines)
}

/// `nginx -s reload`: reads the configuration again; one that is wrong changes nothing. Answers the complaints.
pub fn reload(world: &mut World, id: ProcessId) -> Vec<String> {
    const NUMBER: u32 = 40;
    let Some(process) = process::get(world, id).filter(|it| it.model.runtime == Runtime::Nginx)
    else {
        return Vec::new();
    };
    let site = match load(world, process) {
        Ok(site) => site,
        Err(complaints) => return complaints.iter().flat_map(|it| emergency(it, NUMBER)).collect(),
    };
    let ports = site.as_ref().map(Site::ports);
    let not_simulated = site.iter().flat_map(|it| it.config.not_simulated.clone());
    let said = [
        format!(
            "{{time-slash}} [notice] 1#1: signal 1 (SIGHUP) received from {NUMBER}, reconfiguring"
        ),
        "{time-slash} [notice] 1#1: reconfiguring".to_owned(),
        "{time-slash} [notice] 1#1: using the \"epoll\" event method".to_owned(),
        "{time-slash} [notice] 1#1: start worker processes".to_owned(),
    ];
    let lines: Vec<String> = said.into_iter().chain(not_simulated).collect();
    for line in lines {
        logs::write(world, id, line);
    }
    if let Some(process) = process::get_mut(world, id) {
        process.nginx = site.map(Arc::new);
    }
    if let Some(ports) = ports {
        process::listen(world, id, ports);
    }
    flows::mark(world);
    probe::tell_kubelets(world);
    if let Some(pod) = process::get(world, id).map(|it| it.spec.pod) {
        crate::kubelet::probes_may_change(world, pod);
    }
    Vec::new()
}

/// What `nginx -t` and `-T` find.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tested {
    /// The file that is read first.
    pub path: String,
    /// Complaints with blanks for dates; none if it is sound.
    pub complaints: Vec<String>,
    /// The files in the order in which they were opened, with their texts.
    pub files: Vec<(String, String)>,
}

/// Reads the configuration as a process would that is started now.
pub fn test(world: &World, id: ProcessId, arguments: &[&str]) -> Tested {
    let Some(process) = process::get(world, id) else { return Tested::default() };
    let Some(handle) = ContainerHandle::of_process(world, id) else { return Tested::default() };
    let (path, globals) = options(arguments);
    let texts = files(world, &handle);
    let mut tested = Tested { path, ..Tested::default() };
    let read = Config::read(&texts, &tested.path, &globals);
    let origin = Origin::Pod(process.spec.pod);
    let known = |host: &str| dns::resolve(world, &origin, host.trim_matches(['[', ']'])).is_ok();
    let complaint = match &read {
        Ok(config) => config.hosts.iter().find(|it| !known(&it.0)).map(|it| it.1.clone()),
        Err(complaint) => Some(complaint.clone()),
    };
    tested.complaints = complaint.iter().flat_map(|it| emergency(it, 40)).collect();
    if let Ok(config) = read {
        let files = config.opened.iter();
        tested.files = files.filter_map(|it| Some((it.clone(), texts.get(it)?.clone()))).collect();
    }
    tested
}

/// Its version, for `nginx -v`.
pub fn version_of(world: &World, id: ProcessId) -> String {
    process::get(world, id).map(|it| version(world, it)).unwrap_or_default()
}

/// A file that the image brings along; `None` for other applications and other paths.
pub(super) fn packaged(world: &World, id: ProcessId, path: &str) -> Option<String> {
    let process = process::get(world, id).filter(|it| it.model.runtime == Runtime::Nginx)?;
    let (_, text) = PACKAGED.iter().find(|it| it.0 == path)?;
    Some(own(text, expects_root(world, process)))
}

/// Whether a process is an nginx.
pub(super) fn is_nginx(world: &World, id: ProcessId) -> bool {
    process::get(world, id).is_some_and(|it| it.model.runtime == Runtime::Nginx)
}
