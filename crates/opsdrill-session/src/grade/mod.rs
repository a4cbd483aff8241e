//! The grade: what the repair really does, how long it holds, and what it cost on the way.
//!
//! After `submit` the session is forked by replay and the night is played on the fork: the source manifests are
//! deployed again, a pod is deleted, a node reboots, the peak comes. No command is compared with an expected one.

mod html;
mod method;
mod night;
mod text;
pub mod users;

use opsdrill_engine::SimTime;
use serde::{Deserialize, Serialize};

use crate::drill::Diagnosis;
use crate::scenario::format::{Breach, Rubric};
use crate::scenario::{Scenario, Text, span};
use crate::session::{Play, Session};
use crate::stage::Watched;

/// The verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Users are served, it lasts, nothing was endangered.
    Pass,
    /// It works, but something was endangered or broken on the way.
    Unsafe,
    /// It does not work, or does not last.
    Fail,
    /// Nothing was submitted.
    Incomplete,
}

/// How one objective fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveResult {
    /// Its title.
    pub title: Text,
    /// Whether it was reached and held when the trainee submitted.
    pub reached: bool,
    /// Milliseconds from the ticket until it was reached for good.
    pub reached_after_ms: Option<u64>,
    /// Whether it held through the night (but for the slack that the scenario gives).
    pub lasted: bool,
    /// Milliseconds after `submit` at which it broke, and what was seen then.
    pub broke: Option<(u64, String)>,
    /// What was seen when the trainee submitted.
    pub evidence: String,
}

/// How one safeguard fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafeguardResult {
    /// Its title.
    pub title: Text,
    /// Whether it held.
    pub kept: bool,
    /// What was seen when it broke, or at last.
    pub evidence: String,
}

/// Points, out of those of the rubric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Points {
    /// Objectives reached.
    pub outcome: u32,
    /// Objectives that lasted.
    pub durability: u32,
    /// Safeguards kept.
    pub safety: u32,
    /// Time.
    pub time: u32,
    /// Evidence before change, verification after it.
    pub method: u32,
    /// The diagnosis.
    pub diagnosis: u32,
    /// What hints cost.
    pub hints: u32,
}

/// The result of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Scenario, seed and version of the rubric that this was graded by.
    pub scenario: String,
    /// Seed.
    pub seed: u64,
    /// Rubric's version.
    pub rubric: u32,
    /// The verdict.
    pub verdict: Verdict,
    /// 0 to 100.
    pub score: u32,
    /// Where the points come from.
    pub points: Points,
    /// Objectives in the scenario's order.
    pub objectives: Vec<ObjectiveResult>,
    /// Safeguards in the scenario's order.
    pub safeguards: Vec<SafeguardResult>,
    /// Milliseconds from the ticket to `submit`.
    pub time_ms: u64,
    /// What the trainee did, in numbers.
    pub method: method::Method,
    /// The trainee's claim.
    pub diagnosis: Option<Diagnosis>,
    /// Whether the claim is right.
    pub diagnosis_right: bool,
    /// Users over the session and the night.
    pub users: Vec<users::UserSeries>,
    /// State of the world at `submit`.
    pub state_hash: String,
    /// Hash of the log up to and with `submit`.
    pub log_hash: String,
}

/// Grades a session at the moment of `submit`.
pub(crate) fn grade(session: &Session) -> Outcome {
    let submitted = session.now();
    let mut fork = session.fork(true);
    fork.stage.advance(submitted);
    let state_hash = fork.stage.cluster.state_hash().to_hex()[..32].to_owned();
    assert_eq!(
        state_hash,
        session.state_hash(),
        "a replay of the session must end where the session stands"
    );
    fork.stage.judge();
    let scenario = fork.scenario.clone();
    let file = &scenario.file;
    let reached: Vec<ObjectiveResult> = file
        .objectives
        .iter()
        .zip(&fork.stage.objectives)
        .map(|(objective, watched)| {
            at_submit(&objective.title, &objective.hold, watched, fork.stage.start, submitted)
        })
        .collect();
    let dawn = night::play(&mut fork, submitted);
    let objectives: Vec<ObjectiveResult> = reached
        .into_iter()
        .zip(file.objectives.iter().zip(&fork.stage.objectives))
        .map(|(result, (objective, watched))| {
            after_night(result, &objective.night_slack, watched, submitted, dawn)
        })
        .collect();
    let start = fork.stage.start;
    let safeguards: Vec<(SafeguardResult, Breach)> = file
        .safeguards
        .iter()
        .zip(&fork.stage.safeguards)
        .map(|(safeguard, watched)| {
            let from = if safeguard.from_start { start } else { submitted };
            (safeguarded(&safeguard.title, watched, from, dawn), safeguard.breach)
        })
        .collect();
    finish(session, &fork, submitted, dawn, objectives, safeguards, state_hash)
}

fn finish(
    session: &Session,
    fork: &Play,
    submitted: SimTime,
    dawn: SimTime,
    objectives: Vec<ObjectiveResult>,
    safeguards: Vec<(SafeguardResult, Breach)>,
    state_hash: String,
) -> Outcome {
    let scenario = &fork.scenario;
    let start = fork.stage.start;
    let verdict = verdict(&objectives, &safeguards);
    let method = method::of(&fork.stage, start, submitted);
    let diagnosis = session.play.drill.diagnosis.clone();
    let diagnosis_right = diagnosis.as_ref().is_some_and(|it| is_true(scenario, it));
    let time_ms = submitted.since(start).0;
    let safeguards: Vec<SafeguardResult> = safeguards.into_iter().map(|it| it.0).collect();
    let mut points = points(&scenario.file.rubric, &objectives, &safeguards);
    let rubric = &scenario.file.rubric;
    if verdict != Verdict::Fail {
        points.time = time_points(rubric.time, time_ms, u64::from(scenario.file.minutes) * 60_000);
        points.method = method.points(rubric.method);
    }
    points.diagnosis = if diagnosis_right { rubric.diagnosis } else { 0 };
    let taken = scenario.file.hints.iter().take(session.play.drill.hints);
    points.hints = taken.map(|it| it.cost).sum();
    let earned = points.outcome
        + points.durability
        + points.safety
        + points.time
        + points.method
        + points.diagnosis;
    Outcome {
        scenario: scenario.name.clone(),
        seed: session.log().header().seed,
        rubric: rubric.version,
        verdict,
        score: earned.saturating_sub(points.hints).min(100),
        points,
        objectives,
        safeguards,
        time_ms,
        method,
        diagnosis,
        diagnosis_right,
        users: users::timeline(&fork.stage, start, dawn),
        state_hash,
        log_hash: session.log().hash().to_owned(),
    }
}

fn at_submit(
    title: &Text,
    hold: &str,
    watched: &Watched,
    start: SimTime,
    submitted: SimTime,
) -> ObjectiveResult {
    let hold = span::parse(hold).expect("checked when the scenario was loaded");
    let since = watched.met_since().map(|it| it.max(start));
    ObjectiveResult {
        title: title.clone(),
        reached: since.is_some_and(|it| submitted.since(it) >= hold),
        reached_after_ms: since.map(|it| it.since(start).0),
        lasted: false,
        broke: None,
        evidence: watched.evidence.clone(),
    }
}

fn after_night(
    mut result: ObjectiveResult,
    slack: &str,
    watched: &Watched,
    submitted: SimTime,
    dawn: SimTime,
) -> ObjectiveResult {
    let slack = span::parse(slack).expect("checked when the scenario was loaded");
    let at_dawn = watched.met_since().is_some();
    result.lasted = at_dawn && watched.unmet_within(submitted, dawn) <= slack;
    if !result.lasted {
        let broke = watched.first_unmet(submitted, dawn);
        result.broke = broke.map(|it| (it.time.since(submitted).0, it.finding.evidence.clone()));
    }
    result
}

fn safeguarded(title: &Text, watched: &Watched, from: SimTime, dawn: SimTime) -> SafeguardResult {
    let broke = watched.first_unmet(from, dawn);
    SafeguardResult {
        title: title.clone(),
        kept: broke.is_none() && !watched.changes.is_empty(),
        evidence: broke.map_or_else(|| watched.evidence.clone(), |it| it.finding.evidence.clone()),
    }
}

fn verdict(objectives: &[ObjectiveResult], safeguards: &[(SafeguardResult, Breach)]) -> Verdict {
    let works = objectives.iter().all(|it| it.reached && it.lasted);
    let broken = |breach: Breach| safeguards.iter().any(|(it, own)| !it.kept && *own == breach);
    if !works || broken(Breach::Fail) {
        Verdict::Fail
    } else if broken(Breach::Unsafe) {
        Verdict::Unsafe
    } else {
        Verdict::Pass
    }
}

fn points(
    rubric: &Rubric,
    objectives: &[ObjectiveResult],
    safeguards: &[SafeguardResult],
) -> Points {
    let share = |most: u32, met: usize, all: usize| {
        if all == 0 { most } else { most * met as u32 / all as u32 }
    };
    let reached = objectives.iter().filter(|it| it.reached).count();
    let lasted = objectives.iter().filter(|it| it.reached && it.lasted).count();
    let kept = safeguards.iter().filter(|it| it.kept).count();
    Points {
        outcome: share(rubric.outcome, reached, objectives.len()),
        durability: share(rubric.durability, lasted, objectives.len()),
        // Who repairs nothing endangers nothing either: that is no merit.
        safety: if reached == 0 { 0 } else { share(rubric.safety, kept, safeguards.len()) },
        ..Points::default()
    }
}

/// All points within half of the time meant for it, none after twice that, in between by proportion.
fn time_points(most: u32, time_ms: u64, meant_ms: u64) -> u32 {
    let (early, late) = (meant_ms / 2, meant_ms * 2);
    if time_ms <= early {
        return most;
    }
    let left = late.saturating_sub(time_ms);
    (u64::from(most) * left / (late - early).max(1)) as u32
}

fn is_true(scenario: &Scenario, diagnosis: &Diagnosis) -> bool {
    let truth = &scenario.file.truth;
    truth.objects.contains(&diagnosis.object) && truth.mechanisms.contains(&diagnosis.mechanism)
}
