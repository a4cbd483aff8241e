//! Registries, as clients of the OCI meet them: tags, charts, and the logins of `registry/config.json`.

use opsdrill_helm::repository::registry::{self, Artifact};
use serde_json::{Map, Value, json};

use crate::door::WebReply;

use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::repositories::NO_FILE;
use super::web::{self, Credentials, status_text};

/// How the addresses of charts in registries begin.
pub(super) const SCHEME: &str = "oci://";

/// A chart in a registry: `registry.company.com/charts/web:0.1.0`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reference {
    host: String,
    repository: String,
    /// Its tag; empty if there is none.
    pub(super) tag: String,
    /// Its digest; empty if there is none.
    digest: String,
}

impl Reference {
    /// Reads a reference, with `oci://` or without.
    ///
    /// # Errors
    /// With the words of the library that Helm uses.
    pub(super) fn parse(text: &str) -> Outcome<Self> {
        let invalid = |what: String| Failure::Plain(format!("invalid reference: {what}"));
        let rest = text.strip_prefix(SCHEME).unwrap_or(text);
        let Some((host, path)) = rest.split_once('/') else {
            return Err(invalid("missing registry or repository".to_owned()));
        };
        let (path, digest) = path.split_once('@').unwrap_or((path, ""));
        let (repository, tag) = path.split_once(':').unwrap_or((path, ""));
        let is_part = |it: &str| {
            !it.is_empty()
                && it.bytes().all(|it| {
                    it.is_ascii_lowercase() || it.is_ascii_digit() || b"._-".contains(&it)
                })
        };
        // A registry is never asked for by an address that names a user.
        if host.is_empty() || host.contains(|it: char| it.is_whitespace() || it == '@') {
            return Err(invalid(format!("invalid registry {host:?}")));
        }
        if !repository.split('/').all(is_part) {
            return Err(invalid(format!("invalid repository {repository:?}")));
        }
        let tag = registry::tag(tag);
        let is_letter = |it: u8| it.is_ascii_alphanumeric() || b"_.-".contains(&it);
        if tag.len() > 128 || tag.starts_with(['.', '-']) || !tag.bytes().all(is_letter) {
            return Err(invalid(format!("invalid tag {tag:?}")));
        }
        let (host, repository) = (host.to_owned(), repository.to_owned());
        Ok(Self { host, repository, tag, digest: digest.to_owned() })
    }

    fn address(&self, what: &str) -> String {
        format!("https://{}/v2/{}/{what}", self.host, self.repository)
    }

    /// As it is shown.
    pub(super) fn shown(&self) -> String {
        let Self { host, repository, tag, digest } = self;
        match tag.as_str() {
            "" if digest.is_empty() => format!("{host}/{repository}"),
            "" => format!("{host}/{repository}@{digest}"),
            tag => format!("{host}/{repository}:{tag}"),
        }
    }
}

/// The logins that are kept, by host.
#[derive(Clone, Debug, Default)]
struct Logins {
    auths: Map<String, Value>,
    rest: Map<String, Value>,
}

/// What Helm warns of where a plus sign cannot stand in a tag.
const UNDERSCORE: &str = "\nOCI artifact references (e.g. tags) do not support the plus sign (+). To support\nstoring semantic versions, Helm adopts the convention of changing plus (+) to\nan underscore (_) in chart version tags when pushing to a registry and back to\na plus (+) when pulling from a registry.\n";

/// A complaint of a registry, as the library words it.
fn refused(method: &str, url: &str, reply: &WebReply) -> Failure {
    let document: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let errors = document.get("errors").and_then(Value::as_array).into_iter().flatten();
    let said: Vec<String> = errors.map(complaint).collect();
    let said = if said.is_empty() { status_text(reply.status).to_owned() } else { said.join("; ") };
    Failure::Plain(format!("{method} {url:?}: response status code {}: {said}", reply.status))
}

fn while_performing(what: &str, why: Failure) -> Failure {
    why.while_doing(&format!("failed to perform {what:?} on source"))
}

fn complaint(error: &Value) -> String {
    let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
    let code = text("code").replace('_', " ").to_lowercase();
    match (text("message"), error.get("detail").filter(|it| !it.is_null())) {
        ("", _) => code,
        (message, None) => format!("{code}: {message}"),
        (message, Some(detail)) => {
            let fields = detail.as_object().into_iter().flatten();
            let pairs: Vec<String> = fields
                .map(|(key, it)| format!("{key}:{}", it.as_str().unwrap_or_default()))
                .collect();
            format!("{code}: {message}: map[{}]", pairs.join(" "))
        }
    }
}

impl Helm<'_> {
    fn logins(&self) -> Logins {
        let path = self.settings.text("HELM_REGISTRY_CONFIG");
        let bytes = self.kube.surroundings.read(path).unwrap_or_default();
        let document: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let mut rest = document.as_object().cloned().unwrap_or_default();
        let auths = rest.remove("auths").and_then(|it| it.as_object().cloned());
        Logins { auths: auths.unwrap_or_default(), rest }
    }

    fn keep_logins(&mut self, logins: Logins) -> Outcome<()> {
        let Logins { auths, mut rest } = logins;
        rest.insert("auths".to_owned(), Value::Object(auths));
        let mut text = Vec::new();
        let form = serde_json::ser::PrettyFormatter::with_indent(b"\t");
        let mut writer = serde_json::Serializer::with_formatter(&mut text, form);
        serde::Serialize::serialize(&Value::Object(rest), &mut writer)
            .expect("documents can be written");
        let path = self.settings.text("HELM_REGISTRY_CONFIG").to_owned();
        self.write_all(&path, &text)
    }

    fn login_for(&self, host: &str) -> Credentials {
        let logins = self.logins();
        let text = logins.auths.get(host)?.get("auth")?.as_str()?;
        let text = String::from_utf8(opsdrill_helm::release::packed::from_base64(text)?).ok()?;
        let (user, password) = text.split_once(':')?;
        web::credentials(user, password)
    }

    /// Asks a registry, first without credentials, as the library does.
    fn ask_registry(
        &mut self,
        method: &'static str,
        host: &str,
        url: &str,
        given: &Credentials,
        body: Vec<u8>,
    ) -> Outcome<WebReply> {
        let reply = self.send(method, url, &None, body.clone())?;
        if reply.status != 401 {
            return Ok(reply);
        }
        let credentials = given.clone().or_else(|| self.login_for(host));
        if credentials.is_none() {
            return Err(Failure::Plain(format!("{method} {url:?}: basic credential not found")));
        }
        self.send(method, url, &credentials, body)
    }

    /// The versions that a registry has of a chart, newest first.
    ///
    /// # Errors
    /// With the words of the library.
    pub(super) fn versions_in_registry(
        &mut self,
        reference: &Reference,
        given: &Credentials,
    ) -> Outcome<Vec<String>> {
        let url = reference.address("tags/list");
        let reply = self.ask_registry("GET", &reference.host, &url, given, Vec::new())?;
        if reply.status != 200 {
            return Err(refused("GET", &url, &reply));
        }
        let document: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let tags = document.get("tags").and_then(Value::as_array).into_iter().flatten();
        let tags: Vec<String> = tags.filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(registry::versions(&tags))
    }

    /// Finds out which version of a chart is meant.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn tagged(
        &mut self,
        text: &str,
        version: &str,
        given: &Credentials,
    ) -> Outcome<Reference> {
        let mut reference = Reference::parse(text)?;
        let tag = registry::tag(version);
        if !version.is_empty() && !reference.tag.is_empty() && reference.tag != tag {
            return Err(Failure::Plain(format!(
                "chart reference and version mismatch: {version} is not {}",
                reference.tag
            )));
        }
        if version.is_empty() && !reference.digest.is_empty() {
            return Ok(reference);
        }
        let wanted = if version.is_empty() { reference.tag.clone() } else { version.to_owned() };
        if opsdrill_sprig::version::Version::parse(&wanted).is_ok() {
            reference.tag = registry::tag(&wanted);
            return Ok(reference);
        }
        reference.tag.clear();
        let versions = self.versions_in_registry(&reference, given)?;
        if versions.is_empty() {
            return Err(Failure::Plain(format!(
                "Unable to locate any tags in provided repository: {text}"
            )));
        }
        reference.tag = registry::tag(&registry::matching(&versions, &wanted)?);
        Ok(reference)
    }

    /// Gets a chart's archive from a registry.
    ///
    /// # Errors
    /// With the words of Helm and of the library.
    pub(super) fn pull_from_registry(
        &mut self,
        reference: &Reference,
        given: &Credentials,
    ) -> Outcome<Vec<u8>> {
        let manifest = self.manifest_in_registry(reference, given)?;
        let layer = registry::archive_digest(&manifest)?;
        let url = reference.address(&format!("blobs/{layer}"));
        let blob = self
            .ask_registry("GET", &reference.host, &url, given, Vec::new())
            .and_then(|reply| match reply.status {
                200 => Ok(reply.body),
                404 => Err(Failure::Plain(format!("{layer}: not found"))),
                _ => Err(refused("GET", &url, &reply)),
            })
            .map_err(|why| while_performing("Fetch", why))?;
        self.tell_of("Pulled", reference, &manifest);
        Ok(blob)
    }

    /// Gets the manifest that says what a chart is made of.
    ///
    /// # Errors
    /// With the words of the library.
    pub(super) fn manifest_in_registry(
        &mut self,
        reference: &Reference,
        given: &Credentials,
    ) -> Outcome<Vec<u8>> {
        let name = if reference.tag.is_empty() { &reference.digest } else { &reference.tag };
        let url = reference.address(&format!("manifests/{name}"));
        self.ask_registry("GET", &reference.host, &url, given, Vec::new())
            .and_then(|reply| match reply.status {
                200 => Ok(reply.body),
                404 => Err(Failure::Plain(format!("{}: not found", reference.shown()))),
                _ => Err(refused("GET", &url, &reply)),
            })
            .map_err(|why| while_performing("FetchReference", why))
    }

    /// Sends a chart to a registry.
    ///
    /// # Errors
    /// With the words of the library.
    pub(super) fn push_to_registry(
        &mut self,
        reference: &Reference,
        artifact: &Artifact,
        given: &Credentials,
    ) -> Outcome<()> {
        let digest = registry::digest(&artifact.manifest);
        let look = reference.address(&format!("manifests/{digest}"));
        let reply = self
            .ask_registry("HEAD", &reference.host, &look, given, Vec::new())
            .and_then(|reply| match reply.status {
                200 | 404 => Ok(reply),
                status => Err(refused("HEAD", &look, &WebReply { status, ..WebReply::default() })),
            })
            .map_err(|why| why.while_doing("failed to perform \"Exists\" on destination"))?;
        drop(reply);
        let blobs = artifact
            .blobs
            .iter()
            .map(|it| (reference.address(&format!("blobs/{}", registry::digest(it))), it.clone()));
        let manifest = reference.address(&format!("manifests/{}", reference.tag));
        for (url, body) in blobs.chain([(manifest, artifact.manifest.clone())]) {
            let reply = self.ask_registry("PUT", &reference.host, &url, given, body)?;
            if reply.status >= 300 {
                let why = refused("PUT", &url, &reply);
                return Err(why.while_doing("failed to perform \"Push\" on destination"));
            }
        }
        self.tell_of("Pushed", reference, &artifact.manifest);
        Ok(())
    }

    fn tell_of(&mut self, what: &str, reference: &Reference, manifest: &[u8]) {
        let shown = reference.shown();
        let digest = registry::digest(manifest);
        self.err(&format!("{what}: {shown}\nDigest: {digest}\n"));
        if reference.tag.contains('_') {
            self.err(&format!("{shown} contains an underscore.\n{UNDERSCORE}\n"));
        }
    }

    /// Logs in to a registry.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn log_in(&mut self, host: &str, user: &str, password: &str) -> Outcome<()> {
        let url = format!("https://{host}/v2/");
        let credentials = Some((user.to_owned(), password.to_owned()));
        let doing = format!("authenticating to {host:?}");
        let reply = self.send("GET", &url, &credentials, Vec::new());
        let reply = reply.map_err(|why| why.while_doing(&doing))?;
        if reply.status != 200 {
            return Err(refused("GET", &url, &reply).while_doing(&doing));
        }
        let mut logins = self.logins();
        let auth = opsdrill_helm::release::packed::base64(format!("{user}:{password}").as_bytes());
        logins.auths.insert(host.to_owned(), json!({ "auth": auth }));
        self.keep_logins(logins)?;
        self.err("Login Succeeded\n");
        Ok(())
    }

    /// Logs out of a registry.
    ///
    /// # Errors
    /// When the disk is full.
    pub(super) fn log_out(&mut self, host: &str) -> Outcome<()> {
        let mut logins = self.logins();
        if logins.auths.remove(host).is_some() {
            self.keep_logins(logins)?;
        }
        self.err(&format!("Removing login credentials for {host}\n"));
        Ok(())
    }

    /// Whether there is a file of logins that is none.
    pub(super) fn check_logins(&self) -> Outcome<()> {
        let path = self.settings.text("HELM_REGISTRY_CONFIG");
        match self.kube.surroundings.read(path) {
            Err(why) if why.0 == NO_FILE => Ok(()),
            Ok(bytes) if bytes.is_empty() => Ok(()),
            Ok(bytes) => match serde_json::from_slice::<Map<String, Value>>(&bytes) {
                Ok(_) => Ok(()),
                Err(_) => Err(Failure::Plain(format!(
                    "missing registry client: failed to decode config file at {path}: invalid config format"
                ))),
            },
            Err(why) => Err(Failure::Plain(format!(
                "missing registry client: failed to open config file at {path}: open {path}: {}",
                why.0
            ))),
        }
    }
}
