//! The grade: what the repair really does, how long it holds, and what it cost on the way.
//!
//! After `submit` the session is forked by replay and the night is played on the fork: the source is
//! deployed again, a pod is deleted, a node reboots, the peak comes. What holds through the night is then built once
//! more from the source alone. No command is compared with an expected one.

pub mod communication;
pub mod evidence;
pub mod happening;
mod html;
pub mod method;
mod night;
pub mod points;
pub mod source;
pub(crate) mod text;
pub mod times;
pub mod users;

use opsdrill_engine::{SimDuration, SimTime};
use serde::{Deserialize, Serialize};

use crate::drill::{Diagnosis, Page};
use crate::scenario::format::{Breach, Objective, Safeguard};
use crate::scenario::{Scenario, Text, span};
use crate::session::{Play, Session};
use crate::stage::Watched;
use communication::Told;
use evidence::Proof;
use happening::{Happening, Moment};
use points::Points;
use source::SourceResult;

/// For how long something that worked may be broken on the way to the repair: pods are started anew.
const ON_THE_WAY_MAX: SimDuration = SimDuration::minutes(3);

/// The verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Users are served, it lasts, nothing was endangered.
    Pass,
    /// It works, but something was endangered or broken on the way.
    Unsafe,
    /// It does not work, does not last, or is not in the source.
    Fail,
    /// Nothing was submitted; or it works and lasts, but was handed in before it had held for as long as it must.
    Incomplete,
}

/// How one objective fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveResult {
    /// Its title.
    pub title: Text,
    /// Whether it had to be reached: it was not so when the trainee sat down.
    pub needed: bool,
    /// Whether it was reached, and had held for as long as it must, when the trainee submitted.
    pub reached: bool,
    /// Milliseconds from the ticket until it was reached for good.
    pub reached_after_ms: Option<u64>,
    /// Milliseconds for which it had held by then.
    pub held_ms: u64,
    /// Milliseconds for which it must hold.
    pub hold_ms: u64,
    /// Milliseconds for which it was broken before the trainee submitted, if it was so at first.
    pub broken_ms: u64,
    /// Whether it held through the night (but for the slack that the scenario gives).
    pub lasted: bool,
    /// Milliseconds after `submit` at which it broke, and what was seen then.
    pub broke: Option<(u64, Text)>,
    /// What was seen when the trainee submitted.
    pub evidence: Text,
}

/// How one safeguard fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafeguardResult {
    /// Its title.
    pub title: Text,
    /// Whether it held.
    pub kept: bool,
    /// What was seen when it broke, or at last.
    pub evidence: Text,
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
    /// What a cluster built from the source was like; nothing if the night had already shown that the repair is none.
    pub source: Option<SourceResult>,
    /// Milliseconds from the ticket to `submit`.
    pub time_ms: u64,
    /// How long it took to detect, to mitigate, to fix.
    pub times: times::Times,
    /// What the trainee did, in numbers.
    pub method: method::Method,
    /// The trainee's claim.
    pub diagnosis: Option<Diagnosis>,
    /// Whether the claim is right.
    pub diagnosis_right: bool,
    /// What its evidence is worth.
    pub proof: Proof,
    /// The pages that were sent.
    pub pages: Vec<Page>,
    /// How the lead was told.
    pub told: Told,
    /// What happened, in order of time.
    pub moments: Vec<Moment>,
    /// Users over the session and the night.
    pub users: Vec<users::UserSeries>,
    /// State of the world at `submit`.
    pub state_hash: String,
    /// Hash of the log up to and with `submit`.
    pub log_hash: String,
}

/// Grades a session at the moment of `submit`.
///
/// The night is played on a replay of the session, which then stands in the session's place: two worlds at once would
/// take twice the memory, and a session that was handed in does not go on. For the same reason nothing of the night's
/// world is left when the one that is built from the source comes.
pub(crate) fn grade(session: &mut Session) -> Outcome {
    let submitted = session.now();
    let state_hash = session.state_hash();
    session.start_again();
    let play = &mut session.play;
    play.stage.advance(submitted);
    assert_eq!(
        state_hash,
        play.state_hash(),
        "a replay of the session must end where the session stands"
    );
    play.stage.judge();
    let start = play.stage.start;
    let scenario = play.scenario.clone();
    let pairs = scenario.file.objectives.iter().zip(&play.stage.objectives);
    let reached: Vec<ObjectiveResult> =
        pairs.map(|(objective, watched)| at_submit(objective, watched, start, submitted)).collect();
    let safe: Vec<Text> = play.stage.safeguards.iter().map(|it| (&it.evidence).into()).collect();
    let source_files = night::source(play);
    let (dawn, mut moments) = night::play(play, submitted, &source_files);
    let pairs = scenario.file.objectives.iter().zip(&play.stage.objectives);
    let objectives: Vec<ObjectiveResult> = reached
        .into_iter()
        .zip(pairs)
        .map(|(result, (objective, watched))| {
            after_night(result, &objective.night_slack, watched, submitted, dawn)
        })
        .collect();
    let pairs = scenario.file.safeguards.iter().zip(&play.stage.safeguards);
    let safeguards: Vec<(SafeguardResult, Breach)> = pairs
        .zip(safe)
        .map(|((safeguard, watched), at_submit)| {
            let from = if safeguard.from_start { start } else { submitted };
            (safeguarded(safeguard, watched, (from, dawn), at_submit), safeguard.breach)
        })
        .collect();
    moments.push(Moment { time_ms: submitted.since(start).0, what: Happening::Submitted });
    moments.extend(happening::of_objectives(&play.stage));
    moments.sort_by_key(|it| it.time_ms);
    let seen = Seen::of(session, submitted, dawn, &objectives);
    let undeployed = SourceResult::undeployed(&session.play.stage);
    session.play.stage.release();
    let lasted = objectives.iter().all(|it| it.lasted);
    let source = undeployed.or_else(|| {
        lasted.then(|| source::rebuild(&scenario, session.log().header().seed, &source_files))
    });
    let night = Night { submitted, objectives, safeguards, source, moments, state_hash };
    finish(session, seen, night)
}

/// What the night has shown.
struct Night {
    submitted: SimTime,
    objectives: Vec<ObjectiveResult>,
    safeguards: Vec<(SafeguardResult, Breach)>,
    source: Option<SourceResult>,
    moments: Vec<Moment>,
    state_hash: String,
}

/// What only the world of the night can tell.
struct Seen {
    method: method::Method,
    proof: Proof,
    times: times::Times,
    users: Vec<users::UserSeries>,
}

impl Seen {
    fn of(
        session: &Session,
        submitted: SimTime,
        dawn: SimTime,
        objectives: &[ObjectiveResult],
    ) -> Self {
        let Play { scenario, stage, drill, .. } = &session.play;
        let claim = drill.diagnosis.as_ref();
        let detected = claimed_ms(scenario, claim);
        Self {
            method: method::of(stage, session.log(), stage.start, submitted),
            proof: claim.map(|it| evidence::weigh(scenario, stage, it)).unwrap_or_default(),
            times: times::of(scenario, stage, objectives, detected, submitted),
            users: users::timeline(stage, stage.start, dawn),
        }
    }
}

fn finish(session: &Session, seen: Seen, night: Night) -> Outcome {
    let Play { scenario, stage, drill, .. } = &session.play;
    let Night { submitted, objectives, safeguards, source, moments, state_hash } = night;
    let Seen { method, proof, mut times, users } = seen;
    let verdict = verdict(&objectives, &safeguards, source.as_ref());
    let diagnosis = drill.diagnosis.clone();
    let diagnosis_right = diagnosis.as_ref().is_some_and(|it| is_true(scenario, it));
    let time_ms = submitted.since(stage.start).0;
    let safeguards: Vec<SafeguardResult> = safeguards.into_iter().map(|it| it.0).collect();
    let rubric = &scenario.file.rubric;
    let mut points = Points::default();
    // What comes right by itself, or because the users have gone to bed, is nobody's merit.
    if method.writes > 0 {
        points = Points::of_result(rubric, &objectives, &safeguards, source.as_ref());
    }
    if verdict == Verdict::Fail {
        times.nothing_fixed(claimed_ms(scenario, drill.diagnosis.as_ref()));
    } else {
        let meant_ms = u64::from(scenario.file.minutes) * 60_000;
        points.time = points::for_time(rubric.time, time_ms, meant_ms);
        points.method = method.points(rubric.method);
    }
    points.diagnosis = match (diagnosis_right, proof) {
        (true, Proof::Seen) => rubric.diagnosis,
        (true, _) => rubric.diagnosis / 2,
        (false, _) => 0,
    };
    let told = communication::of(scenario, &drill.pages, &times, time_ms);
    points.communication = told.points(rubric.communication, verdict != Verdict::Fail);
    let taken = scenario.file.hints.iter().take(drill.hints);
    points.hints = taken.map(|it| it.cost).sum();
    Outcome {
        scenario: scenario.name.clone(),
        seed: session.log().header().seed,
        rubric: rubric.version,
        verdict,
        score: points.earned().saturating_sub(points.hints).min(100),
        points,
        times,
        objectives,
        safeguards,
        source,
        time_ms,
        method,
        diagnosis,
        diagnosis_right,
        proof,
        pages: drill.pages.clone(),
        told,
        moments,
        users,
        state_hash,
        log_hash: session.log().hash().to_owned(),
    }
}

fn at_submit(
    objective: &Objective,
    watched: &Watched,
    start: SimTime,
    submitted: SimTime,
) -> ObjectiveResult {
    let hold = span::parse(&objective.hold).expect("checked when the scenario was loaded");
    let since = watched.met_since();
    let held_ms = since.map_or(0, |it| submitted.since(it).0);
    let needed = !watched.met_at(start);
    ObjectiveResult {
        title: objective.title.clone(),
        needed,
        broken_ms: if needed { 0 } else { watched.unmet_within(start, submitted).0 },
        reached: since.is_some() && held_ms >= hold.0,
        reached_after_ms: since.map(|it| it.max(start).since(start).0),
        held_ms,
        hold_ms: hold.0,
        lasted: false,
        broke: None,
        evidence: (&watched.evidence).into(),
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
        result.broke = broke.map(|it| (it.time.since(submitted).0, (&it.finding.evidence).into()));
    }
    result
}

fn safeguarded(
    safeguard: &Safeguard,
    watched: &Watched,
    (from, dawn): (SimTime, SimTime),
    at_submit: Text,
) -> SafeguardResult {
    let slack = span::parse(&safeguard.slack).expect("checked when the scenario was loaded");
    let broke = watched
        .first_unmet(from, dawn)
        .filter(|_| watched.met_since().is_none() || watched.unmet_within(from, dawn) > slack);
    SafeguardResult {
        title: safeguard.title.clone(),
        kept: broke.is_none() && !watched.changes.is_empty(),
        evidence: match broke {
            None => (&watched.evidence).into(),
            // What was so before it counted may look otherwise by now.
            Some(it) if it.time < from => at_submit,
            Some(it) => (&it.finding.evidence).into(),
        },
    }
}

fn verdict(
    objectives: &[ObjectiveResult],
    safeguards: &[(SafeguardResult, Breach)],
    source: Option<&SourceResult>,
) -> Verdict {
    let lasts = objectives.iter().all(|it| it.lasted) && source.is_none_or(|it| it.complete);
    let broken = |breach: Breach| safeguards.iter().any(|(it, own)| !it.kept && *own == breach);
    if !lasts || broken(Breach::Fail) {
        Verdict::Fail
    } else if !objectives.iter().all(|it| it.reached) {
        Verdict::Incomplete
    } else if broken(Breach::Unsafe) || objectives.iter().any(ObjectiveResult::was_broken) {
        Verdict::Unsafe
    } else {
        Verdict::Pass
    }
}

impl ObjectiveResult {
    /// Whether something that worked was broken on the way, for longer than a restart takes.
    fn was_broken(&self) -> bool {
        self.broken_ms > ON_THE_WAY_MAX.0
    }
}

/// Milliseconds from the ticket until the right thing was claimed.
fn claimed_ms(scenario: &Scenario, claim: Option<&Diagnosis>) -> Option<u64> {
    claim.filter(|it| is_true(scenario, it)).map(|it| it.after_ms)
}

fn is_true(scenario: &Scenario, diagnosis: &Diagnosis) -> bool {
    let truth = &scenario.file.truth;
    truth.objects.contains(&diagnosis.object) && truth.mechanisms.contains(&diagnosis.mechanism)
}
