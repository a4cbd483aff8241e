//! What admission made of a pod specification, remembered so that all pods of a template share one.

use std::collections::VecDeque;
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use k8s_openapi::api::core::v1::{PodSpec, PodStatus};
use opsdrill_objects::pod::Pod;

/// How many templates are remembered. A controller creates its pods in bursts, so a few are enough.
const REMEMBERED: usize = 8;

/// The most recent results of admission, by the identity of the specification that was handed in.
#[derive(Resource, Debug, Default)]
pub(crate) struct PodSpecs {
    recent: VecDeque<Admitted>,
}

/// One remembered result.
#[derive(Clone, Debug)]
pub(crate) struct Admitted {
    /// Kept alive, so that its address cannot come to mean another specification.
    given: Arc<PodSpec>,
    namespace: Arc<str>,
    pub(super) spec: Arc<PodSpec>,
    pub(super) status: Box<PodStatus>,
    pub(super) has_token_volume: bool,
}

impl PodSpecs {
    pub(super) fn known(&self, given: &Arc<PodSpec>, namespace: &str) -> Option<Admitted> {
        let same = |it: &&Admitted| Arc::ptr_eq(&it.given, given) && &*it.namespace == namespace;
        self.recent.iter().find(same).cloned()
    }

    pub(super) fn remember(&mut self, given: Arc<PodSpec>, namespace: &Arc<str>, pod: &mut Pod) {
        // Another template with the same content has been admitted lately: share its result.
        if let Some(equal) = self.recent.iter().find(|it| it.spec == pod.spec) {
            pod.spec = equal.spec.clone();
        }
        self.recent.push_front(Admitted {
            given,
            namespace: namespace.clone(),
            spec: pod.spec.clone(),
            status: pod.status.clone(),
            has_token_volume: pod.token_volume.is_some(),
        });
        self.recent.truncate(REMEMBERED);
    }

    /// Forgets everything: what admission looks at besides the specification has changed.
    pub(crate) fn forget(&mut self) {
        self.recent.clear();
    }
}
