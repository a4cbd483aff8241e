//! The result as a terminal shows it.

use std::fmt::Write as _;

use super::users::percent;
use super::{Outcome, Verdict};
use crate::drill::{either, say};
use crate::log::Language;
use crate::scenario::Scenario;

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

fn span(ms: u64) -> String {
    let minutes = ms / 60_000;
    if minutes >= 60 {
        format!("{} h {:02} min", minutes / 60, minutes % 60)
    } else {
        format!("{minutes} min {:02} s", ms / 1000 % 60)
    }
}

impl Outcome {
    /// The result in words.
    pub fn text(&self, scenario: &Scenario, language: Language) -> String {
        let word = |texts| either(texts, language);
        let mut out = String::new();
        let _ = writeln!(out, "\n{}   {}/100\n", self.verdict.word(), self.score);
        for it in &self.objectives {
            let mark = if it.reached && it.lasted { "[x]" } else { "[ ]" };
            let _ = write!(out, "{mark} {}", say(&it.title, language));
            if let Some(after) = it.reached_after_ms.filter(|_| it.reached) {
                let _ = write!(out, " ({} {})", word(["after", "après"]), span(after));
            }
            let _ = writeln!(out);
            match &it.broke {
                Some((after, evidence)) if it.reached => {
                    let text = word(["it did not last: broken", "n'a pas tenu : cassé"]);
                    let later = word(["after you submitted", "après le rendu"]);
                    let _ = writeln!(out, "      {text} {} {later}: {evidence}", span(*after));
                }
                _ if !it.reached => {
                    let _ = writeln!(out, "      {}", it.evidence);
                }
                _ => {}
            }
        }
        for it in &self.safeguards {
            let mark = if it.kept { "[x]" } else { "[!]" };
            let _ = writeln!(out, "{mark} {}", say(&it.title, language));
            if !it.kept {
                let _ = writeln!(out, "      {}", it.evidence);
            }
        }
        let _ = writeln!(out);
        for it in &self.users {
            let success =
                (it.requests - it.failures.min(it.requests)) * 1_000_000 / it.requests.max(1);
            let text = word([
                "of requests succeeded from the ticket to the morning",
                "des requêtes réussies du ticket au matin",
            ]);
            let _ = writeln!(out, "{}: {} {text}", it.name, percent(success));
        }
        self.points_text(&mut out, scenario, language);
        let _ = writeln!(out, "\n{}", say(&scenario.file.debrief, language).trim_end());
        out
    }

    fn points_text(&self, out: &mut String, scenario: &Scenario, language: Language) {
        let rubric = &scenario.file.rubric;
        let rows = [
            (["outcome", "résultat"], self.points.outcome, rubric.outcome),
            (["durability", "durabilité"], self.points.durability, rubric.durability),
            (["safety", "sûreté"], self.points.safety, rubric.safety),
            (["time", "temps"], self.points.time, rubric.time),
            (["method", "méthode"], self.points.method, rubric.method),
            (["diagnosis", "diagnostic"], self.points.diagnosis, rubric.diagnosis),
        ];
        let rows =
            rows.map(|(name, points, most)| format!("{} {points}/{most}", either(name, language)));
        let _ = write!(out, "{}", rows.join(", "));
        if self.points.hints > 0 {
            let _ =
                write!(out, ", {} -{}", either(["hints", "indices"], language), self.points.hints);
        }
        let _ = writeln!(out);
    }
}
