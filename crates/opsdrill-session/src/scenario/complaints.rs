//! What is wrong with a scenario beyond the shape of its files: times, names, amounts, checks, faults.
//!
//! Everything is looked at where it stands, also in a file whose shape is wrong elsewhere, so that an author sees all
//! mistakes at once.

use opsdrill_engine::SimDuration;

use super::load::{ContentError, FORMAT_VERSION};
use super::located::{Located, Place};
use super::references::{self, Known};
use super::releases;
use super::span;
use crate::drill::MECHANISMS;

/// The longest time that a world may run before the trainee sits down.
const WARM_UP_MAX: SimDuration = SimDuration::hours(72);
/// The longest night.
const NIGHT_MAX: SimDuration = SimDuration::hours(48);
/// What a scenario without `night:` or `warm_up:` has.
const NIGHT_DEFAULT: SimDuration = SimDuration::hours(12);
const WARM_UP_DEFAULT: SimDuration = SimDuration::hours(2);

/// One file, and what is wrong in it so far.
pub(super) struct Page<'a> {
    pub(super) path: &'a str,
    pub(super) errors: Vec<ContentError>,
}

impl Page<'_> {
    /// Adds a complaint.
    pub(super) fn wrong(&mut self, place: Place, problem: impl Into<String>, hint: &str) {
        let (file, place) = (self.path.to_owned(), Some(place));
        self.errors.push(ContentError { file, place, problem: problem.into(), hint: hint.into() });
    }

    /// Reads a span that is written as the text of a value.
    fn span(&mut self, written: &Located) -> Option<SimDuration> {
        let text = written.text()?;
        self.parsed(span::parse(text), written.place)
    }

    fn parsed<T>(&mut self, parsed: Result<T, String>, place: Place) -> Option<T> {
        parsed.map_err(|problem| self.wrong(place, problem, "")).ok()
    }

    /// A span of at most so much.
    fn span_to(&mut self, written: Option<&Located>, most: SimDuration) -> Option<SimDuration> {
        let written = written?;
        let span = self.span(written)?;
        if span > most {
            let hours = most.as_seconds() / 3600;
            self.wrong(written.place, format!("this is longer than {hours}h"), "");
            return None;
        }
        Some(span)
    }
}

/// What is wrong in `scenario.yaml`.
pub(super) fn of_scenario(
    tree: &Located,
    shared: Option<&Located>,
    path: &str,
    known: &Known,
) -> Vec<ContentError> {
    let mut page = Page { path, errors: Vec::new() };
    head(tree, &mut page);
    releases::of_scenario(tree, shared, known, &mut page);
    let warm_up = match tree.get("warm_up") {
        None => Some(WARM_UP_DEFAULT),
        written => page.span_to(written, WARM_UP_MAX),
    };
    if let Some(released) = tree.get("released") {
        moment(released, warm_up, SimDuration(0), &mut page);
    }
    for past in tree.list(&["history"]) {
        if let Some(at) = past.get("at") {
            moment(at, warm_up, SimDuration(0), &mut page);
        }
    }
    for timed in tree.list(&["faults"]) {
        fault(timed, warm_up, NIGHT_MAX, known, &mut page);
    }
    objectives(tree, known, &mut page);
    page.span_to(tree.get("lead_within"), NIGHT_MAX);
    night(tree, known, &mut page);
    truth(tree, known, &mut page);
    references::of_world(tree, known, &mut page);
    page.errors
}

/// What is wrong in `platform.yaml`.
pub(super) fn of_platform(tree: &Located, path: &str, known: &Known) -> Vec<ContentError> {
    let mut page = Page { path, errors: Vec::new() };
    head(tree, &mut page);
    references::of_world(tree, known, &mut page);
    page.errors
}

fn head(tree: &Located, page: &mut Page<'_>) {
    if let Some(version) = tree.get("format_version")
        && version.value().as_u64().is_some_and(|it| it != u64::from(FORMAT_VERSION))
    {
        let problem = format!("format_version {} is not known", version.value());
        page.wrong(version.place, problem, &format!("this program reads {FORMAT_VERSION}"));
    }
    if let Some(date) = tree.get("date")
        && let Some(text) = date.text()
        && text.parse::<jiff::Timestamp>().is_err()
    {
        let problem = format!("{text:?} is no date and time");
        page.wrong(date.place, problem, "write it like 2026-03-02T09:15:00Z");
    }
}

/// A time before or after the trainee sits down, within what is played.
fn moment(
    written: &Located,
    before_max: Option<SimDuration>,
    after_max: SimDuration,
    page: &mut Page<'_>,
) {
    let Some(text) = written.text() else { return };
    match page.parsed(span::parse_signed(text), written.place) {
        Some((true, by)) if before_max.is_some_and(|it| by > it) => {
            page.wrong(written.place, "this is before the world begins", "`warm_up` says when");
        }
        Some((false, by)) if by > after_max => {
            let hours = after_max.as_seconds() / 3600;
            let problem = match hours {
                0 => "this is after the trainee sits down".to_owned(),
                _ => format!("this is later than {hours}h"),
            };
            page.wrong(written.place, problem, "write times before it with a minus, like -25m");
        }
        _ => {}
    }
}

fn objectives(tree: &Located, known: &Known, page: &mut Page<'_>) {
    let (objectives, safeguards) = (tree.get("objectives"), tree.list(&["safeguards"]));
    let drill = tree.get("free").is_none();
    if let Some(written) = objectives.filter(|it| drill && it.items().is_empty()) {
        page.wrong(written.place, "a scenario without objectives cannot be solved", "");
    }
    for judged in objectives.map_or(&[][..], Located::items).iter().chain(safeguards) {
        for span in ["hold", "night_slack", "slack"] {
            page.span_to(judged.get(span), NIGHT_MAX);
        }
        if let Some(check) = judged.get("check") {
            let load = |name: &str, it| opsdrill_checks::load(name, it).map(drop);
            single(check, "check", &load, known, page);
        }
    }
}

fn fault(
    timed: &Located,
    before_max: Option<SimDuration>,
    after_max: SimDuration,
    known: &Known,
    page: &mut Page<'_>,
) {
    if let Some(at) = timed.get("at") {
        moment(at, before_max, after_max, page);
    }
    if let Some(fault) = timed.get("fault") {
        let load = |name: &str, it| opsdrill_faults::load(name, it).map(drop);
        single(fault, "fault", &load, known, page);
    }
}

/// A check or a fault: one name of a catalogue with its parameters.
fn single(
    written: &Located,
    what: &str,
    load: &dyn Fn(&str, serde_json::Value) -> Result<(), String>,
    known: &Known,
    page: &mut Page<'_>,
) {
    let [(name, parameters)] = written.entries() else {
        let problem = format!("a {what} is written as one name with its parameters");
        page.wrong(written.place, problem, "`name: {parameter: value}`");
        return;
    };
    if let Err(problem) = load(name, parameters.value()) {
        let (problem, hint) = problem.split_once("; ").unwrap_or((&problem, ""));
        let quoted = problem.split('`').nth(1).and_then(|it| parameters.get(it));
        let is_name = problem.starts_with("no ");
        let place = if is_name { written.place } else { quoted.unwrap_or(parameters).place };
        page.wrong(place, problem, hint);
    }
    references::of_parameters(parameters, known, page);
    if let Some(object) = parameters.get("object").filter(|_| what == "fault") {
        references::of_created(object, known, page);
    }
}

fn night(tree: &Located, known: &Known, page: &mut Page<'_>) {
    let Some(night) = tree.get("night") else { return };
    let duration = match night.get("duration") {
        None => Some(NIGHT_DEFAULT),
        written => page.span_to(written, NIGHT_MAX),
    };
    for at in night.list(&["redeploy_at"]) {
        let span = page.span(at);
        within_night(span, duration, at.place, page);
    }
    for (what, parameter) in [("delete_pod", "pods"), ("reboot_node", "node")] {
        for (at, named) in night.get(what).map_or(&[][..], Located::entries) {
            let span = page.parsed(span::parse(at), named.place);
            within_night(span, duration, named.place, page);
            references::of_parameter(parameter, named, None, known, page);
        }
    }
    for timed in night.list(&["faults"]) {
        fault(timed, Some(SimDuration(0)), duration.unwrap_or(NIGHT_MAX), known, page);
    }
}

fn within_night(
    at: Option<SimDuration>,
    duration: Option<SimDuration>,
    place: Place,
    page: &mut Page<'_>,
) {
    if at.zip(duration).is_some_and(|(at, duration)| at > duration) {
        page.wrong(place, "this is after the night's end", "`night.duration` says how long it is");
    }
}

fn truth(tree: &Located, known: &Known, page: &mut Page<'_>) {
    if let Some(written) = tree.get("truth").and_then(|it| it.get("evidence"))
        && tree.get("free").is_none()
        && written.items().is_empty()
    {
        let problem = "without evidence no diagnosis can be shown to be right";
        page.wrong(written.place, problem, "name what shows the fault, like pod/payment-service-*");
    }
    for object in tree.list(&["truth", "objects"]).iter().chain(tree.list(&["truth", "evidence"])) {
        let Some(text) = object.text() else { continue };
        if let Some(release) = text.strip_prefix("release/").filter(|it| !it.is_empty()) {
            releases::of_name(object, release, known, page);
            continue;
        }
        let kind = text.split_once('/').and_then(|(kind, name)| {
            let singular = opsdrill_objects::Kind::by_resource(kind)?.info().singular;
            (singular == kind && !name.is_empty()).then_some(())
        });
        if kind.is_none() {
            let problem = format!("{text:?} is no object as `diagnose` names it");
            page.wrong(object.place, problem, "write it like deployment/payment-service");
        }
    }
    for mechanism in tree.list(&["truth", "mechanisms"]) {
        let Some(text) = mechanism.text() else { continue };
        if !MECHANISMS.iter().any(|it| it.0 == text) {
            let names: Vec<&str> = MECHANISMS.iter().map(|it| it.0).collect();
            let hint = format!("there are {}", names.join(", "));
            page.wrong(mechanism.place, format!("no mechanism is called {text:?}"), &hint);
        }
    }
}
