//! `ticket`: the ticket again.

use super::{Command, say};
use crate::front_end::{FrontEnd, Stream};
use crate::grade::communication;
use crate::log::Language;
use crate::scenario::Scenario;
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command = Command {
    name: "ticket",
    usage: "",
    summary: ["shows the ticket again", "affiche de nouveau le ticket"],
    run,
};

fn run(session: &mut Session, _arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    front.print(Stream::Out, &text(&session.play.scenario, session.language()));
    LineEnd::default()
}

/// The ticket with the team's rule of when to tell the lead, which is graded.
pub(super) fn text(scenario: &Scenario, language: Language) -> String {
    let minutes = communication::limit_ms(scenario) / 60_000;
    let [before, after] = match language {
        Language::En => {
            ["Users still suffer", "minutes after this ticket? Page the lead: `page --help`."]
        }
        Language::Fr => [
            "Des utilisateurs souffrent encore",
            "minutes après ? Prévenez le lead : `page --help`.",
        ],
    };
    let ticket = say(&scenario.file.ticket, language).trim_end();
    format!("{ticket}\n{before} {minutes} {after}\n")
}
