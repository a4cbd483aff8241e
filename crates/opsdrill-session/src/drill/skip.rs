//! `skip`: lets simulated time pass at once.

use opsdrill_engine::SimDuration;

use super::{Command, either};
use crate::front_end::{FrontEnd, Stream};
use crate::scenario::span;
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command = Command {
    name: "skip",
    usage: "10m",
    summary: ["lets simulated time pass at once", "fait passer le temps simulé d'un coup"],
    run,
};

/// The longest time that can be skipped at once.
const LONGEST: SimDuration = SimDuration::hours(24);

fn run(session: &mut Session, arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    let fail = |front: &mut dyn FrontEnd, text: &str| {
        front.print(Stream::Err, &format!("skip: {text}\n"));
        LineEnd { status: 1, ..LineEnd::default() }
    };
    let language = session.language();
    let [text] = arguments else {
        return fail(
            front,
            either(
                ["say how long, such as `skip 10m`", "indiquez une durée, par exemple `skip 10m`"],
                language,
            ),
        );
    };
    match span::parse(text) {
        Ok(time) if time > LONGEST => {
            fail(front, either(["at most 24h at once", "24h au plus à la fois"], language))
        }
        Ok(time) => {
            let until = session.now() + time;
            session.play.stage.advance(until);
            LineEnd::default()
        }
        Err(_) => {
            let words = [
                "is no span of time; write it like 90s, 10m or 2h30m",
                "n'est pas une durée ; écrivez-la ainsi : 90s, 10m ou 2h30m",
            ];
            fail(front, &format!("{text:?} {}", either(words, language)))
        }
    }
}
