//! One variant of one scenario, read and checked.

use std::collections::BTreeMap;
use std::fmt;

use opsdrill_engine::physical::application::{ApplicationModel, catalogue};

use super::format::{Objective, PlatformFile, Safeguard, ScenarioFile, Timed, World};
use super::library::{BYTES_MAX, Folder, Library};
use super::{shape, span};

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
    /// Files that are in the cluster but not in the workspace.
    pub cluster_files: Folder,
    /// What is in the images, by name.
    pub models: BTreeMap<String, ApplicationModel>,
}

impl Scenario {
    /// Reads a scenario in the variant that a seed chooses.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(library: &Library, name: &str, seed: u64) -> Result<Self, Vec<ContentError>> {
        let variants = variants(library, name)?;
        let number = (seed % variants.len() as u64) as usize;
        Self::load_variant(library, name, number, &variants[number])
    }

    /// Reads every variant of a scenario, for checking.
    ///
    /// # Errors
    /// Everything that is wrong with any of them, each thing once.
    pub fn load_all(library: &Library, name: &str) -> Result<Vec<Self>, Vec<ContentError>> {
        let mut errors: Vec<ContentError> = Vec::new();
        let mut all = Vec::new();
        for (number, parameters) in variants(library, name)?.iter().enumerate() {
            match Self::load_variant(library, name, number, parameters) {
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
    ) -> Result<Self, Vec<ContentError>> {
        let folder = library.scenario(name).expect("the variants were read from it");
        let path = format!("{name}/scenario.yaml");
        let text = text_of(folder, "scenario.yaml", &path)
            .and_then(|it| fill(&it, parameters, &path))
            .map_err(one)?;
        let file: ScenarioFile = shape::read(&text, &path).map_err(|mut errors| {
            let own = |file: &str| format!("{name}/{file}");
            let models =
                filled(folder, "models/", parameters, &own).and_then(|it| models(it, &own));
            errors.extend(models.err().into_iter().flatten());
            errors
        })?;
        let mut world = World::default();
        let mut files = Folder::new();
        let mut earlier_workspace = Folder::new();
        if let Some(platform) = &file.platform {
            let path = format!("_platforms/{platform}/platform.yaml");
            let shared =
                library.platform(platform).ok_or_else(|| one(unknown_platform(&path, platform)))?;
            let text = text_of(shared, "platform.yaml", &path)
                .and_then(|it| fill(&it, parameters, &path))
                .map_err(one)?;
            let shared_file: PlatformFile = shape::read(&text, &path)?;
            join(&mut world, shared_file.world);
            files.extend(shared.clone());
            let of_platform = |file: &str| format!("_platforms/{platform}/{file}");
            earlier_workspace = filled(&files, "workspace/", parameters, &of_platform)?;
        }
        join(&mut world, file.world.clone());
        files.extend(folder.clone());
        let platform = file.platform.as_deref().unwrap_or_default();
        // A file of the platform that the scenario does not replace is still the platform's.
        let place_of = |path: &str| {
            if folder.contains_key(path) {
                format!("{name}/{path}")
            } else {
                format!("_platforms/{platform}/{path}")
            }
        };
        let below = |start: &str| -> Result<Folder, Vec<ContentError>> {
            filled(&files, start, parameters, &place_of)
        };
        let (workspace, cluster_files) = (below("workspace/")?, below("cluster/")?);
        let models = models(below("models/")?, &place_of)?;
        let scenario = Self {
            name: name.to_owned(),
            variant,
            file,
            world,
            workspace,
            earlier_workspace,
            cluster_files,
            models,
        };
        let errors = scenario.complaints(&path);
        if errors.is_empty() { Ok(scenario) } else { Err(errors) }
    }

    /// What is wrong beyond the shape of the file.
    fn complaints(&self, path: &str) -> Vec<ContentError> {
        let mut problems = Vec::new();
        let file = &self.file;
        if file.format_version != FORMAT_VERSION {
            problems.push(format!(
                "format_version {} is not known; this program reads {FORMAT_VERSION}",
                file.format_version
            ));
        }
        if file.date.parse::<jiff::Timestamp>().is_err() {
            problems.push(format!("date {:?} is not of the form 2026-03-02T09:15:00Z", file.date));
        }
        let spans =
            [&file.warm_up, &file.night.duration].into_iter().chain(&file.night.redeploy_at);
        let spans = spans.chain(file.night.delete_pod.keys()).chain(file.night.reboot_node.keys());
        let spans = spans.chain(file.objectives.iter().flat_map(|it| [&it.hold, &it.night_slack]));
        let spans = spans.chain(file.safeguards.iter().map(|it| &it.slack));
        problems.extend(spans.filter_map(|it| span::parse(it).err()));
        problems.extend(file.released.iter().filter_map(|it| span::parse_signed(it).err()));
        for Timed { at, fault } in file.faults.iter().chain(&file.night.faults) {
            problems.extend(span::parse_signed(at).err());
            problems.extend(
                single(fault, "fault")
                    .and_then(|(name, it)| opsdrill_faults::load(name, it.clone()).map(drop))
                    .err(),
            );
        }
        let objectives = file.objectives.iter().map(|Objective { check, .. }| check);
        let safeguards = file.safeguards.iter().map(|Safeguard { check, .. }| check);
        for check in objectives.chain(safeguards) {
            problems.extend(
                single(check, "check")
                    .and_then(|(name, it)| opsdrill_checks::load(name, it.clone()).map(drop))
                    .err(),
            );
        }
        if file.objectives.is_empty() {
            problems.push("a scenario without objectives cannot be solved".to_owned());
        }
        let images = self.world.images.iter();
        let unknown = images.filter(|it| !self.models.contains_key(&it.model));
        problems
            .extend(unknown.map(|it| {
                format!("image {}: there is no models/{}.yaml", it.repository, it.model)
            }));
        let missing = |names: &[String], files: &Folder, folder: &str| -> Vec<String> {
            let is_there = |it: &String| {
                files.keys().any(|path| path == it || path.starts_with(&format!("{it}/")))
            };
            names
                .iter()
                .filter(|it| !is_there(it))
                .map(|it| format!("there is no {folder}{it}"))
                .collect()
        };
        problems.extend(missing(&self.world.manifests, &self.workspace, "workspace/"));
        problems.extend(missing(&self.world.cluster_manifests, &self.cluster_files, "cluster/"));
        let error = |problem| ContentError {
            file: path.to_owned(),
            place: None,
            problem,
            hint: String::new(),
        };
        problems.into_iter().map(error).collect()
    }
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
            place: None,
            problem,
            hint: "write at least `variants: [{}]`".into(),
        }]);
    }
    Ok(variants)
}

fn one(error: ContentError) -> Vec<ContentError> {
    vec![error]
}

fn unknown_platform(path: &str, name: &str) -> ContentError {
    ContentError {
        file: path.to_owned(),
        place: None,
        problem: format!("there is no platform {name:?}"),
        hint: String::new(),
    }
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

/// Puts the parameters' values where `${name}` stands. `$${` is a plain `${`.
fn fill(
    text: &str,
    parameters: &BTreeMap<String, String>,
    path: &str,
) -> Result<String, ContentError> {
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let mut rest = line;
        while let Some(start) = rest.find("${") {
            let (before, after) = rest.split_at(start);
            let Some(end) = after.find('}') else { break };
            if let Some(escaped) = before.strip_suffix('$') {
                out.push_str(escaped);
                out.push_str(&after[..=end]);
            } else {
                let name = &after[2..end];
                let value = parameters.get(name).ok_or_else(|| ContentError {
                    file: path.to_owned(),
                    place: Some((number as u64 + 1, start as u64 + 1)),
                    problem: format!("no parameter is called {name:?} in this variant"),
                    hint: "add it to every entry of `variants`, or write $${ for a plain ${".into(),
                })?;
                out.push_str(before);
                out.push_str(value);
            }
            rest = &after[end + 1..];
        }
        out.push_str(rest);
    }
    Ok(out)
}

/// The files below a folder, without its name in front, with parameters filled in (in their paths, too).
fn filled(
    files: &Folder,
    start: &str,
    parameters: &BTreeMap<String, String>,
    place_of: &dyn Fn(&str) -> String,
) -> Result<Folder, Vec<ContentError>> {
    let mut out = Folder::new();
    let mut errors = Vec::new();
    for (path, contents) in files {
        let Some(below) = path.strip_prefix(start) else { continue };
        let full = place_of(path);
        let text = String::from_utf8_lossy(contents);
        match (fill(below, parameters, &full), fill(&text, parameters, &full)) {
            (Ok(path), Ok(text)) => {
                out.insert(path, text.into_bytes());
            }
            (path, text) => errors.extend([path.err(), text.err()].into_iter().flatten()),
        }
    }
    if errors.is_empty() { Ok(out) } else { Err(errors) }
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
    world.images.extend(more.images);
    world.namespaces.extend(more.namespaces);
    world.manifests.extend(more.manifests);
    world.cluster_manifests.extend(more.cluster_manifests);
    world.traffic.extend(more.traffic);
}
