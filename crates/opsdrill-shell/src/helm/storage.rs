//! Where records of releases are kept: one Secret for each revision.

use std::collections::BTreeMap;
use std::sync::Arc;

use opsdrill_engine::api::{Payload, Request, Target, Verb};
use opsdrill_helm::release::{self, Record, Status, packed};
use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::texts::fill;

/// The type of the Secrets.
const SECRET_TYPE: &str = "helm.sh/release.v1";

/// Labels that are Helm's own.
pub(super) const SYSTEM_LABELS: &[&str] =
    &["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// The record of a Secret; what cannot be read is passed over, as Helm does.
fn record_of(secret: &Arc<Object>) -> Outcome<Option<Record>> {
    let document = secret.to_value();
    let data = document.pointer("/data/release").and_then(Value::as_str);
    let text = data.and_then(packed::from_base64).and_then(|it| String::from_utf8(it).ok());
    let Some(text) = text else { return Ok(None) };
    match packed::unpack(&text) {
        Ok(mut record) => {
            record.labels = text_map(document.pointer("/metadata/labels"));
            Ok(Some(record))
        }
        // What Helm could read must not be passed over in silence.
        Err(why) => match why.strip_prefix("opsdrill: not simulated: ") {
            Some(what) => Err(Failure::NotSimulated(what.to_owned())),
            None => Ok(None),
        },
    }
}

/// The records of Secrets; Helm passes over those that it cannot read.
fn records_of(secrets: &[Arc<Object>]) -> Outcome<Vec<Record>> {
    secrets.iter().filter_map(|it| record_of(it).transpose()).collect()
}

/// A map of texts.
pub(super) fn text_map(value: Option<&Value>) -> BTreeMap<String, String> {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    fields.filter_map(|(key, it)| Some((key.clone(), it.as_str()?.to_owned()))).collect()
}

impl Helm<'_> {
    fn not_found(&self) -> Failure {
        Failure::Plain(self.words.not_found.to_owned())
    }

    fn query(&mut self, labels: &str) -> Outcome<Vec<Record>> {
        let secrets = self.secrets(labels)?;
        Ok(records_of(&secrets)?.into_iter().map(without_system_labels).collect())
    }

    fn secrets(&mut self, labels: &str) -> Outcome<Vec<Arc<Object>>> {
        self.reach()?;
        let namespace = self.namespace();
        let secrets = self
            .all(Kind::Secret, &namespace, labels)
            .map_err(|why| Failure::from(why).while_doing("query: failed to query with labels"))?;
        if secrets.is_empty() { Err(self.not_found()) } else { Ok(secrets) }
    }

    /// All revisions of a release, oldest first.
    pub(super) fn revisions(&mut self, name: &str) -> Outcome<Vec<Record>> {
        let mut records = self.query(&of_release(name))?;
        records.sort_by_key(|it| it.version);
        Ok(records)
    }

    /// The last revision.
    pub(super) fn last_revision(&mut self, name: &str) -> Outcome<Record> {
        let last = self.revisions(name)?.pop();
        last.ok_or_else(|| Failure::Plain(format!("no revision for release {name:?}")))
    }

    /// All revisions that count as deployed, oldest first.
    pub(super) fn deployed(&mut self, name: &str) -> Outcome<Vec<Record>> {
        let not_deployed = Failure::Plain(fill(self.words.not_deployed, name));
        match self.query(&format!("name={name},owner=helm,status=deployed")) {
            Ok(mut records) => {
                records.sort_by_key(|it| it.version);
                Ok(records)
            }
            Err(why) if why == self.not_found() => Err(not_deployed),
            Err(why) => Err(why),
        }
    }

    /// The last revision that counts as deployed.
    pub(super) fn last_deployed(&mut self, name: &str) -> Outcome<Record> {
        let last = self.deployed(name)?.pop();
        let none = || Failure::Plain(fill(self.words.not_deployed, name));
        last.ok_or_else(none)
    }

    /// One revision; the last one for 0.
    pub(super) fn revision(&mut self, name: &str, version: i64) -> Outcome<Record> {
        self.reach()?;
        if release::name::validate(name).is_err() {
            return Err(Failure::Plain(format!("releaseContent: Release name is invalid: {name}")));
        }
        if version <= 0 {
            return self.last_revision(name);
        }
        let (namespace, key) = (self.namespace(), release::key(name, version));
        let secret = match self.read(Kind::Secret, &namespace, &key) {
            Ok(secret) => secret,
            Err(why) if why.code == 404 => return Err(self.not_found()),
            Err(why) => {
                return Err(Failure::from(why).while_doing(&format!("get: failed to get {key:?}")));
            }
        };
        record_of(&secret)?.map(without_system_labels).ok_or_else(|| {
            Failure::Plain(format!("get: failed to decode data {key:?}: unexpected EOF"))
        })
    }

    /// All revisions of all releases, in one namespace or (if it is empty) in all.
    pub(super) fn every_revision(&mut self, namespace: &str) -> Outcome<Vec<Record>> {
        self.reach()?;
        let secrets = self
            .all(Kind::Secret, namespace, "owner=helm")
            .map_err(|why| Failure::from(why).while_doing("list: failed to list"))?;
        records_of(&secrets)
    }

    fn secret(&self, record: &Record, stamp: &str) -> Value {
        let mut labels = record.labels.clone();
        labels.insert(stamp.to_owned(), self.now().seconds.to_string());
        labels.insert("name".to_owned(), record.name.clone());
        labels.insert("owner".to_owned(), "helm".to_owned());
        labels.insert("status".to_owned(), record.info.status.name().to_owned());
        labels.insert("version".to_owned(), record.version.to_string());
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": record.key(), "labels": labels},
            "type": SECRET_TYPE,
            "data": {"release": packed::base64(packed::pack(record).as_bytes())},
        })
    }

    /// Keeps a new revision; at most `history_max` are kept then, unless that is 0.
    pub(super) fn keep(&mut self, record: &Record, history_max: i64) -> Outcome<()> {
        if history_max > 0 {
            self.forget_old(&record.name, (history_max - 1) as usize)?;
        }
        let namespace = self.namespace();
        let document = self.secret(record, "createdAt");
        let target = Target::all(Kind::Secret, &namespace);
        let verb = Verb::Create(Payload::Document(document));
        match self.ask(Request { verb, target, options: Self::writing() }) {
            Ok(_) => Ok(()),
            Err(why) if why.reason == "AlreadyExists" => {
                Err(Failure::Plain("release: already exists".to_owned()))
            }
            Err(why) => Err(Failure::from(why).while_doing("create: failed to create")),
        }
    }

    /// Writes a revision again.
    pub(super) fn keep_again(&mut self, record: &Record) -> Outcome<()> {
        let namespace = self.namespace();
        let document = self.secret(record, "modifiedAt");
        let target = Target::one(Kind::Secret, &namespace, &record.key());
        let verb = Verb::Update(Payload::Document(document));
        let answer = self.ask(Request { verb, target, options: Self::writing() });
        answer.map(|_| ()).map_err(|why| Failure::from(why).while_doing("update: failed to update"))
    }

    /// The same where Helm only notes a failure in its log.
    pub(super) fn try_to_keep(&mut self, record: &Record) {
        // What else went wrong is told; this is not.
        let _ = self.keep_again(record);
    }

    /// Deletes a revision.
    pub(super) fn forget(&mut self, record: &Record) -> Outcome<()> {
        let namespace = self.namespace();
        match self.ask(Request::delete(Kind::Secret, &namespace, &record.key())) {
            Ok(_) => Ok(()),
            Err(why) if why.code == 404 => Err(self.not_found()),
            Err(why) => Err(why.into()),
        }
    }

    /// Deletes the oldest revisions until so many are left; the one that is deployed stays.
    fn forget_old(&mut self, name: &str, most: usize) -> Outcome<()> {
        let Ok(secrets) = self.secrets(&of_release(name)) else { return Ok(()) };
        // To read them takes longer than to count them.
        if secrets.len() <= most {
            return Ok(());
        }
        let Ok(records) = self.revisions(name) else { return Ok(()) };
        if records.len() <= most {
            return Ok(());
        }
        let deployed = self.last_deployed(name).ok().map(|it| it.version);
        let old = records.iter().filter(|it| Some(it.version) != deployed);
        for record in old.take(records.len() - most) {
            self.forget(record)?;
        }
        Ok(())
    }

    /// Says of all revisions that count as deployed that others took their place.
    pub(super) fn supersede_all(&mut self, name: &str) -> Outcome<()> {
        let none = Failure::Plain(fill(self.words.not_deployed, name));
        let records = match self.deployed(name) {
            Ok(records) => records,
            Err(why) if why == none => return Ok(()),
            Err(why) => return Err(why),
        };
        for mut record in records {
            record.info.status = Status::Superseded;
            self.try_to_keep(&record);
        }
        Ok(())
    }
}

/// What chooses the revisions of a release.
fn of_release(name: &str) -> String {
    format!("name={name},owner=helm")
}

fn without_system_labels(mut record: Record) -> Record {
    record.labels.retain(|key, _| !SYSTEM_LABELS.contains(&key.as_str()));
    record
}
