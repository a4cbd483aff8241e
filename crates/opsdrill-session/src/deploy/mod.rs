//! The company's deploy job: applies manifests and upgrades the releases of charts, under its own name and in its own
//! namespace. The night deploys with it from what the trainee leaves, and so does every cluster that is built anew.
//!
//! - [`manifests`]: what `kubectl apply` sends
//! - [`charts`]: calls of the built-in helm; [`door`] its way to the cluster, [`files`] what it reads

pub(crate) mod charts;
mod door;
pub(crate) mod files;
pub(crate) mod manifests;

use opsdrill_engine::api::Identity;
use opsdrill_engine::{Cluster, SimDuration};
use opsdrill_objects::timestamp;

use crate::chart_hosts::ChartHosts;
use crate::scenario::Folder;
use crate::scenario::format::{End, Release};
use crate::stage::Stage;
use charts::Call;

/// How long a job may run: then the CI ends it, as GitLab's runners do by default.
const JOB_MAX: SimDuration = SimDuration::hours(1);

/// What is deployed.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Files by their paths below the workspace.
    pub files: Folder,
    /// Files and folders with manifests, in the order in which they are applied.
    pub manifests: Vec<String>,
    /// Releases, which come after the manifests, in their order.
    pub releases: Vec<Release>,
    /// What CI complains of before anything is deployed.
    pub problems: Vec<String>,
}

/// What a run of the job left behind.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// What could not be deployed, and why; each begins with the file or the chart.
    pub problems: Vec<String>,
    /// What the job printed about charts.
    pub log: String,
}

impl Source {
    /// Deploys everything that can be deployed. A job that is killed, or runs for too long, does not get beyond the
    /// release for which it waits.
    pub fn deploy(&self, stage: &mut Stage, by: &Identity, namespace: &str, end: End) -> Ran {
        let cluster = &mut stage.cluster;
        let applied = manifests::apply_all(cluster, &self.files, &self.manifests, by, namespace);
        let mut ran = Ran { problems: self.problems.clone(), ..Ran::default() };
        ran.problems.extend(applied.err().unwrap_or_default());
        let deadline = stage.cluster.now() + JOB_MAX;
        for release in &self.releases {
            let call = Call::upgrade(release, namespace);
            let call = if end == End::Killed { call.killed() } else { call };
            let one = call.until(deadline).run(stage, &self.files, by);
            ran.problems.extend(one.problem);
            ran.log.push_str(&one.log);
            if one.died {
                break;
            }
        }
        ran
    }

    /// What CI cannot render with the values of other environments.
    pub(crate) fn broken_elsewhere(&self, hosts: &mut ChartHosts, namespace: &str) -> Vec<String> {
        let mut problems = Vec::new();
        for release in &self.releases {
            for values in &release.also_renders {
                let elsewhere = Release { values: vec![values.clone()], ..release.clone() };
                let rendered = Call::template(&elsewhere, namespace).run_alone(&self.files, hosts);
                let problem = rendered.err();
                problems
                    .extend(problem.map(|it| format!("{} (with {values}): {it}", release.chart)));
            }
        }
        problems
    }
}

/// The date as a job's log has it.
fn stamp(cluster: &Cluster) -> String {
    timestamp::format(cluster.unix_now())
}
