//! The repositories that the trainee's Helm knows: `repositories.yaml`, and the indexes in its cache.

use opsdrill_helm::repository::index::{Index, Read};
use opsdrill_helm::repository::resolved;
use opsdrill_objects::yaml;
use serde_json::{Map, Value, json};

use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::web::{self, Credentials};

/// What Go says of a file that is not there.
pub(super) const NO_FILE: &str = "no such file or directory";

/// When Go's time began.
const ZERO_TIME: &str = "0001-01-01T00:00:00Z";

/// A repository that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Repository {
    /// Its name here.
    pub(super) name: String,
    /// Its address.
    pub(super) url: String,
    /// The user.
    pub(super) username: String,
    /// The user's password.
    pub(super) password: String,
    /// Whether any certificate is believed.
    pub(super) is_insecure: bool,
    /// Whether the password is for other hosts, too.
    pub(super) passes_credentials: bool,
}

impl Repository {
    fn read(document: &Value) -> Self {
        let text =
            |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let truth = |key: &str| document.get(key).and_then(Value::as_bool).unwrap_or_default();
        Self {
            name: text("name"),
            url: text("url"),
            username: text("username"),
            password: text("password"),
            is_insecure: truth("insecure_skip_tls_verify"),
            passes_credentials: truth("pass_credentials_all"),
        }
    }

    fn document(&self) -> Value {
        json!({
            "caFile": "",
            "certFile": "",
            "insecure_skip_tls_verify": self.is_insecure,
            "keyFile": "",
            "name": self.name,
            "pass_credentials_all": self.passes_credentials,
            "password": self.password,
            "url": self.url,
            "username": self.username,
        })
    }

    /// The credentials for an address.
    pub(super) fn credentials_for(&self, url: &str) -> Credentials {
        let is_meant = self.passes_credentials || web::origin(url) == web::origin(&self.url);
        web::credentials(&self.username, &self.password).filter(|_| is_meant)
    }

    /// Looks whether Helm can ask such an address.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn check_scheme(&self) -> Outcome<()> {
        if self.url.contains(char::is_whitespace) {
            return Err(Failure::Plain(format!("invalid chart URL format: {}", self.url)));
        }
        match web::scheme(&self.url) {
            "http" | "https" => Ok(()),
            "oci" => Err(Failure::NotSimulated(format!("a repository at {}", self.url))),
            other => Err(Failure::Plain(format!("could not find protocol handler for: {other}"))),
        }
    }
}

/// `repositories.yaml`.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// All repositories, in the order in which they were added.
    pub(super) all: Vec<Repository>,
    /// What else is in the file.
    rest: Map<String, Value>,
}

impl Known {
    /// A repository by its name.
    pub(super) fn find(&self, name: &str) -> Option<&Repository> {
        self.all.iter().find(|it| it.name == name)
    }

    /// Adds a repository, or takes the place of the one of its name.
    pub(super) fn update(&mut self, repository: Repository) {
        match self.all.iter_mut().find(|it| it.name == repository.name) {
            Some(known) => *known = repository,
            None => self.all.push(repository),
        }
    }

    fn to_yaml(&self) -> String {
        let text = |key: &str, default: &str| {
            self.rest.get(key).cloned().unwrap_or_else(|| default.into())
        };
        yaml::to_yaml(&json!({
            "apiVersion": text("apiVersion", ""),
            "generated": text("generated", ZERO_TIME),
            "repositories": self.all.iter().map(Repository::document).collect::<Vec<_>>(),
        }))
    }
}

impl Helm<'_> {
    /// The repositories that are known; `None` if there is no such file yet.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn known_repositories(&self) -> Outcome<Option<Known>> {
        let path = self.settings.text("HELM_REPOSITORY_CONFIG");
        let bytes = match self.kube.surroundings.read(path) {
            Ok(bytes) => bytes,
            Err(why) if why.0 == NO_FILE => return Ok(None),
            Err(why) => {
                return Err(Failure::Plain(format!(
                    "couldn't load repositories file ({path}): open {path}: {}",
                    why.0
                )));
            }
        };
        let document = yaml::parse_document(&String::from_utf8_lossy(&bytes))
            .map_err(|why| Failure::Plain(why.to_string()))?;
        let mut rest = match document.value {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let all = rest.remove("repositories").unwrap_or_default();
        let all = all.as_array().into_iter().flatten().map(Repository::read).collect();
        Ok(Some(Known { all, rest }))
    }

    /// Writes the repositories that are known.
    ///
    /// # Errors
    /// When the disk is full.
    pub(super) fn keep_repositories(&mut self, known: &Known) -> Outcome<()> {
        let path = self.settings.text("HELM_REPOSITORY_CONFIG").to_owned();
        self.write_all(&path, known.to_yaml().as_bytes())
    }

    /// The path in the cache of what a repository's charts are called, or of its index.
    fn in_cache(&self, name: &str, what: &str) -> String {
        format!("{}/{name}-{what}", self.settings.text("HELM_REPOSITORY_CACHE"))
    }

    /// Gets a repository's index, and keeps it in the cache.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn update_repository(&mut self, repository: &Repository) -> Outcome<()> {
        let (text, index) = self.download_index(repository)?;
        let names: String = index.entries.keys().map(|it| format!("{it}\n")).collect();
        let (charts, file) = (
            self.in_cache(&repository.name, "charts.txt"),
            self.in_cache(&repository.name, "index.yaml"),
        );
        self.write_all(&charts, names.as_bytes())?;
        self.write_all(&file, text.as_bytes())
    }

    /// A repository's index as it is now.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn download_index(&mut self, repository: &Repository) -> Outcome<(String, Index)> {
        let url = resolved(&repository.url, "index.yaml");
        let bytes = self.fetch(&url, &repository.credentials_for(&url))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let read = Index::read(&text, &repository.url)?;
        let index = self.noted(read);
        Ok((text, index))
    }

    /// A repository's index in the cache.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn cached_index(&mut self, name: &str) -> Outcome<Index> {
        let path = self.in_cache(name, "index.yaml");
        let bytes = self.kube.surroundings.read(&path);
        let bytes = bytes.map_err(|why| Failure::Plain(format!("open {path}: {}", why.0)))?;
        let read = Index::read(&String::from_utf8_lossy(&bytes), &path)
            .map_err(|why| Failure::Plain(format!("error loading {path}: {why}")))?;
        Ok(self.noted(read))
    }

    /// The index, what was odd in it being said as Helm's log does.
    fn noted(&mut self, read: Read) -> Index {
        for note in &read.notes {
            self.err(&format!("{note}\n"));
        }
        read.index
    }

    /// Forgets what is in the cache of a repository.
    pub(super) fn forget_index(&mut self, name: &str) {
        for what in ["charts.txt", "index.yaml"] {
            let path = self.in_cache(name, what);
            // What is not there need not go.
            let _ = self.kube.surroundings.remove(&path);
        }
    }

    /// Gets the indexes of repositories, and says of each how that went; answers the addresses of those that failed.
    pub(super) fn update_repositories(&mut self, repositories: &[Repository]) -> Vec<String> {
        let mut failed = Vec::new();
        for repository in repositories {
            let Repository { name, url, .. } = repository;
            // Those that nobody has named are called by their address.
            let is_own = name.starts_with(MANAGED);
            let text = match self.update_repository(repository) {
                Ok(()) => {
                    let shown = if is_own { url } else { name };
                    format!("...Successfully got an update from the {shown:?} chart repository\n")
                }
                Err(why) => {
                    failed.push(url.clone());
                    let shown = if is_own { format!("{url:?}") } else { format!("{name:?}") };
                    let place = if is_own { String::new() } else { format!(" ({url})") };
                    format!(
                        "...Unable to get an update from the {shown} chart repository{place}:\n\t{}\n",
                        why.text()
                    )
                }
            };
            self.out(&text);
        }
        failed
    }
}

/// How the names begin of repositories that nobody has named.
pub(super) const MANAGED: &str = "helm-manager-";
