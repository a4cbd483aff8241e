//! The result as a terminal shows it.

use std::fmt::Write as _;

use super::times::Times;
use super::users::percent;
use super::{ObjectiveResult, Outcome, Verdict};
use crate::drill::{either, say};
use crate::log::Language;
use crate::scenario::Scenario;

/// The line for what the source alone makes.
pub(super) const FROM_SOURCE: [&str; 2] = [
    "A cluster built from the source alone works as well",
    "Un cluster construit à partir de la seule source marche aussi",
];

impl Verdict {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Unsafe => "UNSAFE",
            Self::Fail => "FAIL",
            Self::Incomplete => "INCOMPLETE",
        }
    }
}

/// `5 min 30 s`, `2 h 05 min`.
pub(crate) fn lasting(ms: u64) -> String {
    let minutes = ms / 60_000;
    if minutes >= 60 {
        format!("{} h {:02} min", minutes / 60, minutes % 60)
    } else {
        format!("{minutes} min {:02} s", ms / 1000 % 60)
    }
}

impl ObjectiveResult {
    /// `x` reached and lasting, `~` not held for long enough, a blank otherwise.
    fn mark(&self) -> char {
        match (self.reached, self.lasted) {
            (true, true) => 'x',
            (false, true) => '~',
            _ => ' ',
        }
    }

    /// What is to be said of an objective that was not reached for good.
    pub(super) fn why(&self, language: Language) -> Option<String> {
        let word = |texts| either(texts, language);
        match (self.reached, self.lasted, &self.broke) {
            (true, true, _) => None,
            (true, false, Some((after, evidence))) => {
                let text = word(["it did not last: broken", "n'a pas tenu : cassé"]);
                let later = word(["after you submitted:", "après le rendu :"]);
                Some(format!("{text} {} {later} {}", lasting(*after), say(evidence, language)))
            }
            (false, true, _) => {
                let text = word([
                    "when you submitted it had held for",
                    "au moment du rendu, tenait depuis",
                ]);
                let of = word(["of", "sur"]);
                Some(format!("{text} {} {of} {}", lasting(self.held_ms), lasting(self.hold_ms)))
            }
            _ => Some(say(&self.evidence, language).to_owned()),
        }
    }
}

impl ObjectiveResult {
    /// What is to be said of something that worked at first and was broken on the way.
    pub(super) fn on_the_way(&self, language: Language) -> Option<String> {
        let texts = ["it worked at first and was broken for", "marchait au début ; cassé pendant"];
        let on_the_way = either(["on the way", "en cours de route"], language);
        let text = either(texts, language);
        self.was_broken().then(|| format!("{text} {} {on_the_way}", lasting(self.broken_ms)))
    }

    /// The mark in front of it: `!` if something was broken on the way that works again.
    fn shown_mark(&self) -> char {
        if self.mark() == 'x' && self.was_broken() { '!' } else { self.mark() }
    }
}

impl Outcome {
    /// The result in words.
    pub fn text(&self, scenario: &Scenario, language: Language) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "\n{}   {}/100\n", self.verdict.word(), self.score);
        for it in &self.objectives {
            let _ = write!(out, "[{}] {}", it.shown_mark(), say(&it.title, language));
            let after = it.reached_after_ms.filter(|_| it.reached && it.needed);
            if let Some(after) = after {
                let word = either(["after", "après"], language);
                let _ = write!(out, " ({word} {})", lasting(after));
            }
            let _ = writeln!(out);
            for why in it.why(language).into_iter().chain(it.on_the_way(language)) {
                let _ = writeln!(out, "      {why}");
            }
        }
        if let Some(source) = &self.source {
            let mark = if source.complete { 'x' } else { ' ' };
            let _ = writeln!(out, "[{mark}] {}", either(FROM_SOURCE, language));
            for evidence in &source.evidence {
                let _ = writeln!(out, "      {}", say(evidence, language));
            }
        }
        for it in &self.safeguards {
            let mark = if it.kept { "[x]" } else { "[!]" };
            let _ = writeln!(out, "{mark} {}", say(&it.title, language));
            if !it.kept {
                let _ = writeln!(out, "      {}", say(&it.evidence, language));
            }
        }
        let _ = writeln!(out);
        for it in &self.users {
            let text = either(
                [
                    "of requests succeeded from the ticket to the morning",
                    "des requêtes réussies du ticket au matin",
                ],
                language,
            );
            let title = scenario.title_of_users(&it.name, language);
            let _ = writeln!(out, "{title}: {} {text}", percent(it.success_ppm(), language));
        }
        let _ = writeln!(out, "{}", self.times.text(language));
        let _ = writeln!(out, "{}", self.points_text(scenario, language));
        for remark in self.remarks(scenario, language) {
            let _ = writeln!(out, "  - {remark}");
        }
        let _ = writeln!(out, "\n{}", say(&scenario.file.debrief, language).trim_end());
        out
    }

    /// Why points are missing, as far as the lines of objectives and safeguards do not say it.
    pub(super) fn remarks(&self, scenario: &Scenario, language: Language) -> Vec<String> {
        let word = |texts| either(texts, language);
        let rubric = &scenario.file.rubric;
        let mut remarks = Vec::new();
        if self.verdict != Verdict::Fail && self.points.time < rubric.time {
            let meant = lasting(u64::from(scenario.file.minutes) * 60_000);
            let (took, of) = (word(["time:", "temps :"]), word(["of about", "sur environ"]));
            remarks.push(format!("{took} {} {of} {meant}", lasting(self.time_ms)));
        }
        remarks.extend(self.method.remarks(language));
        match &self.diagnosis {
            None => remarks.push(
                word([
                    "no diagnosis was given (`diagnose`)",
                    "aucun diagnostic donné (`diagnose`)",
                ])
                .to_owned(),
            ),
            Some(claim) if !self.diagnosis_right => {
                let text = word(["the diagnosis was wrong:", "le diagnostic était faux :"]);
                remarks.push(format!("{text} {} {}", claim.object, claim.mechanism));
            }
            Some(_) => remarks.extend(self.proof.remark(language).map(str::to_owned)),
        }
        remarks.extend(self.told.remark(language));
        remarks
    }

    /// Where the points come from, in one line.
    pub(super) fn points_text(&self, scenario: &Scenario, language: Language) -> String {
        let rubric = &scenario.file.rubric;
        let rows = [
            (["outcome", "résultat"], self.points.outcome, rubric.outcome),
            (["durability", "durabilité"], self.points.durability, rubric.durability),
            (["safety", "sûreté"], self.points.safety, rubric.safety),
            (["time", "temps"], self.points.time, rubric.time),
            (["method", "méthode"], self.points.method, rubric.method),
            (["diagnosis", "diagnostic"], self.points.diagnosis, rubric.diagnosis),
            (["communication", "communication"], self.points.communication, rubric.communication),
        ];
        let rows =
            rows.map(|(name, points, most)| format!("{} {points}/{most}", either(name, language)));
        let mut out = rows.join(", ");
        if self.points.hints > 0 {
            let _ =
                write!(out, ", {} -{}", either(["hints", "indices"], language), self.points.hints);
        }
        out
    }
}

impl Times {
    /// In one line.
    pub(super) fn text(self, language: Language) -> String {
        let cause = [["cause found", "cause trouvée"], ["cause not found", "cause non trouvée"]];
        let users = [
            ["users served", "utilisateurs servis"],
            ["users not served", "utilisateurs non servis"],
        ];
        let repair = [["fixed", "réparé"], ["not fixed", "non réparé"]];
        let mut rows = vec![(cause, self.detect_ms)];
        rows.extend(self.users_hit.then_some((users, self.mitigate_ms)));
        rows.push((repair, self.fix_ms));
        let rows = rows.into_iter().map(|([done, open], time)| match time {
            Some(ms) => {
                let after = either(["after", "après"], language);
                format!("{} {after} {}", either(done, language), lasting(ms))
            }
            None => either(open, language).to_owned(),
        });
        rows.collect::<Vec<_>>().join(", ")
    }
}
