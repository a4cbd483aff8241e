//! What is in a Secret is nowhere else: in no ConfigMap, no environment variable, no annotation.

use std::cell::RefCell;
use std::collections::BTreeMap;

use opsdrill_objects::{Kind, Object};
use serde::Deserialize;

use crate::{Check, Evidence, Finding};

/// Shorter values are no secrets: they would be found everywhere by chance.
const SECRET_BYTES_MIN: usize = 6;

/// Wants the values of a namespace's Secrets to stand in the clear nowhere in that namespace.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretsStaySecret {
    namespace: String,
    /// Keys of Secrets that are no secrets, such as a user's name.
    #[serde(default)]
    public_keys: Vec<String>,
    /// What was found when the objects were last as they are now: reading all texts at every mark costs a night dearly.
    #[serde(skip)]
    last: RefCell<Option<(State, Finding)>>,
}

/// The kinds that the check reads.
const READ: [Kind; 3] = [Kind::Secret, Kind::ConfigMap, Kind::Deployment];

/// How many objects of each kind there are, and the latest change of any of them.
type State = [(usize, u64); READ.len()];

impl Check for SecretsStaySecret {
    const NAME: &'static str = "secrets-stay-secret";
    const SUMMARY: &'static str = "What is in a Secret is nowhere else: in no ConfigMap, no environment variable, no annotation.";

    fn judge(&self, evidence: Evidence<'_>) -> Finding {
        let state = self.state(evidence);
        if let Some((_, found)) = self.last.borrow().as_ref().filter(|it| it.0 == state) {
            return found.clone();
        }
        let found = self.look(evidence);
        self.last.replace(Some((state, found.clone())));
        found
    }
}

fn counted(secrets: usize) -> String {
    if secrets == 1 { "one secret".into() } else { format!("{secrets} secrets") }
}

impl SecretsStaySecret {
    fn state(&self, evidence: Evidence<'_>) -> State {
        READ.map(|kind| {
            let objects = evidence.cluster.view().list(kind, &self.namespace);
            objects.fold((0, 0), |(count, latest), it| {
                (count + 1, latest.max(it.meta.resource_version))
            })
        })
    }

    fn look(&self, evidence: Evidence<'_>) -> Finding {
        let secrets = self.secrets(evidence);
        let texts = self.texts(evidence);
        let shown = secrets.iter().find_map(|(value, key)| {
            let found = texts.iter().find(|it| it.text.contains(value))?;
            Some((key, found.place()))
        });
        match shown {
            None => Finding::new(
                !secrets.is_empty(),
                format!("no value of {} is in the clear", counted(secrets.len())),
                format!("aucune valeur secrète en clair ({} vérifiées)", secrets.len()),
            ),
            Some((key, place)) => Finding::new(
                false,
                format!("the value of {key} is in the clear in {place}"),
                format!("la valeur de {key} est en clair dans {place}"),
            ),
        }
    }

    /// The values and what they are called.
    fn secrets<'a>(&self, evidence: Evidence<'a>) -> BTreeMap<&'a str, String> {
        let mut values = BTreeMap::new();
        for object in evidence.cluster.view().list(Kind::Secret, &self.namespace) {
            let data = object.secret().and_then(|it| it.data.as_ref()).into_iter().flatten();
            for (key, value) in data.filter(|(key, _)| !self.public_keys.contains(key)) {
                let text = std::str::from_utf8(&value.0).unwrap_or_default().trim();
                if text.len() >= SECRET_BYTES_MIN {
                    values.insert(text, format!("{key} (secret/{})", object.meta.name));
                }
            }
        }
        values
    }

    /// All that anybody may read.
    fn texts<'a>(&self, evidence: Evidence<'a>) -> Vec<Open<'a>> {
        let view = evidence.cluster.view();
        let mut texts = Vec::new();
        for object in view.list(Kind::ConfigMap, &self.namespace) {
            let data = object.config_map().and_then(|it| it.data.as_ref()).into_iter().flatten();
            texts.extend(data.map(|(key, text)| Open { object, part: key, text }));
        }
        for object in view.list(Kind::Deployment, &self.namespace) {
            let Some(template) = object.deployment().and_then(|it| it.spec.as_ref()) else {
                continue;
            };
            let template = &template.template;
            let annotations = template.metadata.as_ref().and_then(|it| it.annotations.as_ref());
            let annotations = annotations.into_iter().flatten();
            texts.extend(annotations.map(|(key, text)| Open { object, part: key, text }));
            for container in template.spec.iter().flat_map(|it| &it.containers) {
                let words = container.command.iter().chain(&container.args).flatten();
                texts.extend(words.map(|text| Open { object, part: "command", text }));
                for variable in container.env.iter().flatten() {
                    let text = variable.value.as_deref().unwrap_or_default();
                    texts.push(Open { object, part: &variable.name, text });
                }
            }
        }
        texts
    }
}

/// A text that anybody may read.
struct Open<'a> {
    object: &'a Object,
    part: &'a str,
    text: &'a str,
}

impl Open<'_> {
    fn place(&self) -> String {
        format!("{}/{}, {}", self.object.kind.info().singular, self.object.meta.name, self.part)
    }
}
