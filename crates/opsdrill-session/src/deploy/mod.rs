//! The company's deploy job: applies manifests and upgrades the releases of charts, under its own name and in its own
//! namespace. The night deploys with it from what the trainee leaves, and so does every cluster that is built anew.
//!
//! - [`manifests`]: what `kubectl apply` sends
//! - [`charts`]: calls of the built-in helm; [`door`] its way to the cluster, [`files`] what it reads

pub(crate) mod charts;
mod door;
mod files;
pub(crate) mod manifests;

use opsdrill_engine::Cluster;
use opsdrill_engine::api::Identity;
use opsdrill_objects::timestamp;

use crate::scenario::Folder;
use crate::scenario::format::{End, Release};
use charts::Call;

/// What is deployed.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Files by their paths below the workspace.
    pub files: Folder,
    /// Files and folders with manifests, in the order in which they are applied.
    pub manifests: Vec<String>,
    /// Releases, which come after the manifests, in their order.
    pub releases: Vec<Release>,
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
    /// Deploys everything that can be deployed. A job that is killed does not get beyond the release for which it waits.
    pub fn deploy(&self, cluster: &mut Cluster, by: &Identity, namespace: &str, end: End) -> Ran {
        let applied = manifests::apply_all(cluster, &self.files, &self.manifests, by, namespace);
        let mut ran = Ran { problems: applied.err().unwrap_or_default(), ..Ran::default() };
        for release in &self.releases {
            let call = Call::upgrade(release, namespace);
            let call = if end == End::Killed { call.killed() } else { call };
            let one = call.run(cluster, &self.files, by);
            ran.problems.extend(one.problem);
            ran.log.push_str(&one.log);
            if one.died {
                break;
            }
        }
        ran
    }
}

/// The date as a job's log has it.
fn stamp(cluster: &Cluster) -> String {
    timestamp::format(cluster.unix_now())
}
