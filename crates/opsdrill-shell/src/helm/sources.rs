//! Where a chart comes from: a path, a repository that is known, one that `--repo` names, an address, a registry.

use opsdrill_helm::repository::{registry, resolved, same};

use crate::kubectl::flags::Arguments;

use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::registries::{Reference, SCHEME};
use super::repositories::Repository;
use super::web::{self, Credentials};

/// What the flags say of where charts come from.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    /// `--version`.
    pub(super) version: String,
    /// `--repo`.
    repository: String,
    username: String,
    password: String,
    passes_credentials: bool,
}

/// A chart's archive, as it was handed out.
#[derive(Clone, Debug)]
pub(super) struct Download {
    /// What it is called.
    pub(super) file: String,
    /// The archive.
    pub(super) bytes: Vec<u8>,
    /// Where it was.
    pub(super) url: String,
    /// What it was asked for with.
    pub(super) credentials: Credentials,
}

impl Source {
    /// What the flags say.
    pub(super) fn of(arguments: &Arguments) -> Self {
        let text = |name: &str| arguments.text(name).to_owned();
        let version = arguments.text("version").trim().to_owned();
        let is_open = version.is_empty() && arguments.switch("devel");
        Self {
            version: if is_open { ">0.0.0-0".to_owned() } else { version },
            repository: text("repo"),
            username: text("username"),
            password: text("password"),
            passes_credentials: arguments.switch("pass-credentials"),
        }
    }

    /// Only a version is wanted.
    pub(super) fn of_version(version: &str) -> Self {
        Self { version: version.to_owned(), ..Self::default() }
    }

    fn credentials(&self) -> Credentials {
        web::credentials(&self.username, &self.password)
    }
}

impl Helm<'_> {
    /// Where a chart is; one that is not here is downloaded into the cache.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn locate(&mut self, name: &str, arguments: &Arguments) -> Outcome<String> {
        let name = name.trim();
        let source = Source::of(arguments);
        if self.exists(name) {
            if !source.repository.is_empty() {
                let now = self.kube.now();
                let date = opsdrill_objects::timestamp::format(now);
                let date = date.replacen('-', "/", 2).replacen('T', " ", 1);
                self.err(&format!(
                    "{} WARN local chart found in current working directory. repository url ignored chart={name} repository={}\n",
                    date.trim_end_matches('Z'), source.repository
                ));
            }
            if arguments.switch("verify") {
                self.verify(name)?;
            }
            return Ok(name.to_owned());
        }
        if name.starts_with(['/', '.']) {
            return Err(Failure::Plain(format!("path {name:?} not found")));
        }
        let download = self.download(name, &source)?;
        let path = format!("{}/{}", self.settings.text("HELM_REPOSITORY_CACHE"), download.file);
        self.write_all(&path, &download.bytes)?;
        if arguments.switch("verify") {
            self.verify_download(&download)?;
        }
        Ok(path)
    }

    /// Wants what was downloaded to be signed.
    ///
    /// # Errors
    /// Always: that it is not, in Helm's words, or that signed charts are not simulated.
    pub(super) fn verify_download(&mut self, download: &Download) -> Outcome<()> {
        if self.look_for_signature(download).is_ok() {
            return Err(Failure::NotSimulated("signed charts".to_owned()));
        }
        let signature = format!("{}.prov", download.url);
        Err(Failure::Plain(format!("failed to fetch provenance {signature:?}")))
    }

    /// Looks whether there is a signature for what was downloaded.
    ///
    /// # Errors
    /// That there is none, with Helm's words.
    pub(super) fn look_for_signature(&mut self, download: &Download) -> Outcome<()> {
        if download.url.starts_with(SCHEME) {
            let reference = Reference::parse(&download.url)?;
            let manifest = self.manifest_in_registry(&reference, &download.credentials)?;
            return Ok(registry::signature_digest(&manifest).map(drop)?);
        }
        self.fetch(&format!("{}.prov", download.url), &download.credentials).map(drop)
    }

    /// Downloads a chart.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn download(&mut self, name: &str, source: &Source) -> Outcome<Download> {
        let mut name = name.to_owned();
        let mut given = source.credentials();
        if !source.repository.is_empty() {
            name = self.find_in(&name, source)?;
            let is_meant =
                source.passes_credentials || web::origin(&name) == web::origin(&source.repository);
            given = given.filter(|_| is_meant);
        }
        if name.starts_with(SCHEME) {
            let reference = self.tagged(&name, &source.version, &given)?;
            return self.download_tagged(&reference, given);
        }
        let (url, own) = self.resolve(&name, &source.version)?;
        let credentials = own.or(given);
        let bytes = match web::scheme(&url) {
            "http" | "https" => self.fetch(&url, &credentials)?,
            other => return Err(Failure::Plain(format!("scheme {other:?} not supported"))),
        };
        let path = url.split(['?', '#']).next().unwrap_or(&url);
        let file = opsdrill_sprig::functions::paths::base_of(path).to_owned();
        Ok(Download { file, bytes, url, credentials })
    }

    fn download_tagged(
        &mut self,
        reference: &Reference,
        credentials: Credentials,
    ) -> Outcome<Download> {
        let bytes = self.pull_from_registry(reference, &credentials)?;
        let shown = reference.shown();
        let last = shown.rsplit('/').next().unwrap_or(&shown);
        let file = format!("{}.tgz", last.replacen([':', '@'], "-", 1));
        Ok(Download { file, bytes, url: format!("{SCHEME}{shown}"), credentials })
    }

    /// The address of a chart in the repository that `--repo` names.
    fn find_in(&mut self, name: &str, source: &Source) -> Outcome<String> {
        let url = &source.repository;
        let repository = Repository {
            url: url.clone(),
            username: source.username.clone(),
            password: source.password.clone(),
            passes_credentials: source.passes_credentials,
            ..Repository::default()
        };
        repository.check_scheme()?;
        let doing =
            format!("looks like {url:?} is not a valid chart repository or cannot be reached");
        let index = self.download_index(&repository).map_err(|why| why.while_doing(&doing))?.1;
        let wanted = match source.version.as_str() {
            "" => format!("chart {name:?}"),
            version => format!("chart {name:?} version {version:?}"),
        };
        let found = index
            .get(name, &source.version)
            .map_err(|_| Failure::Plain(format!("{wanted} not found in {url} repository")))?;
        let place = found.urls.first();
        let place =
            place.ok_or_else(|| Failure::Plain(format!("{wanted} has no downloadable URLs")))?;
        Ok(resolved(url, place))
    }

    /// The address that `repository/chart` or an address means, and the credentials of the repository that it is of.
    fn resolve(&mut self, name: &str, version: &str) -> Outcome<(String, Credentials)> {
        let known = self.known_repositories()?.unwrap_or_default();
        if name.contains("://") {
            for repository in &known.all {
                let doing = "no cached repo found. (try 'helm repo update')";
                let index =
                    self.cached_index(&repository.name).map_err(|why| why.while_doing(doing))?;
                let mut places = index.entries.values().flatten().flat_map(|it| &it.urls);
                if places.any(|it| same(it, name)) {
                    return Ok((name.to_owned(), repository.credentials_for(name)));
                }
            }
            return Ok((name.to_owned(), None));
        }
        let Some((repository, chart)) = name.split_once('/') else {
            return Err(Failure::Plain(format!(
                "non-absolute URLs should be in form of repo_name/path_to_chart, got: {name}"
            )));
        };
        let Some(repository) = known.find(repository) else {
            return Err(Failure::Plain(format!("repo {repository} not found")));
        };
        if repository.url.is_empty() {
            let name = &repository.name;
            return Err(Failure::Plain(format!("no URL found for repository {name}")));
        }
        repository.check_scheme()?;
        let doing = "no cached repo found. (try 'helm repo update')";
        let index = self.cached_index(&repository.name).map_err(|why| why.while_doing(doing))?;
        let found = index.get(chart, version).map_err(|why| {
            Failure::Plain(format!(
                "chart {chart:?} matching {version} not found in {} index. (try 'helm repo update'): {why}",
                repository.name
            ))
        })?;
        let Some(place) = found.urls.first() else {
            return Err(Failure::Plain(format!("chart {name:?} has no downloadable URLs")));
        };
        let url = resolved(&repository.url, place);
        let credentials = repository.credentials_for(&url);
        Ok((url, credentials))
    }

    /// Downloads a version of a chart that a dependency names from a registry.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn download_version(
        &mut self,
        repository: &str,
        name: &str,
        version: &str,
    ) -> Outcome<Download> {
        let text =
            format!("{}/{name}:{}", repository.trim_end_matches('/'), registry::tag(version));
        let reference = Reference::parse(&text)?;
        self.download_tagged(&reference, None)
    }
}
