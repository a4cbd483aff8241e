//! Whether a scenario can be played as its author wrote it: its world is built, and everything is applied that will be.

use crate::scenario::{ContentError, Library, Scenario};
use crate::stage::Stage;

/// Builds the world of a scenario and deploys its release.
///
/// # Errors
/// What the cluster refuses.
pub fn rehearse(library: &Library, scenario: &Scenario) -> Result<(), Vec<ContentError>> {
    let built = Stage::new(scenario, scenario.variant as u64);
    let problems = built.err().unwrap_or_default();
    let errors: Vec<_> = problems.iter().map(|it| with_place(library, scenario, it)).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// The deploy job names a file or a chart as it is in the workspace, or a file in the cluster's folder.
fn with_place(library: &Library, scenario: &Scenario, problem: &str) -> ContentError {
    let (first, rest) = problem.split_once(": ").unwrap_or(("", problem));
    let chart = format!("{first}/Chart.yaml");
    let first = if scenario.workspace.contains_key(&chart) { &chart } else { first };
    let folder = if scenario.workspace.contains_key(first) {
        Some("workspace")
    } else {
        scenario.cluster_files.contains_key(first).then_some("cluster")
    };
    let name = &scenario.name;
    let Some(folder) = folder else {
        let file = format!("{name}/scenario.yaml");
        return ContentError {
            file,
            place: None,
            problem: problem.to_owned(),
            hint: String::new(),
        };
    };
    let path = format!("{folder}/{first}");
    let is_own = library.scenario(name).is_some_and(|it| it.contains_key(&path));
    let platform = scenario.file.platform.as_deref().unwrap_or_default();
    let above = if is_own { name.clone() } else { format!("_platforms/{platform}") };
    let file = format!("{above}/{path}");
    ContentError { file, place: Some((1, 1)), problem: rest.to_owned(), hint: String::new() }
}
