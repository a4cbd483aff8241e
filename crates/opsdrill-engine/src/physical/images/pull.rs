//! Pulling: what a registry answers a node, in the words of containerd as the kubelet passes them on.
//!
//! Texts: recordings 123 (unknown tag) and 124 (refused); the others are those of containerd 1.7's resolver.

use std::fmt::Write;
use std::sync::Arc;

use bevy_ecs::world::World;

use super::reference::Reference;
use super::registry::{
    DOWNLOAD_BYTES_PER_SECOND, Flavour, Registries, Registry, RegistryState, credential_matches,
};
use super::{Image, address_of};
use crate::chance::Chance;
use crate::physical::{Pull, RegistryCredential};

/// A refusal: gRPC code and description without `failed to pull and unpack image "x": `.
struct Refusal {
    code: &'static str,
    text: String,
}

/// Asks the registries for an image.
pub fn pull(
    world: &mut World,
    node: &str,
    image: &str,
    credentials: &[RegistryCredential],
) -> Pull {
    let mut registries = world.resource_mut::<Registries>();
    registries.pulls += 1;
    let pull = registries.pulls;
    let bandwidth = registries.bandwidth.get(node).copied().unwrap_or(DOWNLOAD_BYTES_PER_SECOND);
    let chance = world.resource::<Chance>();
    let key = format!("{node} {image} {pull}");
    // Asking takes a few round trips; the download varies with what else the line carries.
    let ask_ms = chance.between("pull-ask", &key, 220, 640);
    let load_percent = chance.between("pull-load", &key, 85, 140);
    let reference = match Reference::parse(image) {
        Ok(reference) => reference,
        Err(complaint) => {
            let message = format!(
                "Failed to apply default image tag {image:?}: couldn't parse image name {image:?}: {complaint}"
            );
            return Pull::Failed { after_ms: 0, message };
        }
    };
    match resolve(world.resource::<Registries>(), &reference, credentials) {
        Ok(image) => {
            let download_ms = image.size * 10 * load_percent / bandwidth.max(1);
            let pulled = Pull::Pulled {
                after_ms: ask_ms + download_ms,
                size: image.size,
                digest: image.digest.clone(),
            };
            let mut registries = world.resource_mut::<Registries>();
            let images = registries.on_nodes.entry(node.into(), Default::default);
            images.insert(reference.to_string(), image);
            pulled
        }
        Err(message) => Pull::Failed { after_ms: ask_ms, message },
    }
}

/// Tries every credential that is meant for the image, or none at all.
fn resolve(
    registries: &Registries,
    reference: &Reference,
    credentials: &[RegistryCredential],
) -> Result<Arc<Image>, String> {
    let matching: Vec<_> =
        credentials.iter().filter(|it| credential_matches(it, reference)).collect();
    let tries: Vec<Option<&RegistryCredential>> =
        if matching.is_empty() { vec![None] } else { matching.into_iter().map(Some).collect() };
    let mut refusals: Vec<String> = Vec::new();
    for credential in tries {
        match ask(registries, reference, credential) {
            Ok(image) => return Ok(image),
            Err(Refusal { code, text }) => {
                let text = format!(
                    "rpc error: code = {code} desc = failed to pull and unpack image \"{reference}\": {text}"
                );
                if !refusals.contains(&text) {
                    refusals.push(text);
                }
            }
        }
    }
    // Several secrets, several complaints: the kubelet's aggregate of errors.
    Err(if refusals.len() == 1 { refusals.remove(0) } else { format!("[{}]", refusals.join(", ")) })
}

fn ask(
    registries: &Registries,
    reference: &Reference,
    credential: Option<&RegistryCredential>,
) -> Result<Arc<Image>, Refusal> {
    let not_resolved = |code, text: &str| Refusal {
        code,
        text: format!("failed to resolve reference \"{reference}\": {text}"),
    };
    let url = manifest_url(reference);
    let no_host = || {
        let host = endpoint(&reference.host);
        let name = host.split(':').next().unwrap_or(host);
        let text =
            format!("failed to do request: Head \"{url}\": dial tcp: lookup {name}: no such host");
        not_resolved("Unknown", &text)
    };
    let registry = registries.by_host.get(&reference.host).ok_or_else(no_host)?;
    match registry.state {
        RegistryState::Unresolvable => return Err(no_host()),
        RegistryState::Down => {
            let port = reference.host.split_once(':').map_or("443", |(_, port)| port);
            let text = format!(
                "failed to do request: Head \"{url}\": dial tcp {}:{port}: connect: connection refused",
                address_of(&reference.host)
            );
            return Err(not_resolved("Unknown", &text));
        }
        RegistryState::Up | RegistryState::RateLimited => {}
    }
    authorize(registry, reference, credential).map_err(|text| not_resolved("Unknown", &text))?;
    let Some(image) = registry.find(reference) else {
        let unknown_repository = !registry.repositories.contains_key(&reference.repository);
        if unknown_repository && let Some(text) = concealed(registry, reference, credential) {
            return Err(not_resolved("Unknown", &text));
        }
        return Err(not_resolved("NotFound", &format!("{reference}: not found")));
    };
    if registry.state == RegistryState::RateLimited {
        return Err(Refusal { code: "Unknown", text: rate_limit(reference, &image) });
    }
    if !matches!(image.platform.as_str(), "" | "linux/amd64") {
        let text = "no match for platform in manifest: not found".to_owned();
        return Err(Refusal { code: "NotFound", text });
    }
    Ok(image)
}

/// Whether a registry with credentials lets this one in.
fn authorize(
    registry: &Registry,
    reference: &Reference,
    credential: Option<&RegistryCredential>,
) -> Result<(), String> {
    let Some((user, password)) = &registry.credentials else { return Ok(()) };
    match credential {
        None => Err(DENIED.to_owned()),
        Some(it) if it.username == *user && it.password == *password => Ok(()),
        Some(it) => {
            let (realm, service) = match reference.host.as_str() {
                "docker.io" => ("auth.docker.io/token".to_owned(), "registry.docker.io"),
                host => (format!("{host}/service/token"), "harbor-registry"),
            };
            Err(format!(
                "failed to authorize: failed to fetch oauth token: unexpected status from GET request to \
                 https://{realm}?account={}&scope={}&service={service}: 401 Unauthorized",
                query_escape(&it.username),
                scope(reference),
            ))
        }
    }
}

const DENIED: &str = "pull access denied, repository does not exist or may require authorization: server message: \
                      insufficient_scope: authorization failed";

/// What a registry says of a repository that does not exist, if it does not tell that from a private one.
fn concealed(
    registry: &Registry,
    reference: &Reference,
    credential: Option<&RegistryCredential>,
) -> Option<String> {
    match registry.flavour {
        Flavour::Open => None,
        // Who has logged in to a private registry may know what is there.
        Flavour::Token if registry.credentials.is_some() && credential.is_some() => None,
        Flavour::Token => Some(DENIED.to_owned()),
        Flavour::Quay => Some(format!(
            "unexpected status from HEAD request to {}: 401 UNAUTHORIZED",
            manifest_url(reference)
        )),
        Flavour::Github => Some(format!(
            "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to \
             https://{host}/token?scope={scope}&service={host}: 403 Forbidden",
            host = reference.host,
            scope = scope(reference),
        )),
    }
}

fn rate_limit(reference: &Reference, image: &Image) -> String {
    let url = format!(
        "https://{}/v2/{}/manifests/{}",
        endpoint(&reference.host),
        reference.repository,
        image.digest
    );
    let message = if reference.host == "docker.io" {
        " - Server message: toomanyrequests: You have reached your pull rate limit. You may increase the limit by \
         authenticating and upgrading: https://www.docker.com/increase-rate-limit"
    } else {
        ""
    };
    format!(
        "failed to copy: httpReadSeeker: failed open: unexpected status code {url}: 429 Too Many Requests{message}"
    )
}

/// Where a registry's API really is.
fn endpoint(host: &str) -> &str {
    if host == "docker.io" { "registry-1.docker.io" } else { host }
}

fn manifest_url(reference: &Reference) -> String {
    let host = endpoint(&reference.host);
    format!("https://{host}/v2/{}/manifests/{}", reference.repository, reference.object())
}

fn scope(reference: &Reference) -> String {
    query_escape(&format!("repository:{}:pull", reference.repository))
}

/// Escapes as Go's `url.QueryEscape`.
fn query_escape(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(byte as char);
            }
            b' ' => out.push('+'),
            _ => write!(out, "%{byte:02X}").expect("a text takes everything"),
        }
    }
    out
}
