//! A front end that presses and types again what a log holds, and shows the output to another.

use std::collections::VecDeque;

use opsdrill_engine::SimTime;
use opsdrill_shell::Stream;

use crate::front_end::FrontEnd;
use crate::log::{Input, Record};

/// The inputs that came while one line ran.
pub(crate) struct Playback<'a> {
    pub(crate) front: &'a mut dyn FrontEnd,
    pub(crate) coming: VecDeque<Record>,
}

impl FrontEnd for Playback<'_> {
    fn print(&mut self, stream: Stream, text: &str) {
        self.front.print(stream, text);
    }

    fn pass(&mut self, from: SimTime, to: SimTime) -> SimTime {
        let pressed = self
            .coming
            .front()
            .filter(|it| it.input == Input::Interrupt && it.time < to)
            .map(|it| it.time);
        let until = pressed.unwrap_or(to);
        if pressed.is_some() {
            self.coming.pop_front();
        }
        self.front.pass(from, until);
        until
    }

    fn next_note(&self, now: SimTime) -> Option<SimTime> {
        let note = self.coming.front().filter(|it| it.input == Input::Waiting)?;
        Some(note.time.max(now))
    }

    fn noted(&mut self, _time: SimTime) {
        self.coming.pop_front();
    }

    fn edit(&mut self, _name: &str, _text: &str) -> Option<String> {
        match self.coming.pop_front()?.input {
            Input::Edited(saved) => saved,
            _ => None,
        }
    }
}
