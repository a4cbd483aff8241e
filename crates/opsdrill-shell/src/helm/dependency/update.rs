//! `helm dependency update` and `build`: the charts that a chart needs, fetched into its `charts/`.
//!
//! `update` chooses versions and writes them into `Chart.lock`; `build` fetches those that are written there.

use opsdrill_helm::Chart;
use opsdrill_helm::chart::{Dependency, archive};
use opsdrill_helm::repository::lock::{self, Lock};
use opsdrill_helm::repository::{digest, resolved, same};
use opsdrill_sprig::functions::paths;
use opsdrill_sprig::version::{Constraint, Version};

use crate::kubectl::flags::Arguments;

use crate::helm::charts::Loaded;
use crate::helm::context::Helm;
use crate::helm::failure::{Failure, Outcome};
use crate::helm::registries::{Reference, SCHEME};
use crate::helm::repo::{ASKING, DONE};
use crate::helm::repositories::{Known, MANAGED, Repository};
use crate::helm::sources::Source;

/// How the addresses of charts beside a chart begin.
const FILE: &str = "file://";

/// What Helm adds where a repository is called by a mere word.
const HINT: &str = "\nNote that repositories must be URLs or aliases. For example, to refer to the \"example\"\nrepository, use \"https://charts.example.com/\" or \"@example\" instead of\n\"example\". Don't forget to add the repo, too ('helm repo add').";

/// What Helm says of a lock that was made for other wishes.
const OUT_OF_SYNC: &str = "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies";

pub(super) fn update(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    refuse_signatures(arguments)?;
    let path = paths::cleaned(arguments.positional.first().map_or(".", String::as_str));
    helm.update_dependencies(&path, !arguments.switch("skip-refresh"))
}

pub(super) fn build(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    refuse_signatures(arguments)?;
    let path = paths::cleaned(arguments.positional.first().map_or(".", String::as_str));
    helm.build_dependencies(&path, !arguments.switch("skip-refresh"))
}

fn refuse_signatures(arguments: &Arguments) -> Outcome<()> {
    if arguments.switch("verify") {
        return Err(Failure::NotSimulated("signed charts".to_owned()));
    }
    Ok(())
}

/// What an update knows of the world around the chart.
struct Update<'u, 'a> {
    helm: &'u mut Helm<'a>,
    /// The chart's folder.
    path: &'u str,
    known: Known,
}

/// A dependency, and the name under which the index of its repository is in the cache.
struct Wish {
    dependency: Dependency,
    cached_as: String,
}

impl Helm<'_> {
    /// Chooses and fetches what a chart needs.
    ///
    /// # Errors
    /// With Helm's words.
    pub(in crate::helm) fn update_dependencies(
        &mut self,
        path: &str,
        refresh: bool,
    ) -> Outcome<()> {
        let chart = self.unpacked(path)?;
        let known = self.known_repositories()?.unwrap_or_default();
        Update { helm: self, path, known }.update(&chart, refresh)
    }

    fn build_dependencies(&mut self, path: &str, refresh: bool) -> Outcome<()> {
        let chart = self.unpacked(path)?;
        let known = self.known_repositories()?.unwrap_or_default();
        let mut update = Update { helm: self, path, known };
        match &chart.lock {
            None => update.update(&chart, refresh),
            Some(document) => {
                let lock = Lock::read(document)?;
                update.build(&chart, lock, refresh)
            }
        }
    }

    fn unpacked(&self, path: &str) -> Outcome<Chart> {
        if !self.exists(path) {
            return Err(Failure::Plain(format!(
                "could not find {path}: stat {path}: no such file or directory"
            )));
        }
        if !self.is_folder(path) {
            return Err("only unpacked charts can be updated".into());
        }
        self.chart(path)
    }
}

impl Update<'_, '_> {
    fn update(&mut self, chart: &Chart, refresh: bool) -> Outcome<()> {
        let Some(asked) = chart.metadata.dependencies.clone() else { return Ok(()) };
        let mut wishes = self.named(asked)?;
        self.know(&mut wishes, refresh);
        if refresh {
            self.refresh();
        }
        let mut choices = self.chosen(&wishes)?;
        self.fetch_all(&mut choices)?;
        let wishes: Vec<Dependency> = wishes.into_iter().map(|it| it.dependency).collect();
        let lock = Lock { digest: lock::hash(&wishes, &choices), dependencies: choices };
        let old = chart.lock.as_ref().and_then(|it| Lock::read(it).ok());
        if old.is_some_and(|it| it.digest == lock.digest) {
            return Ok(());
        }
        let is_old = chart.metadata.api_version == "v1";
        let name = if is_old { "requirements.lock" } else { "Chart.lock" };
        let text = lock.to_yaml(self.helm.now());
        self.helm.write_all(&format!("{}/{name}", self.path), text.as_bytes())
    }

    fn build(&mut self, chart: &Chart, mut lock: Lock, refresh: bool) -> Outcome<()> {
        let asked = chart.metadata.dependencies.clone().unwrap_or_default();
        let wishes: Vec<Dependency> =
            self.named(asked)?.into_iter().map(|it| it.dependency).collect();
        if lock::hash(&wishes, &lock.dependencies) != lock.digest {
            return Err(OUT_OF_SYNC.into());
        }
        let is_known = |it: &&Dependency| {
            let url = it.repository.as_str();
            url.is_empty()
                || url.starts_with(FILE)
                || url.starts_with(SCHEME)
                || self.known.all.iter().any(|known| same(&known.url, url))
        };
        let unknown: Vec<&str> = lock
            .dependencies
            .iter()
            .filter(|it| !is_known(it))
            .map(|it| it.repository.as_str())
            .collect();
        if !unknown.is_empty() {
            return Err(Failure::Plain(format!(
                "no repository definition for {}. Please add the missing repos via 'helm repo add'",
                unknown.join(", ")
            )));
        }
        if refresh {
            self.refresh();
        }
        self.fetch_all(&mut lock.dependencies)
    }

    /// The dependencies with the addresses of the repositories that they name.
    fn named(&self, asked: Vec<Dependency>) -> Outcome<Vec<Wish>> {
        let mut missing: Vec<String> = Vec::new();
        let mut wishes = Vec::new();
        for mut dependency in asked {
            let url = dependency.repository.clone();
            let mut cached_as = String::new();
            if let Some(place) = url.strip_prefix(FILE) {
                self.beside(place)?;
                cached_as.clone_from(&url);
            } else if url.starts_with(SCHEME) {
                cached_as.clone_from(&url);
            } else if !url.is_empty() {
                let alias = url.strip_prefix('@').or_else(|| url.strip_prefix("alias:"));
                let mut known = self.known.all.iter();
                match known.find(|it| alias == Some(&it.name) || same(&it.url, &url)) {
                    Some(it) => {
                        cached_as.clone_from(&it.name);
                        if alias.is_some() {
                            dependency.repository.clone_from(&it.url);
                        }
                    }
                    None if url.contains("://") || url.starts_with('/') => {}
                    None => missing.push(url),
                }
            }
            wishes.push(Wish { dependency, cached_as });
        }
        if missing.is_empty() {
            return Ok(wishes);
        }
        let is_word =
            |it: &String| !it.contains("//") && !it.starts_with('@') && !it.starts_with("alias:");
        let hint = if missing.iter().any(is_word) { HINT } else { "" };
        Err(Failure::Plain(format!(
            "no repository definition for {}. Please add them via 'helm repo add'{hint}",
            missing.join(", ")
        )))
    }

    /// Gets the indexes of repositories that nobody has named.
    fn know(&mut self, wishes: &mut [Wish], refresh: bool) {
        let mut new = Vec::new();
        for wish in wishes {
            let url = &wish.dependency.repository;
            if url.is_empty() || !wish.cached_as.is_empty() {
                continue;
            }
            wish.cached_as = format!("{MANAGED}{}", digest(url.as_bytes()));
            let (name, url) = (wish.cached_as.clone(), url.clone());
            new.push(Repository { name, url, ..Repository::default() });
        }
        if refresh && !new.is_empty() {
            self.helm.out("Getting updates for unmanaged Helm repositories...\n");
            self.helm.update_repositories(&new);
        }
    }

    fn refresh(&mut self) {
        if self.known.all.is_empty() {
            return;
        }
        self.helm.out(ASKING);
        self.helm.update_repositories(&self.known.all);
        self.helm.out(DONE);
    }

    /// A chart's folder beside this one.
    fn beside(&self, place: &str) -> Outcome<String> {
        let path = if place.starts_with('/') {
            paths::cleaned(place)
        } else {
            paths::cleaned(&format!("{}/{place}", self.path))
        };
        if self.helm.exists(&path) {
            return Ok(path);
        }
        Err(Failure::Plain(format!("directory {path} not found")))
    }

    /// The versions that fit the wishes best.
    fn chosen(&mut self, wishes: &[Wish]) -> Outcome<Vec<Dependency>> {
        let mut choices = Vec::new();
        let mut missing: Vec<String> = Vec::new();
        for wish in wishes {
            let Dependency { name, version, repository, .. } = &wish.dependency;
            let range = Constraint::parse(version).map_err(|why| {
                Failure::Plain(format!(
                    "dependency {name:?} has an invalid version/constraint format: {why}"
                ))
            })?;
            let found = if repository.is_empty() {
                self.beside(&format!("charts/{name}"))?;
                Some(version.clone())
            } else {
                let versions = self.versions(wish)?;
                let fits = |it: &&String| Version::parse(it).is_ok_and(|it| range.allows(&it));
                versions.iter().find(fits).cloned()
            };
            match found {
                Some(version) => choices.push(Dependency {
                    name: name.clone(),
                    version,
                    repository: repository.clone(),
                    ..Dependency::default()
                }),
                None => missing
                    .push(format!("{name:?} (repository {repository:?}, version {version:?})")),
            }
        }
        if missing.is_empty() {
            return Ok(choices);
        }
        Err(Failure::Plain(format!(
            "can't get a valid version for {} subchart(s): {}. Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml",
            missing.len(),
            missing.join(", ")
        )))
    }

    /// The versions that there are of a dependency, the newest first.
    fn versions(&mut self, wish: &Wish) -> Outcome<Vec<String>> {
        let Dependency { name, version, repository, .. } = &wish.dependency;
        if let Some(place) = repository.strip_prefix(FILE) {
            let path = self.beside(place)?;
            return Ok(vec![self.helm.chart(&path)?.metadata.version]);
        }
        if repository.starts_with(SCHEME) {
            if Version::parse(version).is_ok() {
                return Ok(vec![version.clone()]);
            }
            let reference = Reference::parse(&format!("{repository}/{name}"))?;
            let doing = format!("could not retrieve list of tags for repository {repository}");
            let versions = self.helm.versions_in_registry(&reference, &None);
            return versions.map_err(|why| why.while_doing(&doing));
        }
        let doing =
            format!("no cached repository for {} found. (try 'helm repo update')", wish.cached_as);
        let index = self.helm.cached_index(&wish.cached_as);
        let index = index.map_err(|why| why.while_doing(&doing))?;
        let Some(entries) = index.entries.get(name) else {
            return Err(Failure::Plain(format!("{name} chart not found in repo {repository}")));
        };
        let real = entries.iter().filter(|it| !it.urls.is_empty());
        Ok(real.map(|it| it.metadata.version.clone()).collect())
    }

    /// Fetches all choices, and takes out of `charts/` what is none any more.
    fn fetch_all(&mut self, choices: &mut [Dependency]) -> Outcome<()> {
        let target = paths::cleaned(&format!("{}/charts", self.path));
        if self.helm.exists(&target) && !self.helm.is_folder(&target) {
            return Err(Failure::Plain(format!("{target:?} is not a directory")));
        }
        let made = self.helm.kube.surroundings.make_folder(&target);
        made.map_err(|why| Failure::Plain(format!("mkdir {target}: {}", why.0)))?;
        self.helm.out(&format!("Saving {} charts\n", choices.len()));
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        let mut urls: Vec<String> = Vec::new();
        for choice in choices.iter_mut() {
            if let Err(why) = self.fetch_one(choice, &target, &mut files, &mut urls) {
                let text = format!("Save error occurred:  {}\n", why.text());
                self.helm.out(&text);
                return Err(why);
            }
        }
        for (name, bytes) in &files {
            self.helm.write_all(&format!("{target}/{name}"), bytes)?;
        }
        self.helm.out("Deleting outdated charts\n");
        for name in self.helm.kube.surroundings.entries(&target).unwrap_or_default() {
            let path = format!("{target}/{name}");
            let is_new = files.iter().any(|it| it.0 == name);
            if is_new || self.helm.is_folder(&path) {
                continue;
            }
            match self.helm.chart(&path) {
                Err(why) => {
                    let why = why.text();
                    self.helm
                        .out(&format!("Could not verify {path} for deletion: {why} (Skipping)\n"));
                }
                Ok(chart)
                    if choices
                        .iter()
                        .any(|it| it.repository.is_empty() && it.name == chart.name()) => {}
                Ok(_) => {
                    // It was there a moment ago.
                    let _ = self.helm.kube.surroundings.remove(&path);
                }
            }
        }
        Ok(())
    }

    fn fetch_one(
        &mut self,
        choice: &mut Dependency,
        target: &str,
        files: &mut Vec<(String, Vec<u8>)>,
        urls: &mut Vec<String>,
    ) -> Outcome<()> {
        let Dependency { name, version, repository, .. } = choice.clone();
        if repository.is_empty() {
            self.helm.out(&format!(
                "Dependency {name} did not declare a repository. Assuming it exists in the charts directory\n"
            ));
            return self.check_own(&name, &version, target);
        }
        if let Some(place) = repository.strip_prefix(FILE) {
            let path = self.beside(place)?;
            if self.helm.debug {
                self.helm.out(&format!("Archiving {name} from repo {repository}\n"));
            }
            let Loaded { chart, files: own } = self.helm.load(&path)?;
            let saved = archive::saved(&chart, own, self.helm.now().seconds)?;
            choice.version = chart.metadata.version;
            files.push(saved);
            return Ok(());
        }
        let url = self.url(&choice.clone())?;
        if urls.contains(&url) {
            self.helm.out(&format!("Already downloaded {name} from repo {repository}\n"));
            return Ok(());
        }
        self.helm.out(&format!("Downloading {name} from repo {repository}\n"));
        let doing = format!("could not download {url}");
        let download = if repository.starts_with(SCHEME) {
            let doing = format!("could not download {repository}/{name}");
            let got = self.helm.download_version(&repository, &name, &version);
            got.map_err(|why| why.while_doing(&doing))?
        } else {
            let got = self.helm.download(&url, &Source::of_version(""));
            got.map_err(|why| why.while_doing(&doing))?
        };
        urls.push(url);
        files.push((download.file, download.bytes));
        Ok(())
    }

    /// Looks whether a chart that is in `charts/` anyway is of a version that will do.
    fn check_own(&mut self, name: &str, version: &str, target: &str) -> Outcome<()> {
        let path = format!("{target}/{name}");
        let chart = self.helm.chart(&path).map_err(|why| {
            Failure::Plain(format!("unable to load chart '{path}': {}", why.text()))
        })?;
        let there = &chart.metadata.version;
        let fits = match (Constraint::parse(version), Version::parse(there)) {
            (Ok(range), Ok(version)) => range.allows(&version),
            _ => false,
        };
        if fits {
            return Ok(());
        }
        Err(Failure::Plain(format!(
            "dependency {name} at version {there} does not satisfy the constraint {version}"
        )))
    }

    /// The address of an archive.
    fn url(&mut self, choice: &Dependency) -> Outcome<String> {
        let Dependency { name, version, repository, .. } = choice;
        if repository.starts_with(SCHEME) {
            return Ok(format!("{repository}/{name}:{version}"));
        }
        let known = self.known.all.iter().find(|it| same(&it.url, repository)).cloned();
        let missing = |what: &str| Failure::Plain(format!("could not find : {what}"));
        let index = if let Some(known) = &known {
            self.helm.cached_index(&known.name)?
        } else {
            let url = repository.clone();
            let asked = Repository { url, ..Repository::default() };
            let doing = format!(
                "could not find : chart {name} not found in {repository}: looks like {repository:?} is not a valid chart repository or cannot be reached"
            );
            self.helm.download_index(&asked).map_err(|why| why.while_doing(&doing))?.1
        };
        let entries = index.entries.get(name).ok_or_else(|| missing("entry not found"))?;
        let same_version = |it: &str| match (Version::parse(it), Version::parse(version)) {
            (Ok(one), Ok(other)) => one.compare(&other).is_eq() && one.metadata == other.metadata,
            _ => it == version,
        };
        let found = entries
            .iter()
            .find(|it| !it.urls.is_empty() && same_version(&it.metadata.version))
            .ok_or_else(|| missing("no matching version"))?;
        Ok(resolved(repository, &found.urls[0]))
    }
}
