//! Which services come from charts and which from plain manifests, and what authors may have written wrong about it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::complaints::Page;
use super::format::{End, Release, ScenarioFile};
use super::library::Folder;
use super::load::ContentError;
use super::located::{Located, Place};
use super::references::Known;
use crate::chart_hosts::ChartHosts;
use crate::deploy::charts::Call;
use crate::stage::TRAINEE;

/// The releases of a scenario: those of its platform that it names, and its own.
pub(super) fn chosen(platform: &[Release], file: &ScenarioFile) -> Vec<Release> {
    let named = platform.iter().filter(|it| is_chosen(it, file));
    named.chain(&file.world.releases).cloned().collect()
}

fn is_chosen(release: &Release, file: &ScenarioFile) -> bool {
    release.replaces.is_empty() || file.from_charts.contains(&release.name)
}

/// Takes out of a workspace whichever form of each service of the platform is not used.
pub(super) fn take_out(workspace: &mut Folder, platform: &[Release], file: &ScenarioFile) {
    for release in platform {
        let chart = [release.chart.clone()];
        let gone = if is_chosen(release, file) { &release.replaces[..] } else { &chart };
        workspace.retain(|path, _| !gone.iter().any(|it| lies_in(path, it)));
    }
}

fn lies_in(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The files of a scenario among which charts are looked for.
pub(super) struct Charts<'a> {
    pub(super) releases: &'a [Release],
    pub(super) workspace: &'a Folder,
    pub(super) earlier: &'a Folder,
    pub(super) namespace: &'a str,
    pub(super) release_ends: End,
    /// Where charts can be had from.
    pub(super) hosts: &'a RefCell<ChartHosts>,
    /// The whole path of a file of the workspace, and of the platform's.
    pub(super) place_of: &'a dyn Fn(&str) -> String,
    pub(super) place_of_earlier: &'a dyn Fn(&str) -> String,
}

impl Charts<'_> {
    /// Learns the objects that charts make; answers what is wrong with those that make none.
    pub(super) fn learn(&self, known: &mut Known) -> Vec<ContentError> {
        let mut errors = Vec::new();
        for release in self.releases {
            let own = |files: &Folder| -> Folder {
                let used = |path: &str| {
                    lies_in(path, &release.chart) || release.values.iter().any(|it| it == path)
                };
                files
                    .iter()
                    .filter(|it| used(it.0))
                    .map(|it| (it.0.clone(), it.1.clone()))
                    .collect()
            };
            let (now, before) = (own(self.workspace), own(self.earlier));
            if !now.keys().any(|it| lies_in(it, &release.chart)) {
                continue;
            }
            if !before.is_empty() && before != now {
                errors.extend(self.learn_one(release, &before, self.place_of_earlier, known));
            }
            let found = self.learn_one(release, &now, self.place_of, known);
            // What the trainee is to find there is no mistake of the author.
            if self.release_ends != End::Failed || before.is_empty() || before == now {
                errors.extend(found);
            }
        }
        if !errors.is_empty() {
            known.lacks_objects();
        }
        errors
    }

    fn learn_one(
        &self,
        release: &Release,
        files: &Folder,
        place_of: &dyn Fn(&str) -> String,
        known: &mut Known,
    ) -> Vec<ContentError> {
        match Call::template(release, self.namespace).run_alone(files, &mut self.hosts.borrow_mut())
        {
            Ok(manifest) => {
                let path = place_of(&format!("{}/Chart.yaml", release.chart));
                let mut errors = known.add_text(&manifest, &path);
                // Lines of what was rendered say nothing about the chart.
                for error in &mut errors {
                    error.place = Some((1, 1));
                }
                errors
            }
            Err(problem) => vec![complaint(release, files, &problem, place_of)],
        }
    }
}

/// A complaint of helm, at the file and the line that it names.
fn complaint(
    release: &Release,
    files: &Folder,
    problem: &str,
    place_of: &dyn Fn(&str) -> String,
) -> ContentError {
    let named = files.keys().filter_map(|path| {
        let below = path.strip_prefix(&release.chart)?;
        let at = [below, path].into_iter().find_map(|it| Some(problem.find(it)? + it.len()))?;
        Some((path, place_in(&problem[at..])))
    });
    // A template's name may be a part of another's.
    let (path, place) = named.max_by_key(|it| it.0.len()).map_or_else(
        || (format!("{}/Chart.yaml", release.chart), (1, 1)),
        |(path, place)| (path.clone(), place),
    );
    let hint =
        format!("`helm template {} {}` in the drill says the same", release.name, release.chart);
    ContentError { file: place_of(&path), place: Some(place), problem: problem.to_owned(), hint }
}

/// The line and column at the beginning of `:12:5: …` or `: error … line 12: …`.
fn place_in(rest: &str) -> Place {
    let number = |text: &str| -> Option<u64> {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    if let Some(line) = rest.strip_prefix(':').and_then(number) {
        let column = rest[1..].split_once(':').and_then(|it| number(it.1)).unwrap_or(1);
        return (line, column.max(1));
    }
    let line = rest.split_once("line ").and_then(|it| number(it.1));
    (line.unwrap_or(1), 1)
}

/// What is wrong with the releases that `scenario.yaml` or `platform.yaml` declares.
pub(super) fn of_world(tree: &Located, known: &Known, page: &mut Page<'_>) {
    for release in tree.list(&["world", "releases"]) {
        if let Some(chart) = release.get("chart")
            && let Some(path) = chart.text()
            && !known.has_workspace_file(&format!("{path}/Chart.yaml"))
        {
            let problem = format!("there is no workspace/{path}/Chart.yaml");
            page.wrong(chart.place, problem, "`chart` is a folder below workspace/");
        }
        let named = ["values", "also_renders", "replaces"].map(|it| release.list(&[it]));
        for file in named.into_iter().flatten() {
            if let Some(path) = file.text()
                && !known.has_workspace_file(path)
            {
                page.wrong(file.place, format!("there is no workspace/{path}"), "");
            }
        }
    }
}

/// What is wrong with the names of releases in `scenario.yaml`. Times are looked at where all times are.
pub(super) fn of_scenario(
    tree: &Located,
    shared: Option<&Located>,
    files: &Known,
    page: &mut Page<'_>,
) {
    let names_in = |tree: &Located, switchable: bool| -> BTreeSet<String> {
        let releases = tree.list(&["world", "releases"]).iter();
        let wanted = releases.filter(|it| !switchable || !it.list(&["replaces"]).is_empty());
        wanted.filter_map(|it| Some(it.get("name")?.text()?.to_owned())).collect()
    };
    let switchable = shared.map(|it| names_in(it, true)).unwrap_or_default();
    let mut known = shared.map(|it| names_in(it, false)).unwrap_or_default();
    known.retain(|it| !switchable.contains(it));
    for named in tree.list(&["from_charts"]) {
        let Some(name) = named.text() else { continue };
        if switchable.contains(name) {
            known.insert(name.to_owned());
        } else {
            wrong_name(named, name, &switchable, page);
        }
    }
    known.extend(names_in(tree, false));
    for past in tree.list(&["history"]) {
        if let Some(named) = past.get("release")
            && let Some(name) = named.text()
            && !known.contains(name)
        {
            wrong_name(named, name, &known, page);
        }
        if let Some(folder) = past.get("files")
            && let Some(name) = folder.text()
            && !files.has_past(name)
        {
            let hint = "`files` is a folder below past/ of the scenario";
            page.wrong(folder.place, format!("there is no past/{name}"), hint);
        }
        if let Some(by) = past.get("by")
            && by.text().is_some_and(is_taken)
        {
            let hint = "`by` is a colleague's name; without it the deploy job did it";
            page.wrong(by.place, "this name is taken", hint);
        }
        if let Some(revision) = past.get("rollback")
            && (past.get("set").is_some() || past.get("files").is_some())
        {
            let hint = "write two entries if both were done";
            page.wrong(revision.place, "whoever goes back deploys no files and no values", hint);
        }
    }
    if let Some(ends) = tree.get("release_ends").filter(|_| tree.get("released").is_none()) {
        page.wrong(ends.place, "nothing was released", "`released` says when it was");
    }
}

/// Whether a name is somebody's whom grading tells from colleagues.
fn is_taken(name: &str) -> bool {
    name.is_empty() || name == TRAINEE || name.starts_with("system:")
}

/// What is wrong with the name of a release in a check or in the truth.
pub(super) fn of_name(written: &Located, name: &str, known: &Known, page: &mut Page<'_>) {
    if let Some(releases) = known.releases()
        && !releases.contains(name)
    {
        wrong_name(written, name, releases, page);
    }
}

fn wrong_name(written: &Located, name: &str, known: &BTreeSet<String>, page: &mut Page<'_>) {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let hint = match known.as_slice() {
        [] => "the platform and `world.releases` declare releases".to_owned(),
        known => format!("there are {}", known.join(", ")),
    };
    page.wrong(written.place, format!("no release is called {name:?}"), &hint);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_where_helm_says_them() {
        assert_eq!(place_in(":12:24: executing"), (12, 24));
        assert_eq!(place_in(":7): unexpected"), (7, 1));
        assert_eq!(place_in(": error converting YAML to JSON: yaml: line 5: x"), (5, 1));
        assert_eq!(place_in(" is odd"), (1, 1));
    }

    #[test]
    fn the_form_that_is_not_used_is_taken_out() {
        let platform = [Release {
            name: "a".into(),
            chart: "helm/a".into(),
            replaces: vec!["k8s/a".into()],
            ..Release::default()
        }];
        let files = || -> Folder {
            ["helm/a/Chart.yaml", "k8s/a/x.yaml", "k8s/ab/x.yaml"]
                .map(|it| (it.to_owned(), Vec::new()))
                .into()
        };
        let written = "format_version: 1\ntitle: {en: a, fr: a}\nlevel: junior\nminutes: 1\n\
            date: x\nnamespace: a\nticket: {en: a, fr: a}\nhints: []\nvariants: [{}]\n\
            objectives: []\ntruth: {objects: [], mechanisms: [], evidence: []}\n\
            debrief: {en: a, fr: a}\n";
        let mut file: ScenarioFile = serde_saphyr::from_str(written).unwrap();
        let (mut plain, mut charts) = (files(), files());
        take_out(&mut plain, &platform, &file);
        assert_eq!(plain.keys().collect::<Vec<_>>(), ["k8s/a/x.yaml", "k8s/ab/x.yaml"]);
        assert!(chosen(&platform, &file).is_empty());
        file.from_charts = vec!["a".into()];
        take_out(&mut charts, &platform, &file);
        assert_eq!(charts.keys().collect::<Vec<_>>(), ["helm/a/Chart.yaml", "k8s/ab/x.yaml"]);
        assert_eq!(chosen(&platform, &file).len(), 1);
    }
}
