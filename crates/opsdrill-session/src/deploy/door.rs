//! The deploy job's way to the cluster. What it waits for passes in the cluster's time.

use std::sync::Arc;

use opsdrill_engine::api::{Identity, Reply, Request};
use opsdrill_engine::{Cluster, SimTime};
use opsdrill_objects::Status;
use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_shell::door::{
    AttachReply, AttachRequest, ClusterDoor, ContainerPlace, CopiedFile, CopiedOut, CopyError,
    ExecReply, ExecRequest, LogReply, LogRequest, PortForward, Stream, Usage, UsageScope,
    WaitOutcome,
};
use rand::Rng;

/// The door.
pub(super) struct JobDoor<'a> {
    /// Nothing where charts are only rendered.
    cluster: Option<&'a mut Cluster>,
    by: Identity,
    /// Whether the job is killed when it waits for the first time.
    dies: bool,
    died: bool,
    output: String,
}

impl<'a> JobDoor<'a> {
    /// A door to a cluster.
    pub(super) fn new(cluster: &'a mut Cluster, by: Identity, dies: bool) -> Self {
        Self { cluster: Some(cluster), by, dies, died: false, output: String::new() }
    }

    /// A door that leads nowhere.
    pub(super) fn alone() -> Self {
        let by = Identity::admin("ci");
        Self { cluster: None, by, dies: false, died: false, output: String::new() }
    }

    /// What was printed.
    pub(super) fn output(&self) -> String {
        self.output.clone()
    }

    /// Whether the job was killed.
    pub(super) fn has_died(&self) -> bool {
        self.died
    }

    fn now(&self) -> SimTime {
        self.cluster.as_ref().map_or(SimTime::ZERO, |it| it.now())
    }

    /// Lets time pass, unless the job is killed.
    fn pass(&mut self, until: impl FnOnce(&Cluster) -> SimTime) -> WaitOutcome {
        self.died |= self.dies;
        match &mut self.cluster {
            Some(cluster) if !self.died => {
                let until = until(cluster);
                cluster.advance(until.max(cluster.now()));
                WaitOutcome::Reached
            }
            _ => WaitOutcome::Interrupted,
        }
    }
}

/// What a deploy job has no business with.
fn refused(what: &str) -> Status {
    Status::bad_request(format!("opsdrill: not simulated: a deploy job that {what}"))
}

impl ClusterDoor for JobDoor<'_> {
    fn handle(&mut self, request: Request) -> Reply {
        match &mut self.cluster {
            Some(cluster) => cluster.handle(&self.by, request),
            None => Reply { result: Err(refused("has no cluster")), warnings: Vec::new() },
        }
    }

    fn impersonate(&mut self, _: &str, _: &[String]) {}

    fn kinds(&self) -> Arc<Kinds> {
        self.cluster.as_ref().map(|it| it.kinds().clone()).unwrap_or_default()
    }

    fn now_ms(&self) -> u64 {
        self.now().0
    }

    fn unix_now(&self) -> i64 {
        self.cluster.as_ref().map_or(0, |it| it.unix_now())
    }

    fn wait_until(&mut self, deadline_ms: u64) -> WaitOutcome {
        self.pass(|_| SimTime(deadline_ms))
    }

    fn next_change(&mut self, deadline_ms: u64) -> WaitOutcome {
        self.pass(|cluster| {
            let next = cluster.next_event().unwrap_or(SimTime(deadline_ms));
            // What is due at this very moment happens with the next step.
            next.max(SimTime(cluster.now().0 + 1)).min(SimTime(deadline_ms))
        })
    }

    fn logs(&mut self, _: &LogRequest) -> Result<LogReply, Status> {
        Err(refused("reads logs"))
    }

    fn usage(&mut self, _: &UsageScope) -> Result<Vec<Usage>, Status> {
        Err(refused("reads metrics"))
    }

    fn lease_renewed(&mut self, _: &str) -> Option<i64> {
        None
    }

    fn exec(&mut self, _: &ExecRequest) -> Result<ExecReply, Status> {
        Err(refused("runs commands in containers"))
    }

    fn attach(&mut self, _: &AttachRequest) -> Result<AttachReply, Status> {
        Err(refused("attaches to containers"))
    }

    fn is_folder(&mut self, _: &ContainerPlace, _: &str) -> Result<bool, Status> {
        Err(refused("looks into containers"))
    }

    fn copy_out(&mut self, _: &ContainerPlace, _: &str) -> Result<CopiedOut, CopyError> {
        Err(refused("copies out of containers").into())
    }

    fn copy_in(&mut self, _: &ContainerPlace, _: &str, _: &[CopiedFile]) -> Result<(), CopyError> {
        Err(refused("copies into containers").into())
    }

    fn open_ports(&mut self, forward: &PortForward) -> Result<bool, Vec<u16>> {
        Err(forward.ports.iter().map(|it| it.0).collect())
    }

    fn close_ports(&mut self, _: &PortForward) {}

    fn print(&mut self, _: Stream, text: &str) {
        self.output.push_str(text);
    }

    fn is_killed(&self) -> bool {
        self.died
    }

    fn interrupted(&mut self) -> bool {
        self.died
    }

    fn random_u64(&mut self, purpose: &str) -> u64 {
        self.cluster.as_mut().map_or(0, |it| it.chance().next_stream(purpose).next_u64())
    }
}
