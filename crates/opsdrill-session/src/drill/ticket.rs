//! `ticket`: the ticket again.

use super::{Command, say};
use crate::front_end::{FrontEnd, Stream};
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command = Command {
    name: "ticket",
    usage: "",
    summary: ["shows the ticket again", "affiche de nouveau le ticket"],
    run,
};

fn run(session: &mut Session, _arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    let text = say(&session.play.scenario.file.ticket, session.language());
    front.print(Stream::Out, &format!("{}\n", text.trim_end()));
    LineEnd::default()
}
