//! Calls of the built-in helm that nobody types: those of the deploy job, and those of colleagues before the trainee came.

use opsdrill_engine::Cluster;
use opsdrill_engine::api::Identity;
use opsdrill_shell::kubectl::kubeconfig::Kubeconfig;

use super::door::JobDoor;
use super::files::Checkout;
use super::stamp;
use crate::scenario::Folder;
use crate::scenario::format::Release;

/// A call of helm.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// What follows `helm`.
    words: Vec<String>,
    /// What complaints begin with: the chart's folder, or the release.
    about: String,
    /// Whether whoever called it is killed when it waits for the first time.
    dies: bool,
}

/// What a call left behind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Called {
    /// Why it failed, if it did.
    pub(crate) problem: Option<String>,
    /// Whether it was killed while it waited.
    pub(crate) died: bool,
    /// The call as it was written, and what it printed.
    pub(crate) log: String,
}

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
        Self::of(&words, &release.chart)
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
        Self::of(&words, &release.chart)
    }

    fn of(words: &[&str], about: &str) -> Self {
        let words = words.iter().map(|it| (*it).to_owned()).collect();
        Self { words, about: about.to_owned(), dies: false }
    }

    /// Does it.
    pub(crate) fn run(&self, cluster: &mut Cluster, files: &Folder, by: &Identity) -> Called {
        let began = stamp(cluster);
        let mut door = JobDoor::new(cluster, by.clone(), self.dies);
        let status = run(&self.words, &mut door, files);
        let (output, died) = (door.output(), door.has_died());
        let mut log = format!("{began} $ helm {}\n{output}", self.words.join(" "));
        let ended = stamp(cluster);
        if died {
            log.push_str(&format!("{ended} Terminated\n"));
        } else {
            log.push_str(&format!("{ended} exit status {status}\n"));
        }
        let problem = (status != 0).then(|| format!("{}: {}", self.about, complaint(&output)));
        Called { problem, died, log }
    }

    /// Does it where there is no cluster.
    ///
    /// # Errors
    /// What helm complained of.
    pub(crate) fn run_alone(&self, files: &Folder) -> Result<String, String> {
        let mut door = JobDoor::alone();
        let status = run(&self.words, &mut door, files);
        let output = door.output();
        if status == 0 { Ok(output) } else { Err(complaint(&output)) }
    }
}

fn run(words: &[String], door: &mut JobDoor<'_>, files: &Folder) -> i32 {
    let mut checkout = Checkout(files);
    let mut config = Kubeconfig::single("ci", "ci", "ci", "default");
    opsdrill_shell::helm::run(words, None, door, &mut checkout, &mut config)
}

/// The error among what was printed.
fn complaint(output: &str) -> String {
    let from = output.find("Error: ").map_or(0, |it| it + "Error: ".len());
    output[from..].trim().to_owned()
}
