//! The result as one page that needs nothing else: no script, no other file.

use std::fmt::Write as _;

use super::happening::Happening;
use super::text::{FROM_SOURCE, lasting};
use super::users::{UserSeries, percent};
use super::{Outcome, Verdict};
use crate::drill::{either, say};
use crate::log::{Input, Language, Log};
use crate::scenario::Scenario;

/// Width and height of the drawing of users' success.
const WIDTH: u64 = 960;
const HEIGHT: u64 = 72;
/// The part of the width that belongs to the session; the rest is the night.
const SESSION: u64 = 420;

const STYLE: &str = include_str!("report.css");

impl Outcome {
    /// The result as a self-contained page.
    pub fn html(
        &self,
        scenario: &Scenario,
        log: &Log,
        start_ms: u64,
        language: Language,
    ) -> String {
        let title = escape(say(&scenario.file.title, language));
        let code = either(["en", "fr"], language);
        let mut out = format!(
            "<!doctype html>\n<html lang=\"{code}\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\n\
             <style>\n{STYLE}</style>\n<h1>{title}</h1>\n"
        );
        let word = self.verdict.word();
        let _ = writeln!(out, "<p class=\"verdict {word}\">{word} · {}/100</p>", self.score);
        let points = escape(&self.points_text(scenario, language));
        let _ = writeln!(out, "<p>{points}<br>{}</p>", escape(&self.times.text(language)));
        if let Some(claim) = &self.diagnosis {
            let words = [
                ["Diagnosis, right:", "Diagnosis, wrong:"],
                ["Diagnostic, juste :", "Diagnostic, faux :"],
            ];
            let [right, wrong] = words[usize::from(language == Language::Fr)];
            let word = if self.diagnosis_right { right } else { wrong };
            let words = [&claim.object, &claim.mechanism].into_iter().chain(&claim.evidence);
            let words: Vec<&str> = words.chain([&claim.note]).map(String::as_str).collect();
            let claimed = words.join(" ");
            let after = lasting(claim.after_ms);
            let _ = writeln!(out, "<p>{word} {} <small>{after}</small></p>", escape(&claimed));
        }
        let remarks = self.remarks(scenario, language);
        let remarks = remarks.iter().map(|it| format!("<li>{}</li>", escape(it)));
        let _ = writeln!(out, "<ul>{}</ul>", remarks.collect::<String>());
        let heading = ["Objectives and safeguards", "Objectifs et garde-fous"];
        let _ = writeln!(out, "<h2>{}</h2>\n<table>", either(heading, language));
        self.results(&mut out, language);
        let heading =
            ["Users: the session, then the night", "Les utilisateurs : l'exercice, puis la nuit"];
        let _ = writeln!(out, "</table>\n<h2>{}</h2>", either(heading, language));
        for series in &self.users {
            let name = escape(scenario.title_of_users(&series.name, language));
            let share = percent(series.success_ppm(), language);
            let _ = writeln!(out, "<h3>{name} <small>{share}</small></h3>");
            let _ = writeln!(out, "{}", self.drawing(series, scenario, log, start_ms, language));
        }
        let heading = ["What happened", "Ce qui s'est passé"];
        let _ = writeln!(out, "<h2>{}</h2>\n<table>", either(heading, language));
        self.happenings(&mut out, scenario, log, start_ms, language);
        let heading = either(["Debrief", "Retour"], language);
        let debrief = escape(say(&scenario.file.debrief, language).trim_end());
        let debrief = debrief.replace("\n\n", "</p><p>");
        let _ = writeln!(out, "</table>\n<h2>{heading}</h2>\n<p>{debrief}</p>");
        let (seed, rubric) = (self.seed, self.rubric);
        let _ = writeln!(
            out,
            "<footer>{} · seed {seed} · rubric {rubric} · state {} · log {}</footer>\n</html>",
            escape(&self.scenario),
            self.state_hash,
            escape(&self.log_hash)
        );
        out
    }

    fn results(&self, out: &mut String, language: Language) {
        for it in &self.objectives {
            let why = it.why(language).unwrap_or_else(|| say(&it.evidence, language).to_owned());
            let way = it.on_the_way(language).map(|it| format!("; {it}")).unwrap_or_default();
            let good = it.reached && it.lasted && way.is_empty();
            row(out, good, say(&it.title, language), &format!("{why}{way}"));
        }
        if let Some(source) = &self.source {
            let evidence: Vec<&str> = source.evidence.iter().map(|it| say(it, language)).collect();
            let evidence = evidence.join("; ");
            row(out, source.complete, either(FROM_SOURCE, language), &evidence);
        }
        for it in &self.safeguards {
            row(out, it.kept, say(&it.title, language), say(&it.evidence, language));
        }
    }

    /// Commands and happenings in one table, in order of time.
    fn happenings(
        &self,
        out: &mut String,
        scenario: &Scenario,
        log: &Log,
        start_ms: u64,
        language: Language,
    ) {
        let mut rows: Vec<(u64, String)> = commands(log, start_ms)
            .map(|(time, line)| (time, format!("<td><code>{}</code>", escape(line))))
            .collect();
        let moments = self.moments.iter();
        rows.extend(moments.map(|it| {
            let text = escape(&it.what.text(scenario, language));
            (it.time_ms, format!("<td class=\"event\">{text}"))
        }));
        rows.sort_by_key(|it| it.0);
        for (time_ms, cell) in rows {
            let seconds = time_ms / 1000;
            let _ = writeln!(
                out,
                "<tr><td><small>+{}:{:02}:{:02}</small>{cell}",
                seconds / 3600,
                seconds / 60 % 60,
                seconds % 60
            );
        }
    }

    /// Where a time lies in the drawing: the session is drawn larger than the night.
    fn x(&self, time_ms: u64) -> u64 {
        if time_ms <= self.time_ms {
            return time_ms * SESSION / self.time_ms.max(1);
        }
        let steps = self.users.first().map_or(0, |it| it.steps_ppm.len() as u64 * it.step_ms);
        let night = steps.saturating_sub(self.time_ms).max(1);
        SESSION + (time_ms - self.time_ms).min(night) * (WIDTH - SESSION) / night
    }

    /// The share of successful requests over time, with what happened and the commands below it.
    fn drawing(
        &self,
        series: &UserSeries,
        scenario: &Scenario,
        log: &Log,
        start_ms: u64,
        language: Language,
    ) -> String {
        let points = series.steps_ppm.iter().enumerate().filter_map(|(step, success)| {
            let height = HEIGHT - (*success)?.min(1_000_000) * HEIGHT / 1_000_000;
            Some(format!("{},{height}", self.x(step as u64 * series.step_ms)))
        });
        let points: Vec<String> = points.collect();
        let mut out = format!("<svg viewBox=\"0 -4 {WIDTH} {}\" role=\"img\">", HEIGHT + 16);
        let _ = write!(
            out,
            "<rect class=\"night\" x=\"{SESSION}\" y=\"-4\" width=\"{}\" height=\"{}\"/>",
            WIDTH - SESSION,
            HEIGHT + 8
        );
        for it in &self.moments {
            let class = match it.what {
                Happening::Reached { .. } | Happening::Lost { .. } => continue,
                Happening::Submitted => "submit",
                _ => "moment",
            };
            let (x, text) = (self.x(it.time_ms), escape(&it.what.text(scenario, language)));
            let after = lasting(it.time_ms);
            let _ = write!(
                out,
                "<line class=\"{class}\" x1=\"{x}\" x2=\"{x}\" y1=\"-4\" y2=\"{}\"><title>{after}: {text}</title></line>",
                HEIGHT + 4
            );
        }
        for (time_ms, line) in commands(log, start_ms) {
            let x = self.x(time_ms);
            let _ = write!(
                out,
                "<line class=\"command\" x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"><title>{}</title></line>",
                HEIGHT + 5,
                HEIGHT + 12,
                escape(line)
            );
        }
        let _ = write!(out, "<polyline points=\"{}\"/></svg>", points.join(" "));
        out
    }
}

/// The lines that were typed, with their milliseconds from the ticket.
fn commands(log: &Log, start_ms: u64) -> impl Iterator<Item = (u64, &str)> {
    log.records().iter().filter_map(move |record| match &record.input {
        Input::Line(line) => Some((record.time.0.saturating_sub(start_ms), &**line)),
        _ => None,
    })
}

impl Verdict {
    /// Whether the repair counts as one.
    pub fn is_repaired(self) -> bool {
        matches!(self, Self::Pass | Self::Unsafe)
    }
}

fn row(out: &mut String, met: bool, title: &str, evidence: &str) {
    let mark = if met { "✓" } else { "✗" };
    let _ =
        writeln!(out, "<tr><td>{mark}<td>{}<br><small>{}</small>", escape(title), escape(evidence));
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
