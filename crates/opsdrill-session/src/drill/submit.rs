//! `submit`: hands the repair in; the night passes and the result is shown.

use super::{Command, either};
use crate::front_end::{FrontEnd, Stream};
use crate::grade;
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command = Command {
    name: "submit",
    usage: "",
    summary: [
        "hands your repair in: the night passes, then you are graded",
        "rend votre réparation : la nuit passe, puis la note",
    ],
    run,
};

fn run(session: &mut Session, _arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    let language = session.language();
    if session.play.outcome.is_some() {
        front.print(
            Stream::Err,
            either(["submit: you have submitted already\n", "submit : déjà rendu\n"], language),
        );
        return LineEnd { status: 1, ..LineEnd::default() };
    }
    let outcome = grade::grade(session);
    front.print(Stream::Out, &outcome.text(&session.play.scenario, language));
    session.play.outcome = Some(outcome);
    LineEnd { leave: true, ..LineEnd::default() }
}
