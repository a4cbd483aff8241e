//! Ingress controllers: ingress-nginx as it runs in a pod, and what it makes of the cluster's Ingress objects.
//!
//! A container whose application is [`Runtime::IngressNginx`] is one. Nothing of it is kept anywhere: at each request it
//! looks at the objects as they are, as if its configuration were always loaded.
//!
//! - [`settings`]: its arguments, and which Ingresses are its own
//! - [`annotations`]: what an Ingress asks of it beside its rules
//! - [`config`]: the servers and locations that it makes of them
//! - [`certificate`]: what it shows to clients that speak TLS
//! - [`upstream`]: the endpoints behind a location
//! - [`serve`]: from a request to an answer

mod annotations;
mod certificate;
mod config;
mod serve;
mod settings;
mod upstream;

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::Object;

pub(super) use serve::{answer, certificate_problem};
pub(crate) use settings::{CLASS_ANNOTATION, Settings};

use super::Origin;
use super::route::Route;
use crate::physical::application::model::Runtime;
use crate::physical::process::{self, Process, ProcessId};

/// The port on which it speaks TLS.
pub(super) const HTTPS_PORT: u16 = 443;

/// An ingress controller that runs.
pub(crate) struct Controller<'w> {
    process: &'w Process,
    /// What it was started with.
    pub settings: Settings,
}

impl<'w> Controller<'w> {
    /// A process as an ingress controller, if it is one that serves.
    pub(super) fn of(process: &'w Process) -> Option<Self> {
        let is_one = process.model.runtime == Runtime::IngressNginx && process.serves;
        (is_one && process.answers())
            .then(|| Self { process, settings: Settings::of(&process.spec) })
    }

    /// The node that it runs on.
    pub(crate) fn node(&self) -> &'w Arc<str> {
        &self.process.spec.node
    }

    /// How it meets the network.
    fn origin(&self) -> Origin {
        Origin::Pod(self.process.spec.pod)
    }
}

/// The ingress controllers of a cluster, oldest first.
pub(crate) fn controllers(world: &World) -> impl Iterator<Item = Controller<'_>> {
    process::ingress_controllers(world).filter_map(Controller::of)
}

/// Annotations of an Ingress that ask for what is not simulated.
pub(crate) fn not_simulated(ingress: &Object) -> Vec<&str> {
    annotations::not_simulated(ingress)
}

/// What comes of requests that a process passes on, if it is an ingress controller.
pub(in crate::physical) enum Passed {
    /// They reach a Service's endpoints, or would.
    On(Route),
    /// Nobody has a rule for them: 404.
    Nowhere,
}

/// Where requests for a host and path go that reach a process; `None` if that is no ingress controller.
pub(in crate::physical) fn pass(
    world: &World,
    process: ProcessId,
    host: &str,
    path: &str,
) -> Option<Passed> {
    let controller = process::get(world, process).and_then(Controller::of)?;
    Some(serve::pass(world, &controller, host, path))
}
