//! Image pull secrets: users and passwords for registries.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use opsdrill_objects::{Kind, Object};
use serde_json::Value;

use crate::physical::RegistryCredential;
use crate::view::View;

/// What the image pull secrets of a pod hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Users and passwords.
    pub credentials: Vec<RegistryCredential>,
    /// Names of secrets that are not there.
    pub missing: Vec<String>,
}

/// The credentials of a pod: from its own secrets and, where it names none, from its ServiceAccount's.
pub(super) fn of(view: View<'_>, object: &Object) -> Found {
    let mut found = Found::default();
    let Some(pod) = object.pod() else { return found };
    let namespace = object.meta.namespace();
    let account = pod.spec.service_account_name.as_deref().unwrap_or("default");
    let account = view.get(Kind::ServiceAccount, namespace, account);
    let own = pod.spec.image_pull_secrets.as_ref().filter(|it| !it.is_empty());
    let named =
        own.or_else(|| account.and_then(|it| it.service_account()?.image_pull_secrets.as_ref()));
    for reference in named.into_iter().flatten() {
        let secret = view.get(Kind::Secret, namespace, &reference.name).and_then(|it| it.secret());
        let Some(secret) = secret else {
            found.missing.push(reference.name.clone());
            continue;
        };
        let data = secret.data.as_ref();
        let current = data.and_then(|it| it.get(".dockerconfigjson"));
        let old = data.and_then(|it| it.get(".dockercfg"));
        let document = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
        if let Some(document) = current.and_then(|it| document(&it.0)) {
            found.credentials.extend(read(&document["auths"]));
        } else if let Some(document) = old.and_then(|it| document(&it.0)) {
            found.credentials.extend(read(&document));
        }
    }
    found
}

fn read(auths: &Value) -> Vec<RegistryCredential> {
    let entries = auths.as_object().into_iter().flatten();
    let credential = |(registry, entry): (&String, &Value)| {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let (mut username, mut password) = (text("username"), text("password"));
        let auth = BASE64_STANDARD.decode(text("auth")).ok();
        if let Some((user, word)) = auth.and_then(|it| String::from_utf8(it).ok()).and_then(|it| {
            it.split_once(':').map(|(user, word)| (user.to_owned(), word.to_owned()))
        }) {
            (username, password) = (user, word);
        }
        RegistryCredential { registry: registry.clone(), username, password }
    };
    entries.map(credential).collect()
}
