//! A front end that presses and types again what a log holds, and shows the output to another.

use std::collections::VecDeque;

use opsdrill_engine::SimTime;
use opsdrill_shell::Stream;

use crate::front_end::FrontEnd;
use crate::house::House;
use crate::log::{Input, Record};

/// The inputs that came while one line ran.
pub(crate) struct Playback<'a> {
    pub(crate) front: &'a mut dyn FrontEnd,
    pub(crate) coming: VecDeque<Record>,
    /// Whether the line has waited: only then others can have come meanwhile.
    pub(crate) open: bool,
}

impl<'a> Playback<'a> {
    pub(crate) fn new(front: &'a mut dyn FrontEnd, coming: VecDeque<Record>) -> Self {
        Self { front, coming, open: false }
    }

    /// When the next input is due, if it is somebody's who came over the network.
    fn visit(&self) -> Option<SimTime> {
        let next = self.coming.front().filter(|it| self.open && it.input.is_visit())?;
        Some(next.time)
    }
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
        let visit = self.visit().filter(|it| *it < to);
        let until = pressed.or(visit).unwrap_or(to);
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
        self.open = true;
    }

    fn has_visitors(&self, now: SimTime) -> bool {
        self.visit().is_some_and(|it| it <= now)
    }

    fn receive(&mut self, house: &mut House<'_>) {
        // A command lets time pass: whoever came by its end is received with it.
        while self.has_visitors(house.stage().cluster.now())
            && let Some(record) = self.coming.pop_front()
        {
            house.play(&record.input, self);
        }
    }

    fn send(&mut self, id: u64, stream: Stream, bytes: &[u8]) {
        self.front.send(id, stream, bytes);
    }

    fn edit(&mut self, _name: &str, _text: &str) -> Option<String> {
        match self.coming.pop_front()?.input {
            Input::Edited(saved) => saved,
            _ => None,
        }
    }
}
