//! The stage of a session: the cluster that a scenario describes, and the judges who watch it.
//!
//! Checks are judged on every mark (each half minute of simulated time), so that "reached" and "held" mean the same
//! however the trainee's commands fall.

use std::collections::BTreeMap;

use opsdrill_checks::{Evidence, Finding, Judge, Seen};
use opsdrill_engine::api::{Identity, Reply};
use opsdrill_engine::kubelet::{self, NodeSpec};
use opsdrill_engine::physical::application::Catalogue;
use opsdrill_engine::physical::images::{self, RegistrySpec};
use opsdrill_engine::physical::network::{self, ExternalHost};
use opsdrill_engine::physical::traffic;
use opsdrill_engine::{Cluster, ClusterConfig, SimDuration, SimTime};
use opsdrill_objects::Status;
use opsdrill_objects::k8s_openapi::api::core::v1::Taint;
use opsdrill_objects::quantity::Quantity;
use serde_json::Value;

use crate::api_call::ApiCall;
use crate::chart_hosts::ChartHosts;
use crate::container_commands::Commands;
use crate::deploy::Source;
use crate::deploy::charts::Call;
use crate::forwards::Forwards;
use crate::remote_shells::RemoteShells;
use crate::scenario::format::{End, Image, Node, Past, Timed};
use crate::scenario::{Folder, Scenario, load, span};

/// The time between two marks.
pub const MARK: SimDuration = SimDuration::seconds(30);

/// The time that the parts of a world are given, one after the other, when it is built.
const SETTLING: SimDuration = SimDuration::minutes(1);

/// For how long before the trainee sits down the judges look on: what was so then need not be waited for.
const BEFORE: SimDuration = SimDuration::minutes(5);

/// How a program's file begins.
const PROGRAM: &[u8] = b"\x7fELF\x02\x01\x01";

/// The trainee's name in the audit.
pub const TRAINEE: &str = "trainee";

/// The deploy job's name in the audit.
pub const DEPLOYER: &str = "system:serviceaccount:ci:deployer";

/// The state of one check at one mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub time: SimTime,
    /// What was found.
    pub finding: Finding,
}

/// One check and what it found over time; only changes are kept.
pub struct Watched {
    judge: Judge,
    /// The findings, oldest first: one each time the check went from met to not met or back.
    pub changes: Vec<Mark>,
    /// The latest evidence.
    pub evidence: Seen,
}

impl Watched {
    /// Whether the check is met now, and since when.
    pub fn met_since(&self) -> Option<SimTime> {
        self.changes.last().filter(|it| it.finding.met).map(|it| it.time)
    }

    /// Whether the check was met at a time.
    pub fn met_at(&self, time: SimTime) -> bool {
        self.changes.iter().rfind(|it| it.time <= time).is_some_and(|it| it.finding.met)
    }

    /// The simulated time within a span for which the check was not met.
    pub fn unmet_within(&self, from: SimTime, to: SimTime) -> SimDuration {
        let ends = self.changes.iter().skip(1).map(|it| it.time).chain([to]);
        let spans = self.changes.iter().zip(ends).filter(|(change, _)| !change.finding.met);
        let lengths = spans.map(|(change, end)| end.min(to).since(change.time.max(from)).0);
        SimDuration(lengths.sum())
    }

    /// The first time within a span at which the check was not met.
    pub fn first_unmet(&self, from: SimTime, to: SimTime) -> Option<&Mark> {
        let before = self.changes.iter().rfind(|it| it.time <= from).filter(|it| !it.finding.met);
        before.or_else(|| {
            self.changes.iter().find(|it| it.time > from && it.time <= to && !it.finding.met)
        })
    }
}

/// A cluster with a scenario on it.
pub struct Stage {
    /// The cluster.
    pub cluster: Cluster,
    /// When the trainee sits down.
    pub start: SimTime,
    /// The objectives' checks, in the scenario's order.
    pub objectives: Vec<Watched>,
    /// The safeguards' checks, in the scenario's order.
    pub safeguards: Vec<Watched>,
    /// What the deploy job could not apply since the trainee sat down: when, and every document with its reason.
    pub undeployed: Vec<(SimTime, Vec<String>)>,
    /// What the last deploy job before that printed about charts.
    pub deploy_log: String,
    /// The namespace of what names none, as in the trainee's kubeconfig.
    namespace: String,
    planned: Vec<(SimTime, Plan)>,
    next_mark: SimTime,
    /// The ports of the trainee's machine that lead to pods.
    pub(crate) forwards: Forwards,
    /// The commands in containers that clients run over the network.
    pub(crate) remote: RemoteShells,
    /// The hosts that hand out charts.
    pub(crate) chart_hosts: ChartHosts,
}

/// Something that the scenario does to the cluster at a time.
pub(crate) enum Plan {
    /// A fault.
    Fault(opsdrill_faults::Injection),
    /// The deploy job runs on these files, and ends so.
    Deploy(Source, End),
    /// Something else is done with a release, with the files of its time.
    Call(Call, Folder, End),
}

impl Stage {
    /// Builds the world of a scenario and lets it run until the trainee sits down.
    ///
    /// # Errors
    /// What the scenario's author must know: manifests that the cluster refuses, faults that do not fit.
    pub fn new(scenario: &Scenario, seed: u64) -> Result<Self, Vec<String>> {
        let file = &scenario.file;
        let warm_up = span::parse(&file.warm_up).map_err(|it| vec![it])?;
        let sits_down: jiff::Timestamp =
            file.date.parse().map_err(|_| vec![format!("date {:?}", file.date)])?;
        let epoch = sits_down.as_second() - warm_up.as_seconds() as i64;
        let mut cluster = Cluster::new(ClusterConfig { seed, epoch });
        cluster.set_runner(Box::new(Commands));
        build(&mut cluster, scenario)?;
        let start = SimTime::ZERO + warm_up;
        let mut stage = Self {
            cluster,
            start,
            objectives: watched(file.objectives.iter().map(|it| &it.check))?,
            safeguards: watched(file.safeguards.iter().map(|it| &it.check))?,
            undeployed: Vec::new(),
            deploy_log: String::new(),
            namespace: file.namespace.clone(),
            planned: Vec::new(),
            next_mark: SimTime(start.0.saturating_sub(BEFORE.0)),
            forwards: Forwards::default(),
            remote: RemoteShells::default(),
            chart_hosts: ChartHosts::new(
                &scenario.world.chart_repositories,
                &scenario.chart_files,
                epoch,
            )?,
        };
        for past in &file.history {
            let time = moment(start, &past.at)?;
            let (call, files) = recalled(scenario, past)?;
            stage.plan(time, Plan::Call(call, files, past.ends));
        }
        if let Some(released) = &file.released {
            let source = source(scenario, scenario.workspace.clone());
            stage.plan(moment(start, released)?, Plan::Deploy(source, file.release_ends));
        }
        for timed in &file.faults {
            stage.plan_fault(start, timed)?;
        }
        stage.advance(start);
        match stage.undeployed.pop() {
            None => Ok(stage),
            Some((_, problems)) => Err(problems),
        }
    }

    /// Plans a fault at a time before or after an instant.
    ///
    /// # Errors
    /// A fault that does not fit.
    pub fn plan_fault(&mut self, base: SimTime, timed: &Timed) -> Result<(), Vec<String>> {
        let time = moment(base, &timed.at)?;
        let (name, parameters) = load::single(&timed.fault, "fault").map_err(|it| vec![it])?;
        let fault = opsdrill_faults::load(name, parameters.clone()).map_err(|it| vec![it])?;
        self.plan(time, Plan::Fault(fault));
        Ok(())
    }

    /// Plans something at a time; what is planned for one time happens in the order of planning.
    pub(crate) fn plan(&mut self, time: SimTime, plan: Plan) {
        let place = self.planned.partition_point(|it| it.0 <= time);
        self.planned.insert(place, (time, plan));
    }

    /// Lets time pass: the cluster lives, what is planned happens, the judges look at each mark.
    pub fn advance(&mut self, until: SimTime) {
        loop {
            let planned = self.planned.first().map(|it| it.0).filter(|it| *it <= until);
            let mark = Some(self.next_mark).filter(|it| *it <= until);
            let Some(next) = [planned, mark].into_iter().flatten().min() else { break };
            self.cluster.advance(next.max(self.cluster.now()));
            while self.planned.first().is_some_and(|it| it.0 <= next) {
                let (_, plan) = self.planned.remove(0);
                self.carry_out(&plan);
            }
            if mark == Some(next) {
                self.judge();
                self.next_mark = next + MARK;
            }
        }
        self.cluster.advance(until.max(self.cluster.now()));
    }

    fn carry_out(&mut self, plan: &Plan) {
        // What the trainee has changed may make a fault impossible: then it has no effect, as in life.
        match plan {
            Plan::Fault(fault) => drop(fault(&mut self.cluster)),
            Plan::Deploy(source, end) => {
                let deployer = Identity::admin(DEPLOYER);
                let ran = source.deploy(&mut self.cluster, &deployer, &self.namespace, *end);
                self.ended(ran.problems, *end, ran.log);
            }
            Plan::Call(call, files, end) => {
                let called = call.run(&mut self.cluster, files, &Identity::admin(DEPLOYER));
                self.ended(called.problem.into_iter().collect(), *end, called.log);
            }
        }
    }

    /// Keeps what is unexpected of a run of the deploy job.
    fn ended(&mut self, problems: Vec<String>, end: End, log: String) {
        let now = self.cluster.now();
        if now <= self.start {
            self.deploy_log = log;
        }
        match end {
            End::Well if problems.is_empty() => {}
            End::Well => self.undeployed.push((now, problems)),
            End::Failed | End::Killed if problems.is_empty() => {
                let problem = "the deploy job went well, and was to end otherwise (`release_ends`, or `ends` in `history`)";
                self.undeployed.push((now, vec![problem.to_owned()]));
            }
            End::Failed | End::Killed => {}
        }
    }

    /// Lets go of the cluster; nothing is to be asked of it any more.
    pub(crate) fn release(&mut self) {
        self.cluster = Cluster::new(ClusterConfig { seed: 0, epoch: 0 });
    }

    /// Answers a request that came over the network.
    pub(crate) fn answer(&mut self, call: &ApiCall) -> Reply {
        let Some(request) = call.request() else {
            let text = format!("this program knows no {} of {}", call.kind, call.api_version);
            return Reply { result: Err(Status::new(404, "NotFound", text)), warnings: Vec::new() };
        };
        // Whatever name the trainee borrows, it is the trainee who is graded.
        self.cluster.handle_of(&TRAINEE.into(), &call.identity(), request)
    }

    /// Judges all checks now.
    pub fn judge(&mut self) {
        let time = self.cluster.now();
        let evidence = Evidence {
            cluster: &self.cluster,
            trainee: TRAINEE,
            deployer: DEPLOYER,
            start: self.start,
            window: SimDuration::minutes(1),
        };
        for watched in self.objectives.iter_mut().chain(&mut self.safeguards) {
            let finding = (watched.judge)(evidence);
            watched.evidence.clone_from(&finding.evidence);
            if watched.changes.last().is_none_or(|it| it.finding.met != finding.met) {
                watched.changes.push(Mark { time, finding });
            }
        }
    }
}

/// What the deploy job makes of a scenario's files.
fn source(scenario: &Scenario, files: Folder) -> Source {
    let world = &scenario.world;
    Source { files, manifests: world.manifests.clone(), releases: world.releases.clone() }
}

/// A time that is written as one before or after another.
fn moment(base: SimTime, written: &str) -> Result<SimTime, Vec<String>> {
    let (before, by) = span::parse_signed(written).map_err(|it| vec![it])?;
    Ok(if before { SimTime(base.0.saturating_sub(by.0)) } else { base + by })
}

/// What was done with a release, and the files of that time.
fn recalled(scenario: &Scenario, past: &Past) -> Result<(Call, Folder), Vec<String>> {
    let mut releases = scenario.world.releases.iter();
    let release = releases
        .find(|it| it.name == past.release)
        .ok_or_else(|| vec![format!("no release is called {:?}", past.release)])?;
    let mut files = scenario.earlier_workspace.clone();
    if let Some(folder) = &past.files {
        let inside = format!("{folder}/");
        let own = scenario.past.iter().filter_map(|(path, text)| {
            Some((path.strip_prefix(&inside)?.to_owned(), text.clone()))
        });
        files.extend(own);
    }
    let namespace = &scenario.file.namespace;
    let call = match past.rollback {
        Some(revision) => Call::rollback(release, revision, namespace),
        None => Call::upgrade(release, namespace).with_values(&past.set),
    };
    Ok((if past.ends == End::Killed { call.killed() } else { call }, files))
}

fn watched<'a>(
    checks: impl Iterator<Item = &'a BTreeMap<String, Value>>,
) -> Result<Vec<Watched>, Vec<String>> {
    let load = |check| {
        let (name, parameters) = load::single(check, "check")?;
        let judge = opsdrill_checks::load(name, parameters.clone())?;
        Ok(Watched { judge, changes: Vec::new(), evidence: Seen::default() })
    };
    checks.map(|it| load(it).map_err(|problem: String| vec![problem])).collect()
}

/// Makes the world as it is before anything breaks.
fn build(cluster: &mut Cluster, scenario: &Scenario) -> Result<(), Vec<String>> {
    let world = &scenario.world;
    cluster.bootstrap();
    let mut problems = Vec::new();
    for node in &world.nodes {
        let registered = node_spec(node).and_then(|spec| {
            kubelet::register_node(cluster.world_mut(), &spec)
                .map(drop)
                .map_err(|status| status.message)
        });
        problems.extend(registered.err());
    }
    if world.without_metrics {
        cluster.remove_metrics_server();
    }
    for registry in &world.registries {
        let credentials = registry.username.clone().zip(registry.password.clone());
        images::add_registry(
            cluster.world_mut(),
            RegistrySpec { host: registry.host.clone(), credentials },
        );
    }
    for image in &world.images {
        problems.extend(add_image(cluster, scenario, image).err());
    }
    for (name, address) in &world.hosts {
        let (name, address) = (name.clone(), address.clone());
        network::add_external(
            cluster.world_mut(),
            ExternalHost { name, address, ..ExternalHost::default() },
        );
    }
    network::add_load_balancer_addresses(cluster.world_mut(), &world.load_balancers);
    for source in &world.traffic {
        problems.extend(traffic::add(cluster.world_mut(), source.clone()).err());
    }
    let admin = Identity::admin("kubernetes-admin");
    let namespaces = world.namespaces.iter().map(|name| {
        let text = format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n");
        (format!("{name}.yaml"), text.into_bytes())
    });
    let namespaces: Folder = namespaces.collect();
    let names: Vec<String> = namespaces.keys().cloned().collect();
    let made = Source { files: namespaces, manifests: names, ..Source::default() };
    problems.extend(made.deploy(cluster, &admin, "", End::Well).problems);
    // Service accounts and the root certificate come a moment after a namespace.
    cluster.advance(SimTime(2_000));
    let first = match scenario.file.released {
        Some(_) => &scenario.earlier_workspace,
        None => &scenario.workspace,
    };
    let surroundings = Source {
        files: scenario.cluster_files.clone(),
        manifests: world.cluster_manifests.clone(),
        ..Source::default()
    };
    let steps =
        [(surroundings, &admin), (source(scenario, first.clone()), &Identity::admin(DEPLOYER))];
    for (source, identity) in steps {
        let made = source.deploy(cluster, identity, &scenario.file.namespace, End::Well);
        problems.extend(made.problems);
        // What the workspace's services need (a database) was there before them.
        cluster.advance(cluster.now() + SETTLING);
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn node_spec(node: &Node) -> Result<NodeSpec, String> {
    let quantity =
        |text: &str| Quantity::parse(text).map_err(|error| format!("node {}: {error}", node.name));
    let mut spec = NodeSpec {
        cpu_millis: quantity(&node.cpu)?.milli_value() as u64,
        memory_bytes: quantity(&node.memory)?.value() as u64,
        labels: node.labels.clone(),
        zone: node.zone.clone(),
        ..NodeSpec::named(&node.name)
    };
    if node.control_plane {
        spec.labels.insert("node-role.kubernetes.io/control-plane".into(), String::new());
        spec.taints.push(Taint {
            key: "node-role.kubernetes.io/control-plane".into(),
            effect: "NoSchedule".into(),
            ..Taint::default()
        });
    }
    Ok(spec)
}

fn add_image(cluster: &mut Cluster, scenario: &Scenario, image: &Image) -> Result<(), String> {
    let size = Quantity::parse(&image.size)
        .map_err(|error| format!("image {}: {error}", image.repository))?;
    let model = scenario
        .models
        .get(&image.model)
        .cloned()
        .ok_or_else(|| format!("no model {}", image.model))?;
    let userland = match image.repository.rsplit('/').next() {
        _ if image.distroless => images::Userland::Distroless,
        Some("busybox") => images::Userland::Busybox,
        Some("alpine") => images::Userland::Alpine,
        _ => images::Userland::default(),
    };
    // What the program line names lies in the image, and it is started from there.
    let own = model.program.iter().filter(|it| it.starts_with("/app/"));
    let files: BTreeMap<String, Vec<u8>> = own.map(|it| (it.clone(), PROGRAM.to_vec())).collect();
    let working_dir = if files.is_empty() { "" } else { "/app" };
    for tag in &image.tags {
        let pushed = images::Image {
            reference: format!("{}:{tag}", image.repository),
            size: size.value() as u64,
            entrypoint: model.program.clone(),
            userland,
            working_dir: working_dir.to_owned(),
            files: files.clone(),
            ..images::Image::default()
        };
        images::add_image(cluster.world_mut(), pushed)?;
    }
    cluster.world_mut().resource_mut::<Catalogue>().insert(&image.repository, model);
    Ok(())
}
