//! One variant of one scenario, read and checked.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use opsdrill_engine::physical::application::{ApplicationModel, catalogue};

use crate::chart_hosts::ChartHosts;
use crate::drill::say;
use crate::log::Language;

use super::complaints;
use super::fill::{fill, filled};
use super::format::{ChartRepository, PlatformFile, Release, ScenarioFile, World};
use super::library::{BYTES_MAX, Folder, Library};
use super::located::{Located, Place};
use super::references::Known;
use super::releases::{self, Charts};
use super::shape;

/// The version of the format that this program reads.
pub const FORMAT_VERSION: u32 = 1;

/// Something that an author did wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentError {
    /// The file, below the scenario folder.
    pub file: String,
    /// Line and column, from 1, when known.
    pub place: Option<(u64, u64)>,
    /// What is wrong.
    pub problem: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.problem)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "\n  hint: {}", self.hint) }
    }
}

/// One variant of a scenario, ready to be played.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name: that of its folder.
    pub name: String,
    /// The number of the variant.
    pub variant: usize,
    /// What the author wrote, with the variant's parameters filled in.
    pub file: ScenarioFile,
    /// The world: the platform's parts, then the scenario's own.
    pub world: World,
    /// The workspace that the trainee finds: path to contents.
    pub workspace: Folder,
    /// The platform's own workspace: what ran before the release that the trainee finds.
    pub earlier_workspace: Folder,
    /// Files of earlier times, by `history`'s names of folders.
    pub past: Folder,
    /// Files that are in the cluster but not in the workspace.
    pub cluster_files: Folder,
    /// The charts of repositories.
    pub chart_files: Folder,
    /// What is in the images, by name.
    pub models: BTreeMap<String, ApplicationModel>,
}

impl Scenario {
    /// What reports call a group of users.
    pub fn title_of_users<'a>(&'a self, name: &'a str, language: Language) -> &'a str {
        self.world.user_titles.get(name).map_or(name, |it| say(it, language))
    }

    /// The users that the objectives are about.
    pub fn users_meant(&self) -> impl Iterator<Item = &str> {
        let checks = self.file.objectives.iter();
        checks.filter_map(|it| it.check.get("users-served")?.get("users")?.as_str())
    }

    /// Reads a scenario in the variant that a seed chooses.
    ///
    /// # Errors
    /// Everything that is wrong with it; of one that was checked before only what keeps it from being read.
    pub fn load(library: &Library, name: &str, seed: u64) -> Result<Self, Vec<ContentError>> {
        let variants = variants(library, name)?;
        let number = (seed % variants.len() as u64) as usize;
        let is_new = !library.is_checked(name);
        Self::load_variant(library, name, number, &variants[number], is_new)
    }

    /// Reads every variant of a scenario, for checking.
    ///
    /// # Errors
    /// Everything that is wrong with any of them, each thing once.
    pub fn load_all(library: &Library, name: &str) -> Result<Vec<Self>, Vec<ContentError>> {
        let mut errors: Vec<ContentError> = Vec::new();
        let mut all = Vec::new();
        for (number, parameters) in variants(library, name)?.iter().enumerate() {
            match Self::load_variant(library, name, number, parameters, true) {
                Ok(scenario) => all.push(scenario),
                Err(found) => errors.extend(found),
            }
        }
        let mut seen = Vec::new();
        errors.retain(|it| {
            !seen.contains(it) && {
                seen.push(it.clone());
                true
            }
        });
        if errors.is_empty() { Ok(all) } else { Err(errors) }
    }

    fn load_variant(
        library: &Library,
        name: &str,
        variant: usize,
        parameters: &BTreeMap<String, String>,
        is_new: bool,
    ) -> Result<Self, Vec<ContentError>> {
        let folder = library.scenario(name).expect("the variants were read from it");
        let path = format!("{name}/scenario.yaml");
        let text = text_of(folder, "scenario.yaml", &path)
            .and_then(|it| fill(&it, parameters, &path))
            .map_err(one)?;
        let mut errors = Vec::new();
        let file: Option<ScenarioFile> = kept(shape::read(&text, &path), &mut errors);
        // Where the values stand is for complaints about what they mean.
        let tree = if is_new || file.is_none() { Located::read(&text) } else { None };
        let shared = match named_platform(file.as_ref(), tree.as_ref()) {
            Some(named) => {
                let read = Shared::read(library, named, parameters, &path, is_new);
                kept(read, &mut errors)
            }
            None => Some(Shared::default()),
        };
        let is_whole = shared.is_some();
        let mut shared = shared.unwrap_or_default();
        let mut files = shared.files.clone();
        files.extend(folder.clone());
        // A file of the platform that the scenario does not replace is still the platform's.
        let platform = shared.name.clone();
        let place_of = |path: &str| {
            if folder.contains_key(path) {
                format!("{name}/{path}")
            } else {
                in_platform(&platform, path)
            }
        };
        let mut below = |start: &str| {
            kept(filled(&files, start, parameters, &place_of), &mut errors).unwrap_or_default()
        };
        let (mut workspace, cluster_files) = (below("workspace/"), below("cluster/"));
        let (past, chart_files, model_files) = (below("past/"), below("charts/"), below("models/"));
        let models = kept(models(model_files, &place_of), &mut errors).unwrap_or_default();
        let releases = file.as_ref().map(|it| shared.choose(it, &mut workspace));
        let releases = releases.unwrap_or_default();
        let manifests = Manifests {
            chart_files: &chart_files,
            workspace: &workspace,
            earlier: &shared.workspace,
            cluster: &cluster_files,
            releases: &releases,
            file: file.as_ref(),
            place_of: &place_of,
        };
        if let Some(tree) = tree.filter(|_| is_whole && is_new) {
            errors.extend(complaints(&tree, &path, &shared, &files, &manifests));
        }
        errors.sort_by(|a, b| (&a.file, a.place).cmp(&(&b.file, b.place)));
        errors.dedup();
        match file {
            Some(file) if errors.is_empty() => {
                let mut world = shared.file.map(|it| it.world).unwrap_or_default();
                join(&mut world, file.world.clone());
                world.releases = releases;
                let earlier_workspace = shared.workspace;
                Ok(Self {
                    name: name.to_owned(),
                    variant,
                    file,
                    world,
                    workspace,
                    earlier_workspace,
                    past,
                    cluster_files,
                    chart_files,
                    models,
                })
            }
            _ => Err(errors),
        }
    }
}

/// The platform that a scenario names, and where.
fn named_platform<'a>(
    file: Option<&'a ScenarioFile>,
    tree: Option<&'a Located>,
) -> Option<(&'a str, Option<Place>)> {
    let named = tree.and_then(|it| it.get("platform"));
    let name = match file {
        Some(file) => file.platform.as_deref(),
        None => named.and_then(Located::text),
    };
    name.map(|it| (it, named.map(|it| it.place)))
}

/// What a scenario takes from its platform.
#[derive(Default)]
struct Shared {
    name: String,
    /// All files, as they are.
    files: Folder,
    tree: Option<Located>,
    file: Option<PlatformFile>,
    /// The workspace with parameters filled in.
    workspace: Folder,
}

impl Shared {
    fn read(
        library: &Library,
        (name, place): (&str, Option<Place>),
        parameters: &BTreeMap<String, String>,
        scenario: &str,
        is_new: bool,
    ) -> Result<Self, Vec<ContentError>> {
        let files = library.platform(name).ok_or_else(|| {
            let known: Vec<&str> = library.platforms().collect();
            one(ContentError {
                file: scenario.to_owned(),
                place,
                problem: format!("no platform is called {name:?}"),
                hint: format!("there are {}", known.join(", ")),
            })
        })?;
        let mut shared = Self { name: name.to_owned(), files: files.clone(), ..Self::default() };
        let path = shared.place_of("platform.yaml");
        let text = text_of(files, "platform.yaml", &path)
            .and_then(|it| fill(&it, parameters, &path))
            .map_err(one)?;
        let mut errors = Vec::new();
        shared.tree = if is_new { Located::read(&text) } else { None };
        shared.file = kept(shape::read(&text, &path), &mut errors);
        let workspace = filled(files, "workspace/", parameters, &|it| shared.place_of(it));
        shared.workspace = kept(workspace, &mut errors).unwrap_or_default();
        if errors.is_empty() { Ok(shared) } else { Err(errors) }
    }

    fn place_of(&self, path: &str) -> String {
        in_platform(&self.name, path)
    }

    /// The releases of a scenario; what belongs to the form of a service that is not used goes out of both workspaces.
    fn choose(&mut self, file: &ScenarioFile, workspace: &mut Folder) -> Vec<Release> {
        let all = self.file.as_ref().map(|it| &it.world.releases[..]).unwrap_or_default();
        releases::take_out(workspace, all, file);
        releases::take_out(&mut self.workspace, all, file);
        releases::chosen(all, file)
    }
}

fn in_platform(name: &str, path: &str) -> String {
    format!("_platforms/{name}/{path}")
}

/// The manifests of a scenario, with parameters filled in.
struct Manifests<'a> {
    workspace: &'a Folder,
    earlier: &'a Folder,
    cluster: &'a Folder,
    releases: &'a [Release],
    file: Option<&'a ScenarioFile>,
    /// The charts of repositories.
    chart_files: &'a Folder,
    /// The whole path of a file, with `workspace/` or `cluster/` before it.
    place_of: &'a dyn Fn(&str) -> String,
}

/// What is wrong beyond the shape of the files.
fn complaints(
    tree: &Located,
    path: &str,
    shared: &Shared,
    files: &Folder,
    manifests: &Manifests<'_>,
) -> Vec<ContentError> {
    let trees: Vec<&Located> = shared.tree.iter().chain([tree]).collect();
    let mut known = Known::new(&trees);
    known.add_models(files.keys());
    known.add_workspace(files.keys());
    known.add_past(files.keys());
    if manifests.file.is_some() {
        known.add_releases(manifests.releases.iter().map(|it| &it.name));
    }
    let in_workspace = |it: &str| (manifests.place_of)(&format!("workspace/{it}"));
    let of_platform = |it: &str| shared.place_of(&format!("workspace/{it}"));
    let in_cluster = |it: &str| (manifests.place_of)(&format!("cluster/{it}"));
    let mut errors = known.add_manifests(manifests.workspace, false, &in_workspace);
    errors.extend(known.add_manifests(manifests.cluster, true, &in_cluster));
    let replaced =
        manifests.earlier.iter().filter(|it| manifests.workspace.get(it.0) != Some(it.1));
    let replaced: Folder = replaced.map(|(path, text)| (path.clone(), text.clone())).collect();
    errors.extend(known.add_manifests(&replaced, false, &of_platform));
    if let Some(file) = manifests.file {
        let of_platform_world = shared.file.iter().map(|it| &it.world);
        let repositories: Vec<ChartRepository> = of_platform_world
            .chain([&file.world])
            .flat_map(|it| it.chart_repositories.clone())
            .collect();
        // What is wrong with repositories is said when the world is built.
        let hosts = ChartHosts::new(&repositories, manifests.chart_files, 0).unwrap_or_default();
        let charts = Charts {
            releases: manifests.releases,
            workspace: manifests.workspace,
            earlier: manifests.earlier,
            namespace: &file.namespace,
            release_ends: file.release_ends,
            hosts: &RefCell::new(hosts),
            place_of: &in_workspace,
            place_of_earlier: &of_platform,
        };
        errors.extend(charts.learn(&mut known));
    }
    errors.extend(complaints::of_scenario(tree, shared.tree.as_ref(), path, &known));
    if let Some(tree) = &shared.tree {
        errors.extend(complaints::of_platform(tree, &shared.place_of("platform.yaml"), &known));
    }
    errors
}

/// The value, or its errors beside the others.
fn kept<T>(read: Result<T, Vec<ContentError>>, errors: &mut Vec<ContentError>) -> Option<T> {
    read.map_err(|found| errors.extend(found)).ok()
}

/// The one entry of a map that names a fault or a check.
///
/// # Errors
/// When it has none or several.
pub fn single<'a>(
    map: &'a BTreeMap<String, serde_json::Value>,
    what: &str,
) -> Result<(&'a str, &'a serde_json::Value), String> {
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((name, value)), None) => Ok((name, value)),
        _ => Err(format!(
            "a {what} is written as one name with its parameters, not as {} names",
            map.len()
        )),
    }
}

fn variants(
    library: &Library,
    name: &str,
) -> Result<Vec<BTreeMap<String, String>>, Vec<ContentError>> {
    #[derive(serde::Deserialize)]
    struct Variants {
        variants: Vec<BTreeMap<String, String>>,
    }
    let path = format!("{name}/scenario.yaml");
    let folder = library.scenario(name).ok_or_else(|| {
        let names: Vec<&str> = library.names().collect();
        vec![ContentError {
            file: path.clone(),
            place: None,
            problem: format!("there is no scenario {name:?}"),
            hint: format!("there are {}", names.join(", ")),
        }]
    })?;
    let bytes: usize = folder.values().map(Vec::len).sum();
    if bytes > BYTES_MAX {
        let problem = format!("the scenario has {bytes} bytes; the most is {BYTES_MAX}");
        return Err(vec![ContentError { file: path, place: None, problem, hint: String::new() }]);
    }
    let text = text_of(folder, "scenario.yaml", &path).map_err(one)?;
    let Variants { variants } = shape::read(&text, &path)?;
    if variants.is_empty() {
        let problem = "variants is empty".to_owned();
        return Err(vec![ContentError {
            file: path,
            place: shape::place_of_key(&text, "variants"),
            problem,
            hint: "write at least `variants: [{}]`".into(),
        }]);
    }
    Ok(variants)
}

fn one(error: ContentError) -> Vec<ContentError> {
    vec![error]
}

fn text_of(folder: &Folder, name: &str, path: &str) -> Result<String, ContentError> {
    let wrong = |problem: &str| ContentError {
        file: path.to_owned(),
        place: None,
        problem: problem.to_owned(),
        hint: String::new(),
    };
    let bytes = folder.get(name).ok_or_else(|| wrong("the file is missing"))?;
    String::from_utf8(bytes.clone()).map_err(|_| wrong("the file is not UTF-8"))
}

/// The application models of a scenario, by file name without its ending.
fn models(
    files: Folder,
    place_of: &dyn Fn(&str) -> String,
) -> Result<BTreeMap<String, ApplicationModel>, Vec<ContentError>> {
    let mut models = BTreeMap::new();
    let mut errors = Vec::new();
    for (file, contents) in files {
        let path = place_of(&format!("models/{file}"));
        let text = String::from_utf8_lossy(&contents);
        let read = shape::read(&text, &path).and_then(|written| {
            catalogue::read(written).map_err(|problem| {
                let place = shape::place_of_quoted(&text, &problem);
                vec![ContentError { file: path.clone(), place, problem, hint: String::new() }]
            })
        });
        match read {
            Ok(model) => {
                models.insert(file.trim_end_matches(".yaml").to_owned(), model);
            }
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() { Ok(models) } else { Err(errors) }
}

fn join(world: &mut World, more: World) {
    world.nodes.extend(more.nodes);
    world.registries.extend(more.registries);
    world.chart_repositories.extend(more.chart_repositories);
    world.images.extend(more.images);
    world.namespaces.extend(more.namespaces);
    world.manifests.extend(more.manifests);
    world.cluster_manifests.extend(more.cluster_manifests);
    world.traffic.extend(more.traffic);
    world.user_titles.extend(more.user_titles);
    world.hosts.extend(more.hosts);
    world.load_balancers.extend(more.load_balancers);
    world.without_metrics |= more.without_metrics;
    world.kube_system |= more.kube_system;
}
