//! A registry as the OCI's distribution specification describes it: repositories with manifests and blobs by their
//! digests, and tags that point to manifests.
//!
//! An upload is one `PUT` of the whole blob to its digest; in parts (`POST`, `PATCH`) nothing can be sent.

use std::collections::BTreeMap;

use opsdrill_helm::repository::registry::{Artifact, digest, manifest_type};
use opsdrill_shell::door::{WebReply, WebRequest};
use serde_json::{Value, json};

use super::{refused_method, status};

/// The most bytes that a registry keeps.
const BYTES_MAX: usize = 64 << 20;
/// The most repositories of a registry, and the most tags, manifests and blobs of one of them.
const REPOSITORIES_MAX: usize = 1_000;
const ENTRIES_MAX: usize = 1_000;
/// The longest name of a repository (distribution's own bound) and the longest tag (the specification's).
const NAME_LENGTH_MAX: usize = 255;
const TAG_LENGTH_MAX: usize = 128;

/// A registry.
#[derive(Debug, Default)]
pub(super) struct Registry {
    /// By their names.
    repositories: BTreeMap<String, Repository>,
}

/// What a registry keeps of one chart.
#[derive(Debug, Default)]
struct Repository {
    /// Digests of manifests.
    tags: BTreeMap<String, String>,
    /// By digest.
    manifests: BTreeMap<String, Vec<u8>>,
    /// By digest: configurations and archives.
    blobs: BTreeMap<String, Vec<u8>>,
}

impl Repository {
    fn manifest(&self, reference: &str) -> Option<(&String, &Vec<u8>)> {
        self.manifests.get_key_value(self.tags.get(reference).map_or(reference, |it| it))
    }

    fn bytes(&self) -> usize {
        self.manifests.values().chain(self.blobs.values()).map(Vec::len).sum()
    }

    fn entries(&self) -> usize {
        self.tags.len().max(self.manifests.len()).max(self.blobs.len())
    }

    fn keep_manifest(&mut self, reference: &str, manifest: Vec<u8>) -> String {
        let own = digest(&manifest);
        if reference != own {
            self.tags.insert(reference.to_owned(), own.clone());
        }
        self.manifests.insert(own.clone(), manifest);
        own
    }

    /// The first blob that a manifest names and that is not here.
    fn missing(&self, manifest: &Value) -> Option<String> {
        let layers = manifest.get("layers").and_then(Value::as_array).into_iter().flatten();
        let mut named = manifest
            .get("config")
            .into_iter()
            .chain(layers)
            .filter_map(|it| it.get("digest")?.as_str());
        named.find(|it| !self.blobs.contains_key(*it)).map(str::to_owned)
    }
}

/// A refusal as registries write it.
pub(super) fn refusal(code: u16, name: &str, message: &str, detail: &Value) -> WebReply {
    let error = json!({"code": name, "message": message, "detail": detail});
    let body = json!({ "errors": [error] }).to_string().into_bytes();
    WebReply { body, headers: vec![("Content-Type", "application/json".to_owned())], status: code }
}

/// What a path below `/v2/` asks for.
enum Asked<'p> {
    Tags,
    Manifest(&'p str),
    Blob(&'p str),
}

impl Registry {
    /// Adds what a chart is kept as.
    pub(super) fn push(&mut self, name: &str, tag: &str, artifact: Artifact) {
        let repository = self.repositories.entry(name.to_owned()).or_default();
        for blob in artifact.blobs {
            repository.blobs.insert(digest(&blob), blob);
        }
        repository.keep_manifest(tag, artifact.manifest);
    }

    /// Answers for `NAME/tags/list`, `NAME/manifests/TAG`, `NAME/manifests/DIGEST` and `NAME/blobs/DIGEST`.
    pub(super) fn answer(&mut self, path: &str, request: &WebRequest) -> WebReply {
        let looks = matches!(request.method, "GET" | "HEAD");
        if path.is_empty() {
            return if looks {
                found("application/json", b"{}".to_vec())
            } else {
                refused_method()
            };
        }
        let Some((name, asked)) = taken_apart(path) else { return status(404) };
        match (asked, request.method) {
            (Asked::Tags, _) if looks => self.tags(name),
            (Asked::Manifest(reference), "PUT") => {
                self.put_manifest(name, reference, &request.body)
            }
            (Asked::Blob(wanted), "PUT") => self.put_blob(name, wanted, &request.body),
            (Asked::Manifest(reference), _) if looks => self.manifest(name, reference),
            (Asked::Blob(wanted), _) if looks => self.blob(name, wanted),
            _ => refusal(405, "UNSUPPORTED", "The operation is unsupported.", &Value::Null),
        }
    }

    fn repository(&self, name: &str) -> Result<&Repository, WebReply> {
        self.repositories.get(name).ok_or_else(|| {
            let detail = json!({ "name": name });
            refusal(404, "NAME_UNKNOWN", "repository name not known to registry", &detail)
        })
    }

    fn tags(&self, name: &str) -> WebReply {
        self.repository(name).map_or_else(
            |refused| refused,
            |repository| {
                let tags: Vec<&String> = repository.tags.keys().collect();
                let body = json!({"name": name, "tags": tags}).to_string().into_bytes();
                found("application/json", body)
            },
        )
    }

    fn manifest(&self, name: &str, reference: &str) -> WebReply {
        let repository = match self.repository(name) {
            Ok(repository) => repository,
            Err(refused) => return refused,
        };
        let Some((own, manifest)) = repository.manifest(reference) else {
            let key = if reference.contains(':') { "Digest" } else { "Tag" };
            return refusal(
                404,
                "MANIFEST_UNKNOWN",
                "manifest unknown",
                &json!({ key: reference }),
            );
        };
        let mut reply = found(manifest_type(), manifest.clone());
        reply.headers.push(("Docker-Content-Digest", own.clone()));
        reply
    }

    fn blob(&self, name: &str, wanted: &str) -> WebReply {
        let repository = match self.repository(name) {
            Ok(repository) => repository,
            Err(refused) => return refused,
        };
        let Some(blob) = repository.blobs.get(wanted) else {
            let detail = json!({ "digest": wanted });
            return refusal(404, "BLOB_UNKNOWN", "blob unknown to registry", &detail);
        };
        let mut reply = found("application/octet-stream", blob.clone());
        reply.headers.push(("Docker-Content-Digest", wanted.to_owned()));
        reply
    }

    /// A repository in which there is room for so many bytes more.
    fn room(&mut self, name: &str, bytes: usize) -> Result<&mut Repository, WebReply> {
        let kept: usize = self.repositories.values().map(Repository::bytes).sum();
        let is_new = !self.repositories.contains_key(name);
        let full = if kept + bytes > BYTES_MAX {
            Some(format!("more than {BYTES_MAX} bytes"))
        } else if is_new && self.repositories.len() >= REPOSITORIES_MAX {
            Some(format!("more than {REPOSITORIES_MAX} repositories"))
        } else if self.repositories.get(name).is_some_and(|it| it.entries() >= ENTRIES_MAX) {
            Some(format!("more than {ENTRIES_MAX} tags or blobs in a repository"))
        } else {
            None
        };
        match full {
            Some(what) => {
                let text = format!("opsdrill: not simulated: a registry with {what}");
                Err(refusal(507, "DENIED", &text, &Value::Null))
            }
            None => Ok(self.repositories.entry(name.to_owned()).or_default()),
        }
    }

    fn put_blob(&mut self, name: &str, wanted: &str, body: &[u8]) -> WebReply {
        let own = digest(body);
        if own != wanted {
            let text = "provided digest did not match uploaded content";
            return refusal(400, "DIGEST_INVALID", text, &json!({ "digest": wanted }));
        }
        if self.repositories.get(name).is_some_and(|it| it.blobs.contains_key(&own)) {
            return made(&own);
        }
        match self.room(name, body.len()) {
            Ok(repository) => {
                repository.blobs.insert(own.clone(), body.to_vec());
                made(&own)
            }
            Err(refused) => refused,
        }
    }

    fn put_manifest(&mut self, name: &str, reference: &str, body: &[u8]) -> WebReply {
        let own = digest(body);
        if reference.contains(':') && reference != own {
            let text = "provided digest did not match uploaded content";
            return refusal(400, "DIGEST_INVALID", text, &json!({ "digest": reference }));
        }
        let Ok(manifest @ Value::Object(_)) = serde_json::from_slice::<Value>(body) else {
            return refusal(400, "MANIFEST_INVALID", "manifest invalid", &Value::Null);
        };
        let repository = self.repositories.get(name);
        let missing = repository.map_or(Some(String::new()), |it| it.missing(&manifest));
        if let Some(missing) = missing {
            let text = "blob unknown to registry";
            return refusal(404, "MANIFEST_BLOB_UNKNOWN", text, &json!({ "digest": missing }));
        }
        match self.room(name, body.len()) {
            Ok(repository) => made(&repository.keep_manifest(reference, body.to_vec())),
            Err(refused) => refused,
        }
    }
}

fn found(kind: &str, body: Vec<u8>) -> WebReply {
    WebReply { status: 200, headers: vec![("Content-Type", kind.to_owned())], body }
}

fn made(own: &str) -> WebReply {
    let headers = vec![("Docker-Content-Digest", own.to_owned())];
    WebReply { status: 201, headers, body: Vec::new() }
}

/// The name of a repository and what is asked of it; nothing if no registry has such a path.
fn taken_apart(path: &str) -> Option<(&str, Asked<'_>)> {
    let mut parts = path.rsplitn(3, '/');
    let (last, kind, name) = (parts.next()?, parts.next()?, parts.next()?);
    let asked = match kind {
        "tags" if last == "list" => Asked::Tags,
        "manifests" if is_tag(last) || is_digest(last) => Asked::Manifest(last),
        "blobs" if is_digest(last) => Asked::Blob(last),
        _ => return None,
    };
    is_name(name).then_some((name, asked))
}

/// The specification's `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*` for each part.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        let ends = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
        let is_letter =
            |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || "._-".contains(it);
        let parted = ["..", "___", "._", "_.", "-.", ".-", "-_", "_-"];
        part.chars().all(is_letter)
            && ends(part.chars().next())
            && ends(part.chars().last())
            && !parted.iter().any(|it| part.contains(it))
    };
    name.len() <= NAME_LENGTH_MAX && name.split('/').all(is_part)
}

fn is_tag(tag: &str) -> bool {
    let is_letter = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
    !tag.is_empty()
        && tag.len() <= TAG_LENGTH_MAX
        && !tag.starts_with(['.', '-'])
        && tag.chars().all(is_letter)
}

fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:");
    hex.is_some_and(|it| {
        it.len() == 64 && it.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(registry: &mut Registry, method: &'static str, path: &str, body: &[u8]) -> WebReply {
        let request = WebRequest { method, body: body.to_vec(), ..WebRequest::default() };
        registry.answer(path, &request)
    }

    /// A registry with one manifest under a tag, and the manifest's digest.
    fn pushed() -> (Registry, String) {
        let mut registry = Registry::default();
        let blob = digest(b"blob");
        assert_eq!(ask(&mut registry, "PUT", &format!("a/web/blobs/{blob}"), b"blob").status, 201);
        let manifest = json!({"config": {"digest": blob}, "layers": []}).to_string();
        let reply = ask(&mut registry, "PUT", "a/web/manifests/0.1.0", manifest.as_bytes());
        assert_eq!(reply.status, 201);
        (registry, digest(manifest.as_bytes()))
    }

    #[test]
    fn a_manifest_is_found_by_its_tag_and_by_its_digest() {
        let (mut registry, own) = pushed();
        for reference in ["0.1.0", &own] {
            let path = format!("a/web/manifests/{reference}");
            let reply = ask(&mut registry, "GET", &path, b"");
            assert_eq!(reply.status, 200, "{reference}");
            assert!(reply.headers.contains(&("Docker-Content-Digest", own.clone())));
        }
        // What a tag points to next does not take the first away.
        let other =
            json!({"config": {"digest": digest(b"blob")}, "layers": [], "x": 1}).to_string();
        ask(&mut registry, "PUT", "a/web/manifests/0.1.0", other.as_bytes());
        assert_eq!(ask(&mut registry, "GET", &format!("a/web/manifests/{own}"), b"").status, 200);
        let tags = ask(&mut registry, "GET", "a/web/tags/list", b"").body;
        assert_eq!(tags, br#"{"name":"a/web","tags":["0.1.0"]}"#);
        assert_eq!(ask(&mut registry, "GET", &format!("a/web/blobs/{own}"), b"").status, 404);
    }

    #[test]
    fn what_is_sent_must_be_what_it_is_called() {
        let (mut registry, own) = pushed();
        let wrong = [
            (format!("a/web/blobs/{own}"), "x", 400),
            (format!("a/web/manifests/{own}"), "{}", 400),
            ("a/web/manifests/1".to_owned(), "no document", 400),
            ("a/web/manifests/1".to_owned(), r#"{"config": {"digest": "sha256:1"}}"#, 404),
            ("b/manifests/1".to_owned(), "{}", 404),
        ];
        for (path, body, code) in wrong {
            let reply = ask(&mut registry, "PUT", &path, body.as_bytes());
            assert_eq!(reply.status, code, "{path}");
        }
    }

    #[test]
    fn other_methods_and_names_that_are_none_are_refused() {
        let (mut registry, own) = pushed();
        for method in ["", "PUT"] {
            assert_eq!(ask(&mut registry, method, "a/web/tags/list", b"").status, 405);
        }
        assert_eq!(ask(&mut registry, "", &format!("a/web/manifests/{own}"), b"").status, 405);
        let (long, deep) = ("a".repeat(256), format!("{}a", "a/".repeat(128)));
        let tag = "t".repeat(129);
        let none = ["A/manifests/1", "a..b/manifests/1", "-a/manifests/1", "a/blobs/1", "a/x/1"];
        let none = none.map(str::to_owned).into_iter();
        let long = [long, deep].map(|it| format!("{it}/manifests/1"));
        for path in none.chain(long).chain([format!("a/manifests/{tag}")]) {
            assert_eq!(ask(&mut registry, "PUT", &path, b"{}").status, 404, "{path}");
        }
    }

    #[test]
    fn a_registry_is_full_at_last() {
        let (mut registry, _) = pushed();
        let manifest = json!({"config": {"digest": digest(b"blob")}}).to_string();
        let mut codes = (0..=ENTRIES_MAX).map(|it| {
            ask(&mut registry, "PUT", &format!("a/web/manifests/t{it}"), manifest.as_bytes())
        });
        assert!(codes.any(|it| it.status == 507));
        let large = vec![0; BYTES_MAX];
        let path = format!("b/blobs/{}", digest(&large));
        assert_eq!(ask(&mut registry, "PUT", &path, &large).status, 507);
    }
}
