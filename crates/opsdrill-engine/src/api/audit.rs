//! The audit: a record of every request that went through the door.

use std::sync::Arc;

use bevy_ecs::resource::Resource;
use opsdrill_objects::Kind;

use super::{Request, Subresource};
use crate::lookup::Lookup;
use crate::time::SimTime;

/// One request, as the audit keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// When it came.
    pub time: SimTime,
    /// Who asked, by the own name even when acting under another.
    pub user: Arc<str>,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`.
    pub verb: &'static str,
    /// The kind it was about.
    pub kind: Kind,
    /// The namespace; may be empty.
    pub namespace: Arc<str>,
    /// The name; may be empty.
    pub name: Arc<str>,
    /// The subresource.
    pub subresource: Option<Subresource>,
    /// Whether nothing was to be stored.
    pub dry_run: bool,
    /// HTTP status code of the answer.
    pub code: u16,
    /// Whether the store is another one since: a patch that changes nothing is answered well and changes nothing.
    pub changed: bool,
}

impl AuditRecord {
    pub(super) fn of(time: SimTime, user: &Arc<str>, request: &Request) -> Self {
        let target = &request.target;
        Self {
            time,
            user: user.clone(),
            verb: request.verb.name(),
            kind: target.kind,
            namespace: target.namespace.clone(),
            name: target.name.clone(),
            subresource: target.subresource,
            dry_run: request.options.dry_run,
            code: 0,
            changed: false,
        }
    }

    /// Whether the request was one that changes objects. A review is created, but only asks.
    pub fn is_write(&self) -> bool {
        let asks = matches!(self.verb, "get" | "list" | "watch") || !self.kind.info().is_stored();
        !self.dry_run && !asks
    }
}

/// The records of all requests, in order.
#[derive(Resource, Debug, Default)]
pub struct Audit {
    records: Vec<AuditRecord>,
    /// The places of each user's records; those of the control plane are most, and nobody asks for them.
    by_user: Lookup<Arc<str>, Vec<usize>>,
}

impl Audit {
    /// All records, oldest first.
    pub fn records(&self) -> &[AuditRecord] {
        &self.records
    }

    /// The records of one user, oldest first.
    pub fn of_user(&self, user: &str) -> impl Iterator<Item = &AuditRecord> {
        let places = self.by_user.get(user).into_iter().flatten();
        let all = is_system(user).then(|| self.records.iter().filter(move |it| &*it.user == user));
        places.map(|place| &self.records[*place]).chain(all.into_iter().flatten())
    }

    pub(super) fn push(&mut self, record: AuditRecord) {
        let place = self.records.len();
        match self.by_user.get_mut(&record.user) {
            _ if is_system(&record.user) => {}
            Some(places) => places.push(place),
            None => {
                self.by_user.insert(record.user.clone(), vec![place]);
            }
        }
        self.records.push(record);
    }
}

/// Whether a user belongs to the control plane, or is a service account.
fn is_system(user: &str) -> bool {
    user.starts_with("system:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Target, Verb};

    #[test]
    fn the_control_planes_records_are_found_without_an_index() {
        let mut audit = Audit::default();
        for user in ["system:node:a", "trainee", "system:node:b", "system:node:a"] {
            let request = Request::new(Verb::Get, Target::one(Kind::Node, "", "a"));
            audit.push(AuditRecord::of(SimTime(0), &user.into(), &request));
        }
        let count = |user| audit.of_user(user).count();
        assert_eq!(
            ["trainee", "system:node:a", "system:node:b", "nobody"].map(count),
            [1, 2, 1, 0]
        );
        assert!(audit.by_user.get("system:node:a").is_none());
    }
}
