//! Calls of the built-in helm that nobody types: those of the deploy job, and those of colleagues before the trainee came.

use opsdrill_engine::SimTime;
use opsdrill_engine::api::Identity;
use opsdrill_objects::yaml;
use opsdrill_shell::kubectl::kubeconfig::Kubeconfig;
use serde_json::Value;

use super::door::{End, JobDoor};
use super::files::Checkout;
use super::{JOB_MAX, stamp};
use crate::chart_hosts::ChartHosts;
use crate::scenario::Folder;
use crate::scenario::format::Release;
use crate::stage::Stage;

/// A call of helm.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// What follows `helm`.
    words: Vec<String>,
    /// The folder of the chart whose dependencies are fetched before; none is if it has all that it needs.
    chart: Option<String>,
    /// What complaints begin with: the chart's folder, or the release.
    about: String,
    /// Whether whoever called it is killed when it waits for the first time.
    dies: bool,
    /// When the job must be over of which this is a part; without one it is all that the job does.
    deadline: Option<SimTime>,
}

/// What a call left behind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Called {
    /// Why it failed, if it did.
    pub(crate) problem: Option<String>,
    /// Whether it was ended while it waited.
    pub(crate) died: bool,
    /// The call as it was written, and what it printed.
    pub(crate) log: String,
}

/// What GitLab's runner prints when it ends a job.
const TIME_IS_UP: &str = "ERROR: Job failed: execution took longer than 1h0m0s seconds";

impl Call {
    /// `helm upgrade --install`, as the deploy job does it.
    pub(crate) fn upgrade(release: &Release, namespace: &str) -> Self {
        let mut words =
            vec!["upgrade", "--install", &release.name, &release.chart, "-n", namespace];
        for file in &release.values {
            words.extend(["-f", file]);
        }
        if release.wait {
            words.push("--wait");
        }
        Self::of_chart(&words, &release.chart)
    }

    /// The same with values on the line.
    pub(crate) fn with_values(mut self, pairs: &[String]) -> Self {
        self.words.extend(pairs.iter().flat_map(|it| ["--set".to_owned(), it.clone()]));
        self
    }

    /// A call that waits, and whose caller is killed meanwhile.
    pub(crate) fn killed(mut self) -> Self {
        if !self.words.iter().any(|it| it == "--wait") {
            self.words.push("--wait".to_owned());
        }
        Self { dies: true, ..self }
    }

    /// The same as a part of a job that must be over by then.
    pub(super) fn until(self, deadline: SimTime) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// `helm rollback`.
    pub(crate) fn rollback(release: &Release, revision: u32, namespace: &str) -> Self {
        let words = ["rollback", &release.name, &revision.to_string(), "-n", namespace];
        Self::of(&words, &release.name)
    }

    /// `helm template`, which needs no cluster.
    pub(crate) fn template(release: &Release, namespace: &str) -> Self {
        let mut words = vec!["template", &release.name, &release.chart, "-n", namespace];
        for file in &release.values {
            words.extend(["-f", file]);
        }
        Self::of_chart(&words, &release.chart)
    }

    fn of(words: &[&str], about: &str) -> Self {
        let words = words.iter().map(|it| (*it).to_owned()).collect();
        Self { words, about: about.to_owned(), ..Self::default() }
    }

    fn of_chart(words: &[&str], chart: &str) -> Self {
        Self { chart: Some(chart.to_owned()), ..Self::of(words, chart) }
    }

    /// The lines that are run: `helm dependency build` first where the chart is made of others.
    fn lines(&self, files: &Folder) -> Vec<Vec<String>> {
        let wanting = self.chart.iter().filter(|it| needs_others(files, it));
        let builds = wanting.map(|it| ["dependency", "build", it].map(str::to_owned).to_vec());
        builds.chain([self.words.clone()]).collect()
    }

    /// Does it.
    pub(crate) fn run(&self, stage: &mut Stage, files: &Folder, by: &Identity) -> Called {
        let deadline = self.deadline.unwrap_or(stage.cluster.now() + JOB_MAX);
        let mut checkout = Checkout::new(files, &stage.chart_hosts.logins());
        let mut called = Called::default();
        for words in self.lines(files) {
            let began = stamp(&stage.cluster);
            let mut door = JobDoor::new(stage, by.clone(), deadline, self.dies);
            let status = run(&words, &mut door, &mut checkout);
            let (output, end) = (door.output(), door.end());
            let ended = stamp(&stage.cluster);
            let last = match end {
                Some(End::Killed) => "Terminated".to_owned(),
                Some(End::TimeIsUp) => TIME_IS_UP.to_owned(),
                None => format!("exit status {status}"),
            };
            let words = words.join(" ");
            called.log.push_str(&format!("{began} $ helm {words}\n{output}{ended} {last}\n"));
            if status != 0 {
                let is_late = end == Some(End::TimeIsUp);
                let why = if is_late { TIME_IS_UP.to_owned() } else { complaint(&output) };
                called.problem = Some(format!("{}: {why}", self.about));
                called.died = end.is_some();
                break;
            }
        }
        called
    }

    /// Does it where there is no cluster; charts can be had from these hosts.
    ///
    /// # Errors
    /// What helm complained of.
    pub(crate) fn run_alone(
        &self,
        files: &Folder,
        hosts: &mut ChartHosts,
    ) -> Result<String, String> {
        let mut checkout = Checkout::new(files, &hosts.logins());
        let mut last = String::new();
        for words in self.lines(files) {
            let mut door = JobDoor::alone(hosts);
            let status = run(&words, &mut door, &mut checkout);
            last = door.output();
            if status != 0 {
                return Err(complaint(&last));
            }
        }
        Ok(last)
    }
}

fn run(words: &[String], door: &mut JobDoor<'_>, checkout: &mut Checkout<'_>) -> i32 {
    let mut config = Kubeconfig::single("ci", "ci", "ci", "default");
    opsdrill_shell::helm::run(words, None, door, checkout, &mut config)
}

/// Whether a chart is made of charts that come from elsewhere.
fn needs_others(files: &Folder, chart: &str) -> bool {
    let named = ["Chart.yaml", "requirements.yaml"].into_iter();
    let texts = named.filter_map(|it| files.get(&format!("{chart}/{it}")));
    let documents = texts.filter_map(|it| {
        let text = String::from_utf8_lossy(it);
        Some(yaml::parse_document(&text).ok()?.value)
    });
    documents.into_iter().any(|document| {
        let others = document.get("dependencies").and_then(Value::as_array);
        let mut places =
            others.into_iter().flatten().filter_map(|it| it.get("repository")?.as_str());
        places.any(|it| !it.is_empty())
    })
}

/// The error among what was printed.
fn complaint(output: &str) -> String {
    let from = output.find("Error: ").map_or(0, |it| it + "Error: ".len());
    let advice = output.rfind("\n\nUse --debug flag").filter(|it| *it > from);
    output[from..advice.unwrap_or(output.len())].trim().to_owned()
}
