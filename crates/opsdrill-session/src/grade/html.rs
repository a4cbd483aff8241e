//! The result as one page that needs nothing else: no script, no other file.

use std::fmt::Write as _;

use super::users::{UserSeries, percent};
use super::{Outcome, Verdict};
use crate::drill::{either, say};
use crate::log::{Input, Language, Log};
use crate::scenario::Scenario;

/// Width and height of the drawing of users' success.
const WIDTH: u64 = 960;
const HEIGHT: u64 = 120;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1c2430}\
h1{margin-bottom:0}.verdict{font-size:1.6rem;font-weight:700}.PASS{color:#1a7f37}.UNSAFE{color:#9a6700}.FAIL,.INCOMPLETE{color:#b42318}\
svg{width:100%;height:auto;background:#f6f8fa;border-radius:6px}table{border-collapse:collapse}td{padding:.2rem .8rem .2rem 0;vertical-align:top}\
code{font-size:.9em}small{color:#57606a}";

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
        let mut out = format!(
            "<!doctype html><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style><h1>{title}</h1>\n"
        );
        let word = self.verdict.word();
        let _ = writeln!(out, "<p class=\"verdict {word}\">{word} · {}/100</p>", self.score);
        for series in &self.users {
            let _ = writeln!(
                out,
                "<h2>{}</h2>{}",
                escape(&series.name),
                self.drawing(series, log, start_ms)
            );
        }
        let _ = writeln!(
            out,
            "<h2>{}</h2><table>",
            either(["Objectives and safeguards", "Objectifs et garde-fous"], language)
        );
        for it in &self.objectives {
            let met = it.reached && it.lasted;
            let why = it.broke.as_ref().map_or(&it.evidence, |(_, evidence)| evidence);
            row(&mut out, met, say(&it.title, language), why);
        }
        for it in &self.safeguards {
            row(&mut out, it.kept, say(&it.title, language), &it.evidence);
        }
        let _ = writeln!(
            out,
            "</table><h2>{}</h2><table>",
            either(["Commands", "Commandes"], language)
        );
        for record in log.records() {
            if let Input::Line(line) = &record.input {
                let seconds = record.time.0.saturating_sub(start_ms) / 1000;
                let _ = writeln!(
                    out,
                    "<tr><td><small>+{}:{:02}</small><td><code>{}</code>",
                    seconds / 60,
                    seconds % 60,
                    escape(line)
                );
            }
        }
        let _ = writeln!(
            out,
            "</table><h2>{}</h2><p>{}</p>",
            either(["Debrief", "Retour"], language),
            escape(say(&scenario.file.debrief, language)).replace("\n\n", "</p><p>")
        );
        out
    }

    /// The share of successful requests over time, with the moment of `submit`.
    fn drawing(&self, series: &UserSeries, log: &Log, start_ms: u64) -> String {
        let steps = series.success_ppm.len().max(1) as u64;
        let x = |step: u64| step * WIDTH / steps;
        let points = series.success_ppm.iter().enumerate().filter_map(|(step, success)| {
            let height = HEIGHT - (*success)?.min(1_000_000) * HEIGHT / 1_000_000;
            Some(format!("{},{height}", x(step as u64)))
        });
        let points: Vec<String> = points.collect();
        let submitted = x((self.time_ms / series.step_ms.max(1)).min(steps));
        let mut out = format!("<svg viewBox=\"0 -4 {WIDTH} {}\">", HEIGHT + 8);
        let _ = write!(
            out,
            "<line x1=\"{submitted}\" x2=\"{submitted}\" y1=\"0\" y2=\"{HEIGHT}\" stroke=\"#57606a\" stroke-dasharray=\"4\"/>"
        );
        for record in log.records().iter().filter(|it| matches!(it.input, Input::Line(_))) {
            let at = x((record.time.0.saturating_sub(start_ms) / series.step_ms.max(1)).min(steps));
            let _ = write!(
                out,
                "<line x1=\"{at}\" x2=\"{at}\" y1=\"{}\" y2=\"{HEIGHT}\" stroke=\"#8c959f\"/>",
                HEIGHT - 6
            );
        }
        let _ = write!(
            out,
            "<polyline fill=\"none\" stroke=\"#0969da\" stroke-width=\"2\" points=\"{}\"/></svg>",
            points.join(" ")
        );
        let success = (series.requests - series.failures.min(series.requests)) * 1_000_000
            / series.requests.max(1);
        let _ = write!(out, "<small>{}</small>", percent(success));
        out
    }
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
