//! `page`: tells the lead, who answers by the team's rules, after a while.

use std::collections::BTreeMap;

use opsdrill_engine::{SimDuration, SimTime};
use serde::{Deserialize, Serialize};

use super::{Command, either};
use crate::front_end::{FrontEnd, Stream};
use crate::grade::{method, users};
use crate::log::Language;
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command = Command {
    name: "page",
    usage: "lead --service NAME --impact PERCENT --tried TEXT [--need TEXT]",
    summary: [
        "tells the lead: which service, how many requests fail, what you tried",
        "prévient le lead : quel service, combien d'échecs, ce que vous avez essayé",
    ],
    run,
};

/// The parts of a page, and which of them the lead cannot do without.
const PARTS: &[(&str, bool)] =
    &[("--service", true), ("--impact", true), ("--tried", true), ("--need", false)];
/// How long the lead takes to answer.
const ANSWERS_AFTER: SimDuration = SimDuration::minutes(2);
/// Over how long a time before the page its impact is looked for: some incidents come and go.
const IMPACT_WITHIN: SimDuration = SimDuration::minutes(10);

/// One page, with what was so when it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Milliseconds from the ticket.
    pub after_ms: u64,
    /// The parts that were told.
    pub parts: BTreeMap<String, String>,
    /// Whether users suffered.
    pub suffering: bool,
    /// The least and the most that failed in any of the minutes before, in percent.
    pub failing: (u64, u64),
    /// How often the trainee had looked at the cluster before.
    pub looked: u32,
}

/// A message on its way to the trainee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// When it arrives.
    pub(crate) due: SimTime,
    /// What it says.
    pub(crate) text: String,
}

impl Page {
    /// The parts that are missing.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let needed = PARTS.iter().filter(|it| it.1).map(|it| it.0);
        needed.filter(|it| self.parts.get(*it).is_none_or(String::is_empty)).collect()
    }

    /// The percentage of failing requests that was told.
    pub(crate) fn impact(&self) -> Option<u64> {
        impact(self.parts.get("--impact")?)
    }

    fn answer(&self, language: Language) -> String {
        let word = |texts| either(texts, language);
        let missing = self.missing();
        if !missing.is_empty() {
            let text = word(["I cannot help with so little. Tell me", "C'est trop peu. Dites-moi"]);
            return format!("{text}: {}", missing.join(", "));
        }
        let text = if self.suffering {
            [
                "Understood. I tell customer care and stay with you. Serve the users first, then look for the cause.",
                "Compris. Je préviens le service clients et je reste avec vous. Servez d'abord les utilisateurs, la cause ensuite.",
            ]
        } else {
            [
                "The users are served, as I see it. This one is yours; tell me tomorrow how it went.",
                "Les utilisateurs sont servis, à ce que je vois. C'est à vous ; racontez-moi demain.",
            ]
        };
        word(text).to_owned()
    }
}

fn impact(text: &str) -> Option<u64> {
    text.trim_end_matches('%').trim_end().parse().ok().filter(|it| *it <= 100)
}

fn run(session: &mut Session, arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    let language = session.language();
    let parts = match parts(arguments, language) {
        Ok(parts) => parts,
        Err(problem) => return COMMAND.refuse(&problem, language, front),
    };
    session.play.stage.judge();
    let (scenario, stage) = (&session.play.scenario, &session.play.stage);
    let now = session.now();
    let from = SimTime(now.0.saturating_sub(IMPACT_WITHIN.0)).max(stage.start);
    let page = Page {
        after_ms: now.since(stage.start).0,
        parts,
        suffering: users::suffer(scenario, stage),
        failing: users::failing(scenario, stage, from),
        looked: method::reads(stage, stage.start, now),
    };
    let sender = either(["lead", "le lead"], language);
    let text = format!("{sender}: {}", page.answer(language));
    session.play.drill.messages.push(Message { due: now + ANSWERS_AFTER, text });
    session.play.drill.pages.push(page);
    front.print(Stream::Out, either(["the lead is paged\n", "le lead est prévenu\n"], language));
    LineEnd::default()
}

/// The parts of a page as they are typed: a part goes on until the next one begins.
fn parts(arguments: &[String], language: Language) -> Result<BTreeMap<String, String>, String> {
    let word = |texts| either(texts, language);
    let Some((who, rest)) = arguments.split_first() else {
        return Err(word(["say whom", "dites qui"]).to_owned());
    };
    if who != "lead" {
        let text = word(["nobody is called", "personne ne s'appelle"]);
        return Err(format!("{text} {who:?}"));
    }
    let mut parts: BTreeMap<String, String> = BTreeMap::new();
    let mut current: Option<&str> = None;
    for argument in rest {
        let (flag, value) = match argument.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag, Some(value)),
            _ => (argument.as_str(), None),
        };
        if let Some((known, _)) = PARTS.iter().find(|it| it.0 == flag) {
            parts.insert((*known).to_owned(), value.unwrap_or_default().to_owned());
            current = Some(known);
            continue;
        }
        let part = current.filter(|_| !argument.starts_with("--"));
        let Some(text) = part.and_then(|it| parts.get_mut(it)) else {
            return Err(format!("{} {argument:?}", word(["there is no", "il n'y a pas de"])));
        };
        format!("{text} {argument}").trim_start().clone_into(text);
    }
    if let Some(text) = parts.get("--impact").filter(|it| impact(it).is_none()) {
        let problem =
            word(["is no percentage of requests", "n'est pas un pourcentage de requêtes"]);
        return Err(format!("{text:?} {problem}"));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Result<BTreeMap<String, String>, String> {
        parts(&super::super::words(line).unwrap(), Language::En)
    }

    #[test]
    fn a_part_goes_on_until_the_next() {
        let parts = typed("lead --tried 'restarted two pods' --impact=40 % --service a").unwrap();
        let part = |name: &str| parts.get(name).map(String::as_str);
        assert_eq!(part("--tried"), Some("restarted two pods"));
        assert_eq!(part("--impact").and_then(impact), Some(40));
        assert_eq!(part("--service"), Some("a"));
        assert_eq!(part("--need"), None);
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for line in
            ["", "boss", "lead now", "lead --impact many", "lead --impact 101", "lead --x 1"]
        {
            assert!(typed(line).is_err(), "{line}");
        }
    }
}
