//! The stage of a session: the cluster that a scenario describes, and the judges who watch it.
//!
//! Checks are judged on every mark (each half minute of simulated time), so that "reached" and "held" mean the same
//! however the trainee's commands fall.

mod watched;
mod world;

use opsdrill_checks::Evidence;
use opsdrill_engine::api::{Identity, Reply};
use opsdrill_engine::{Cluster, ClusterConfig, SimDuration, SimTime};
use opsdrill_objects::Status;

use crate::api_call::ApiCall;
use crate::chart_hosts::ChartHosts;
use crate::deploy::Source;
use crate::deploy::charts::Call;
use crate::forwards::Forwards;
use crate::remote_shells::RemoteShells;
use crate::scenario::format::{End, Past, Timed};
use crate::scenario::{Folder, Scenario, load, span};

pub use watched::{Mark, Watched};

/// The time between two marks.
pub const MARK: SimDuration = SimDuration::seconds(30);

/// The time that the parts of a world are given, one after the other, when it is built.
const SETTLING: SimDuration = SimDuration::minutes(1);

/// For how long before the trainee sits down the judges look on: what was so then need not be waited for.
const BEFORE: SimDuration = SimDuration::minutes(5);

/// A time that does not come.
const NEVER: SimTime = SimTime(u64::MAX);

/// The trainee's name in the audit.
pub const TRAINEE: &str = "trainee";

/// The deploy job's name in the audit.
pub const DEPLOYER: &str = "system:serviceaccount:ci:deployer";

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
    /// Something else is done with a release.
    Call(Recalled),
}

/// What was done with a release before.
pub(crate) struct Recalled {
    call: Call,
    /// The files of its time.
    files: Folder,
    ends: End,
    /// Who did it by hand; nobody if it was the deploy job.
    by: Option<String>,
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
        let start = SimTime::ZERO + warm_up;
        let mut stage = Self {
            cluster: Cluster::new(ClusterConfig { seed, epoch }),
            start,
            objectives: watched::all(file.objectives.iter().map(|it| &it.check))?,
            safeguards: watched::all(file.safeguards.iter().map(|it| &it.check))?,
            undeployed: Vec::new(),
            deploy_log: String::new(),
            namespace: file.namespace.clone(),
            planned: Vec::new(),
            next_mark: NEVER,
            forwards: Forwards::default(),
            remote: RemoteShells::default(),
            chart_hosts: ChartHosts::new(
                &scenario.world.chart_repositories,
                &scenario.chart_files,
                epoch,
            )?,
        };
        stage.build(scenario)?;
        stage.next_mark = SimTime(start.0.saturating_sub(BEFORE.0));
        let built = stage.cluster.now();
        for past in &file.history {
            let time = moment(start, &past.at)?;
            stage.plan(time, Plan::Call(recalled(scenario, past)?));
        }
        if let Some(released) = &file.released {
            let source = source(scenario, scenario.workspace.clone());
            stage.plan(moment(start, released)?, Plan::Deploy(source, file.release_ends));
        }
        for timed in &file.faults {
            stage.plan_fault(start, timed)?;
        }
        stage.advance(start);
        if let Some((_, problems)) = stage.undeployed.pop() {
            return Err(problems);
        }
        if stage.cluster.now() > start.max(built) {
            let late = stage.cluster.now().since(start).as_seconds();
            let problem = format!(
                "a deploy job (`released` or `history`) still waits when the trainee sits down, for {late} s more"
            );
            return Err(vec![problem]);
        }
        Ok(stage)
    }

    /// Makes the world as it is before anything breaks.
    fn build(&mut self, scenario: &Scenario) -> Result<(), Vec<String>> {
        let world = &scenario.world;
        let mut problems = world::furnish(&mut self.cluster, scenario);
        let admin = Identity::admin("kubernetes-admin");
        let namespaces = world.namespaces.iter().map(|name| {
            let text = format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n");
            (format!("{name}.yaml"), text.into_bytes())
        });
        let namespaces: Folder = namespaces.collect();
        let names: Vec<String> = namespaces.keys().cloned().collect();
        let made = Source { files: namespaces, manifests: names, ..Source::default() };
        problems.extend(made.deploy(self, &admin, "", End::Well).problems);
        // Service accounts and the root certificate come a moment after a namespace.
        self.cluster.advance(SimTime(2_000));
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
            let made = source.deploy(self, identity, &scenario.file.namespace, End::Well);
            problems.extend(made.problems);
            // What the workspace's services need (a database) was there before them.
            self.cluster.advance(self.cluster.now() + SETTLING);
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
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
    ///
    /// A deploy job that waits lets time pass by the same way, so that nothing is missed meanwhile.
    pub fn advance(&mut self, until: SimTime) {
        loop {
            let planned = self.planned.first().map_or(NEVER, |it| it.0);
            let next = planned.min(self.next_mark);
            if next > until {
                break;
            }
            self.cluster.advance(next.max(self.cluster.now()));
            if planned <= next {
                let (_, plan) = self.planned.remove(0);
                self.carry_out(&plan);
            } else {
                self.judge();
                self.next_mark = next + MARK;
            }
        }
        self.cluster.advance(until.max(self.cluster.now()));
    }

    fn carry_out(&mut self, plan: &Plan) {
        match plan {
            Plan::Fault(fault) => self.inject(fault),
            Plan::Deploy(source, end) => {
                let namespace = self.namespace.clone();
                let ran = source.deploy(self, &Identity::admin(DEPLOYER), &namespace, *end);
                self.ended(ran.problems, *end, Some(ran.log));
            }
            Plan::Call(Recalled { call, files, ends, by }) => {
                let identity = Identity::admin(by.as_deref().unwrap_or(DEPLOYER));
                let called = call.run(self, files, &identity);
                let log = by.is_none().then_some(called.log);
                self.ended(called.problem.into_iter().collect(), *ends, log);
            }
        }
    }

    /// Breaks something. Before the trainee sits down a fault that cannot be injected, or changes nothing, is its author's
    /// mistake. Later the trainee may have made it impossible: then it has no effect, as in life.
    fn inject(&mut self, fault: &opsdrill_faults::Injection) {
        if self.cluster.now() > self.start {
            let _ = fault(&mut self.cluster);
            return;
        }
        let before = self.cluster.state_hash();
        let problem = match fault(&mut self.cluster) {
            Err(problem) => problem,
            Ok(()) if self.cluster.state_hash() == before => {
                "a fault changes nothing: the world is as it would make it already".to_owned()
            }
            Ok(()) => return,
        };
        self.undeployed.push((self.cluster.now(), vec![problem]));
    }

    /// Keeps what is unexpected of a run of the deploy job.
    fn ended(&mut self, problems: Vec<String>, end: End, log: Option<String>) {
        let now = self.cluster.now();
        if let Some(log) = log.filter(|_| now <= self.start) {
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
        let evidence = Evidence {
            cluster: &self.cluster,
            trainee: TRAINEE,
            deployer: DEPLOYER,
            start: self.start,
            window: SimDuration::minutes(1),
        };
        for watched in self.objectives.iter_mut().chain(&mut self.safeguards) {
            watched.judge(evidence);
        }
    }
}

/// What the deploy job makes of a scenario's files.
fn source(scenario: &Scenario, files: Folder) -> Source {
    let world = &scenario.world;
    let (manifests, releases) = (world.manifests.clone(), world.releases.clone());
    Source { files, manifests, releases, problems: Vec::new() }
}

/// A time that is written as one before or after another.
fn moment(base: SimTime, written: &str) -> Result<SimTime, Vec<String>> {
    let (before, by) = span::parse_signed(written).map_err(|it| vec![it])?;
    Ok(if before { SimTime(base.0.saturating_sub(by.0)) } else { base + by })
}

/// What was done with a release.
fn recalled(scenario: &Scenario, past: &Past) -> Result<Recalled, Vec<String>> {
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
    let call = if past.ends == End::Killed { call.killed() } else { call };
    Ok(Recalled { call, files, ends: past.ends, by: past.by.clone() })
}
