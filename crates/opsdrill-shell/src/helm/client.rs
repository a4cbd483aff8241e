//! What Helm sends to the cluster: creations, changes, deletions.

use opsdrill_engine::api::{Options, PatchType, Payload, Propagation, Request, Target, Verb};
use opsdrill_objects::Kind;
use opsdrill_objects::patch::{merge_patch, three_way};
use serde_json::{Value, json};

use super::context::Helm;
use super::failure::{Failure, Outcome, several};
use super::objects::{Resource, is_kept};

/// How a change of many objects went.
#[derive(Debug, Default)]
pub(super) struct Updated {
    /// The objects that were not there before.
    pub(super) created: Vec<Resource>,
    /// Why it failed, if it did.
    pub(super) failure: Option<Failure>,
}

impl Helm<'_> {
    /// Creates objects, each of which is tried.
    pub(super) fn create_all(&mut self, resources: &[Resource]) -> Outcome<()> {
        let mut errors = Vec::new();
        for resource in resources {
            if let Err(why) = self.create(resource) {
                errors.push(why.text());
            }
        }
        several(&errors)
    }

    /// Creates an object.
    pub(super) fn create(&mut self, resource: &Resource) -> Outcome<()> {
        let verb = Verb::Create(Payload::Document(resource.document.clone()));
        let target = Target::all(resource.kind, &resource.namespace);
        self.ask(Request { verb, target, options: Self::writing() })?;
        Ok(())
    }

    /// Makes objects what they are to be: creates what is missing, changes what is there, and deletes what is not wanted
    /// any more.
    pub(super) fn update(
        &mut self,
        original: &[Resource],
        target: &[Resource],
        replaces: bool,
    ) -> Updated {
        let mut updated = Updated::default();
        let mut errors: Vec<String> = Vec::new();
        for resource in target {
            match self.read(resource.kind, &resource.namespace, &resource.name) {
                Err(why) if why.code == 404 => {
                    updated.created.push(resource.clone());
                    if let Err(why) = self.create(resource) {
                        updated.failure = Some(why.while_doing("failed to create resource"));
                        return updated;
                    }
                }
                Err(why) => {
                    let doing = "could not get information about the resource";
                    updated.failure = Some(Failure::from(why).while_doing(doing));
                    return updated;
                }
                Ok(live) => {
                    let Some(before) = original.iter().find(|it| it.is(resource)) else {
                        let (kind, name) = (resource.kind_name(), &resource.name);
                        let why = format!("no {kind} with the name {name:?} found");
                        updated.failure = Some(Failure::Plain(why));
                        return updated;
                    };
                    let changed = if replaces {
                        self.replace(resource, &live.to_value())
                    } else {
                        self.change(resource, before, &live.to_value())
                    };
                    errors.extend(changed.err().map(|why| why.text()));
                }
            }
        }
        if !errors.is_empty() {
            updated.failure = Some(Failure::Plain(errors.join(" && ")));
            return updated;
        }
        for resource in original.iter().filter(|it| !target.iter().any(|other| other.is(it))) {
            self.delete_unless_kept(resource);
        }
        updated
    }

    fn delete_unless_kept(&mut self, resource: &Resource) {
        let Ok(live) = self.read(resource.kind, &resource.namespace, &resource.name) else {
            return;
        };
        if !is_kept(&live.to_value()) {
            // What cannot be deleted is noted in a log that nobody sees.
            let _ = self.delete(resource, Propagation::Background);
        }
    }

    /// Replaces an object by another one of its name.
    fn replace(&mut self, resource: &Resource, live: &Value) -> Outcome<()> {
        let mut document = resource.document.clone();
        let version = live.pointer("/metadata/resourceVersion").cloned().unwrap_or_default();
        document["metadata"]["resourceVersion"] = version;
        let verb = Verb::Update(Payload::Document(document));
        let target = Target::one(resource.kind, &resource.namespace, &resource.name);
        self.ask(Request { verb, target, options: Self::writing() })
            .map_err(|why| Failure::from(why).while_doing("failed to replace object"))?;
        Ok(())
    }

    /// Changes an object by what differs between the manifests and from what is there.
    fn change(&mut self, resource: &Resource, before: &Resource, live: &Value) -> Outcome<()> {
        let kind = resource.kind_name();
        let (form, patch) = if let Kind::Custom(_) = resource.kind {
            (PatchType::Merge, merge_patch::create(&before.document, &resource.document))
        } else {
            let patch = three_way::create(kind, &before.document, &resource.document, live)
                .map_err(|why| Failure::Plain(format!("failed to create patch: {why}")))?;
            (PatchType::Strategic, patch)
        };
        if patch == json!({}) {
            return Ok(());
        }
        let target = Target::one(resource.kind, &resource.namespace, &resource.name);
        let request = Request { verb: Verb::Patch(form, patch), target, options: Self::writing() };
        let doing = format!("cannot patch {:?} with kind {kind}", resource.name);
        self.ask(request).map_err(|why| Failure::from(why).while_doing(&doing))?;
        Ok(())
    }

    /// Deletes an object.
    pub(super) fn delete(&mut self, resource: &Resource, how: Propagation) -> Outcome<()> {
        let mut request = Request::delete(resource.kind, &resource.namespace, &resource.name);
        request.options = Options { propagation: Some(how), ..Self::writing() };
        match self.ask(request) {
            Err(why) if why.code != 404 => Err(why.into()),
            _ => Ok(()),
        }
    }

    /// Deletes objects, each of which is tried; answers what went wrong.
    pub(super) fn delete_all(&mut self, resources: &[Resource], how: Propagation) -> Vec<String> {
        let mut errors = Vec::new();
        for resource in resources {
            errors.extend(self.delete(resource, how).err().map(|why| why.text()));
        }
        errors
    }
}
