//! The deploy job's way to the cluster. What it waits for passes in the cluster's time.

use std::sync::Arc;

use opsdrill_engine::api::{Identity, Reply, Request};
use opsdrill_engine::{Cluster, SimTime};
use opsdrill_objects::Status;
use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_shell::door::{
    AttachReply, AttachRequest, ClusterDoor, ContainerPlace, CopiedFile, CopiedOut, CopyError,
    ExecReply, ExecRequest, LogReply, LogRequest, PortForward, Stream, Usage, UsageScope,
    WaitOutcome, WebReply, WebRequest,
};
use rand::Rng;

use crate::chart_hosts::ChartHosts;
use crate::stage::Stage;

/// Why a job was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Somebody killed it.
    Killed,
    /// It had run for as long as a job may.
    TimeIsUp,
}

/// Where a call is made.
enum Ground<'a> {
    Stage(&'a mut Stage),
    /// There is no cluster; charts are only rendered.
    Hosts(&'a mut ChartHosts),
}

/// The door.
pub(super) struct JobDoor<'a> {
    ground: Ground<'a>,
    by: Identity,
    deadline: SimTime,
    /// Whether the job is killed when it waits for the first time.
    dies: bool,
    end: Option<End>,
    output: String,
}

impl<'a> JobDoor<'a> {
    /// A door to a cluster.
    pub(super) fn new(stage: &'a mut Stage, by: Identity, deadline: SimTime, dies: bool) -> Self {
        Self { ground: Ground::Stage(stage), by, deadline, dies, end: None, output: String::new() }
    }

    /// A door that leads to no cluster.
    pub(super) fn alone(hosts: &'a mut ChartHosts) -> Self {
        let (by, deadline) = (Identity::admin("ci"), SimTime::ZERO);
        Self {
            ground: Ground::Hosts(hosts),
            by,
            deadline,
            dies: false,
            end: None,
            output: String::new(),
        }
    }

    /// What was printed.
    pub(super) fn output(&self) -> String {
        self.output.clone()
    }

    /// Why the job was ended, if it was.
    pub(super) fn end(&self) -> Option<End> {
        self.end
    }

    fn cluster(&self) -> Option<&Cluster> {
        match &self.ground {
            Ground::Stage(stage) => Some(&stage.cluster),
            Ground::Hosts(_) => None,
        }
    }

    fn now(&self) -> SimTime {
        self.cluster().map_or(SimTime::ZERO, Cluster::now)
    }

    /// Lets time pass, unless the job is ended: what is planned happens meanwhile, and the judges look.
    fn pass(&mut self, until: impl FnOnce(&Cluster) -> SimTime) -> WaitOutcome {
        if self.dies {
            self.end = Some(End::Killed);
        }
        let stage = match &mut self.ground {
            Ground::Stage(stage) if self.end.is_none() => stage,
            _ => return WaitOutcome::Interrupted,
        };
        let until = until(&stage.cluster).max(stage.cluster.now());
        stage.advance(until.min(self.deadline));
        if until < self.deadline {
            return WaitOutcome::Reached;
        }
        self.end = Some(End::TimeIsUp);
        WaitOutcome::Interrupted
    }
}

/// What a deploy job has no business with.
fn refused(what: &str) -> Status {
    Status::bad_request(format!("opsdrill: not simulated: a deploy job that {what}"))
}

impl ClusterDoor for JobDoor<'_> {
    fn handle(&mut self, request: Request) -> Reply {
        match &mut self.ground {
            Ground::Stage(stage) => stage.cluster.handle(&self.by, request),
            Ground::Hosts(_) => {
                Reply { result: Err(refused("has no cluster")), warnings: Vec::new() }
            }
        }
    }

    fn impersonate(&mut self, _: &str, _: &[String]) {}

    fn kinds(&self) -> Arc<Kinds> {
        self.cluster().map(|it| it.kinds().clone()).unwrap_or_default()
    }

    fn now_ms(&self) -> u64 {
        self.now().0
    }

    fn unix_now(&self) -> i64 {
        self.cluster().map_or(0, Cluster::unix_now)
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

    fn send(&mut self, request: &WebRequest) -> Result<WebReply, String> {
        match &mut self.ground {
            Ground::Stage(stage) => stage.chart_hosts.answer(request),
            Ground::Hosts(hosts) => hosts.answer(request),
        }
    }

    fn print(&mut self, _: Stream, text: &str) {
        self.output.push_str(text);
    }

    fn is_killed(&self) -> bool {
        self.end.is_some()
    }

    fn interrupted(&mut self) -> bool {
        self.end.is_some()
    }

    fn random_u64(&mut self, purpose: &str) -> u64 {
        match &mut self.ground {
            Ground::Stage(stage) => stage.cluster.chance().next_stream(purpose).next_u64(),
            Ground::Hosts(_) => 0,
        }
    }
}
