//! Registries: who keeps which images, who may have them, and what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bevy_ecs::resource::Resource;

use super::image::Image;
use super::public;
use super::reference::Reference;
use crate::lookup::Lookup;
use crate::physical::RegistryCredential;

/// What a scenario says about a private registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrySpec {
    /// Host, with port if it is not 443.
    pub host: String,
    /// The one user and password that may pull; `None` means that everybody may.
    pub credentials: Option<(String, String)>,
}

/// Whether a registry can be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegistryState {
    /// It works.
    #[default]
    Up,
    /// Its machine is there, but nothing listens.
    Down,
    /// Its name does not resolve.
    Unresolvable,
    /// It answers `429 Too Many Requests`.
    RateLimited,
}

/// How a registry refuses what it does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    /// Docker Hub, and private registries that hand out tokens (Harbor and its like).
    Token,
    /// quay.io: 401 for what is not public.
    Quay,
    /// ghcr.io: no token for what is not public.
    Github,
    /// A registry without any authorisation.
    Open,
}

/// A registry.
#[derive(Clone, Debug)]
pub(super) struct Registry {
    pub(super) credentials: Option<(String, String)>,
    pub(super) state: RegistryState,
    pub(super) flavour: Flavour,
    /// By repository and tag.
    pub(super) repositories: BTreeMap<String, BTreeMap<String, Arc<Image>>>,
    /// The repositories of the real world: their digests are not known here.
    well_known: BTreeSet<String>,
}

impl Registry {
    fn new(flavour: Flavour) -> Self {
        Self {
            credentials: None,
            state: RegistryState::Up,
            flavour,
            repositories: BTreeMap::new(),
            well_known: BTreeSet::new(),
        }
    }

    /// Whether a repository is one of the real world.
    pub(super) fn is_well_known(&self, repository: &str) -> bool {
        self.well_known.contains(repository)
    }

    /// The image that a name stands for here.
    pub(super) fn find(&self, reference: &Reference) -> Option<Arc<Image>> {
        let tags = self.repositories.get(&reference.repository)?;
        let Some(digest) = &reference.digest else {
            return tags.get(reference.object()).cloned();
        };
        let own = tags.values().find(|it| it.digest == *digest).cloned();
        own.or_else(|| self.pinned(reference, digest, tags))
    }

    /// Public manifests pin real digests. Whoever does so means an image that was there once: that of the tag beside it.
    fn pinned(
        &self,
        reference: &Reference,
        digest: &str,
        tags: &BTreeMap<String, Arc<Image>>,
    ) -> Option<Arc<Image>> {
        if !self.well_known.contains(&reference.repository) {
            return None;
        }
        let image = match &reference.tag {
            Some(tag) => tags.get(tag)?,
            None => tags.get("latest").or_else(|| tags.values().next_back())?,
        };
        Some(Arc::new(Image { digest: digest.to_owned(), ..(**image).clone() }))
    }
}

/// All registries, what was ever in them, and what the nodes have pulled.
#[derive(Resource, Debug)]
pub struct Registries {
    pub(super) by_host: BTreeMap<String, Registry>,
    /// The last content of every name, also of removed tags: containers that run know their image.
    known: BTreeMap<String, Arc<Image>>,
    /// By node and full name.
    pub(super) on_nodes: Lookup<Arc<str>, BTreeMap<String, Arc<Image>>>,
    /// Bytes per second from registries to a node, where it is not [`DOWNLOAD_BYTES_PER_SECOND`].
    pub(super) bandwidth: BTreeMap<Arc<str>, u64>,
    /// How many pulls there were: no two take equally long.
    pub(super) pulls: u64,
}

/// What a node downloads in a second, unpacking included: an ordinary cloud machine.
pub const DOWNLOAD_BYTES_PER_SECOND: u64 = 48_000_000;

impl Default for Registries {
    fn default() -> Self {
        let hosts = [
            ("docker.io", Flavour::Token),
            ("quay.io", Flavour::Quay),
            ("ghcr.io", Flavour::Github),
            ("registry.k8s.io", Flavour::Open),
        ];
        let by_host = hosts.map(|(host, flavour)| (host.to_owned(), Registry::new(flavour)));
        let mut registries = Self {
            by_host: by_host.into(),
            known: BTreeMap::new(),
            on_nodes: Lookup::default(),
            bandwidth: BTreeMap::new(),
            pulls: 0,
        };
        for (tags, mut image) in public::images() {
            let reference = Reference::parse(&image.reference).expect("rows hold valid names");
            image.digest = image.content_digest();
            registries.push(&reference, tags, Arc::new(image));
            if let Some(registry) = registries.by_host.get_mut(&reference.host) {
                registry.well_known.insert(reference.repository);
            }
        }
        registries
    }
}

impl Registries {
    /// Adds a registry, or changes who may pull from one that is there.
    pub(super) fn add(&mut self, spec: RegistrySpec) {
        let flavour = if spec.credentials.is_some() { Flavour::Token } else { Flavour::Open };
        let registry = self.by_host.entry(spec.host).or_insert_with(|| Registry::new(flavour));
        registry.credentials = spec.credentials;
    }

    /// Puts an image under tags of a repository; its registry comes to be if it is not there.
    pub(super) fn push(&mut self, reference: &Reference, tags: &[&str], image: Arc<Image>) {
        let registry = self
            .by_host
            .entry(reference.host.clone())
            .or_insert_with(|| Registry::new(Flavour::Open));
        let repository = registry.repositories.entry(reference.repository.clone()).or_default();
        for tag in tags {
            repository.insert((*tag).to_owned(), image.clone());
            self.known.insert(format!("{}:{tag}", reference.name()), image.clone());
        }
        self.known.insert(format!("{}@{}", reference.name(), image.digest), image);
    }

    /// Takes a tag away; false if it is not there.
    pub(super) fn remove_tag(&mut self, reference: &Reference) -> bool {
        let registry = self.by_host.get_mut(&reference.host);
        let tags = registry.and_then(|it| it.repositories.get_mut(&reference.repository));
        tags.is_some_and(|it| it.remove(reference.object()).is_some())
    }

    /// The image that a name stands for, or last stood for.
    pub(super) fn find(&self, reference: &Reference) -> Option<Arc<Image>> {
        let registry = self.by_host.get(&reference.host);
        let name = match &reference.digest {
            Some(digest) => format!("{}@{digest}", reference.name()),
            None => reference.to_string(),
        };
        registry.and_then(|it| it.find(reference)).or_else(|| self.known.get(&name).cloned())
    }
}

/// Whether a pull secret's entry is meant for an image, by the kubelet's rules: scheme and `/v1/`, `/v2/` do not count,
/// `*` stands for one label of the host, a path is a prefix.
pub(super) fn credential_matches(credential: &RegistryCredential, reference: &Reference) -> bool {
    let text = credential.registry.as_str();
    let text = text.strip_prefix("https://").or(text.strip_prefix("http://")).unwrap_or(text);
    let (host, path) = text.split_once('/').unwrap_or((text, ""));
    let path = path.trim_end_matches('/');
    let path = if matches!(path, "v1" | "v2") { "" } else { path };
    let host = if host == "index.docker.io" { "docker.io" } else { host };
    let (pattern, wanted): (Vec<_>, Vec<_>) =
        (host.split('.').collect(), reference.host.split('.').collect());
    let same = pattern.len() == wanted.len()
        && pattern.iter().zip(&wanted).all(|(pattern, label)| label_matches(pattern, label));
    same && reference.repository.starts_with(path)
}

/// Matches one label of a host against a pattern with any number of `*`.
fn label_matches(pattern: &str, label: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == label };
    let Some(mut remainder) = label.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return remainder.ends_with(part);
        }
        let Some(place) = remainder.find(part) else { return false };
        remainder = &remainder[place + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_match_hosts_as_the_kubelet_matches_them() {
        let check = |registry: &str, image: &str| {
            let credential = RegistryCredential {
                registry: registry.to_owned(),
                username: String::new(),
                password: String::new(),
            };
            credential_matches(&credential, &Reference::parse(image).expect("a valid name"))
        };
        assert!(check("registry.example.com", "registry.example.com/shop/cart:1"));
        assert!(check("https://registry.example.com/v2/", "registry.example.com/shop/cart:1"));
        assert!(check("https://index.docker.io/v1/", "acme/app"));
        assert!(check("*.example.com", "registry.example.com/shop/cart"));
        assert!(check("registry.example.com/shop", "registry.example.com/shop/cart"));
        assert!(!check("registry.example.com/other", "registry.example.com/shop/cart"));
        assert!(!check("*.example.com", "a.b.example.com/shop/cart"));
        assert!(!check("registry.example.com", "registry.example.com:5000/shop/cart"));
    }
}
