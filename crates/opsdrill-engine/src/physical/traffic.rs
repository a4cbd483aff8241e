//! The users: where their requests go and how many there are at each hour of the day.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};

use super::flows::{self, routes};
use super::ledger::WHOLE_PPM;
use crate::agenda::Agenda;
use crate::store::Epoch;
use crate::time::{SimDuration, SimTime};

/// A sloping curve is followed in steps of so many minutes.
const STEP_MINUTES: u64 = 15;
const DAY_MINUTES: u64 = 24 * 60;

/// Users who call one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrafficSource {
    /// The name under which the ledger counts them.
    pub name: Arc<str>,
    /// Where they call: `http://service.namespace[:port]/path`.
    pub target: String,
    /// How many there are.
    pub rate: Rate,
    /// Milliseconds after which they give up.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
}

fn default_timeout_ms() -> u64 {
    5_000
}

/// Requests per 1000 seconds over the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rate {
    /// The same at all times.
    Constant(u64),
    /// From each time of the day (UTC) on, until the next.
    Stepped(BTreeMap<TimeOfDay, u64>),
    /// Straight from each time of the day (UTC) to the next.
    Linear(BTreeMap<TimeOfDay, u64>),
}

/// Minutes since midnight, written `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u16);

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = text.split_once(':').and_then(|(hours, minutes)| {
            let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
            (hours < 24 && minutes < 60).then_some(Self(hours * 60 + minutes))
        });
        parsed.ok_or_else(|| format!("{text:?} is no time of the day such as 08:30"))
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        format!("{:02}:{:02}", time.0 / 60, time.0 % 60)
    }
}

/// A target taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Host.
    pub host: String,
    /// Port; 80 or 443 by the scheme if not given.
    pub port: u16,
    /// Path, at least `/`.
    pub path: String,
}

impl Address {
    /// Reads an `http://` or `https://` URL.
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, remainder) = url.split_once("://")?;
        let port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let (authority, path) = match remainder.find('/') {
            Some(slash) => remainder.split_at(slash),
            None => (remainder, "/"),
        };
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, port),
        };
        let path = path.to_owned();
        (!host.is_empty()).then(|| Self { host: host.to_owned(), port, path })
    }
}

impl Rate {
    /// Requests per 1000 seconds at a minute of the day.
    fn at(&self, minute: u64) -> u64 {
        match self {
            Self::Constant(rate) => *rate,
            Self::Stepped(points) => around(points, minute).map_or(0, |(before, _)| before.1),
            Self::Linear(points) => {
                // The middle of the step stands for the whole step.
                let step = minute / STEP_MINUTES * STEP_MINUTES;
                around(points, step).map_or(0, |(before, after)| between(before, after, step))
            }
        }
    }

    /// Minutes until it changes next, if ever.
    fn next_change(&self, minute: u64) -> Option<u64> {
        match self {
            Self::Constant(_) => None,
            Self::Stepped(points) => {
                let (_, after) = around(points, minute)?;
                Some((after.0 + DAY_MINUTES - minute - 1) % DAY_MINUTES + 1)
            }
            Self::Linear(points) => {
                (points.len() > 1).then(|| STEP_MINUTES - minute % STEP_MINUTES)
            }
        }
    }
}

/// The points before (or at) and after a minute, around midnight if need be.
fn around(points: &BTreeMap<TimeOfDay, u64>, minute: u64) -> Option<((u64, u64), (u64, u64))> {
    let pair = |(time, rate): (&TimeOfDay, &u64)| (u64::from(time.0), *rate);
    let here = TimeOfDay(minute as u16);
    let before = points.range(..=here).next_back().or_else(|| points.last_key_value());
    let after = points.range(TimeOfDay(minute as u16 + 1)..).next();
    let after = after.or_else(|| points.first_key_value());
    Some((pair(before?), pair(after?)))
}

/// The value in the middle of the step that begins at a minute, on the line between two points.
fn between(before: (u64, u64), after: (u64, u64), step: u64) -> u64 {
    let length = 2 * ((after.0 + DAY_MINUTES - before.0 - 1) % DAY_MINUTES + 1);
    let passed = 2 * ((step + DAY_MINUTES - before.0) % DAY_MINUTES) + STEP_MINUTES;
    let (passed, length) = (passed.min(length) as i64, length as i64);
    let (from, to) = (before.1 as i64, after.1 as i64);
    (from + (to - from) * passed / length) as u64
}

/// All users, with what faults do to their number.
#[derive(Resource, Debug, Default)]
pub struct Traffic {
    sources: BTreeMap<Arc<str>, (TrafficSource, u64)>,
}

impl Traffic {
    /// Whether there are no users at all.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// All sources in order of their names.
    pub fn sources(&self) -> impl Iterator<Item = &TrafficSource> {
        self.sources.values().map(|(source, _)| source)
    }

    /// Where the users of a source call.
    pub(super) fn target(&self, name: &str) -> Option<&str> {
        self.sources.get(name).map(|(source, _)| &*source.target)
    }

    /// The rate of a source at a date, in requests per 1000 seconds.
    pub fn rate(&self, name: &str, unix_seconds: i64) -> u64 {
        let Some((source, factor_ppm)) = self.sources.get(name) else { return 0 };
        let rate = u128::from(source.rate.at(minute_of_day(unix_seconds)));
        (rate * u128::from(*factor_ppm) / u128::from(WHOLE_PPM)) as u64
    }

    /// Feeds what faults have made of the users' number to a hash.
    pub(super) fn hash(&self, hasher: &mut blake3::Hasher) {
        for (name, (_, factor_ppm)) in self.sources.iter().filter(|it| it.1.1 != WHOLE_PPM) {
            hasher.update(format!("{name} {factor_ppm}\n").as_bytes());
        }
    }

    /// When any source changes next, seen from a time.
    pub fn next_change(&self, epoch: Epoch, now: SimTime) -> Option<SimTime> {
        let unix_seconds = epoch.unix_seconds(now);
        let minute = minute_of_day(unix_seconds);
        let changes = self.sources.values().filter_map(|(it, _)| it.rate.next_change(minute));
        let minutes = changes.min()?;
        let into_minute = epoch.unix_seconds(SimTime(0)).rem_euclid(60) as u64 * 1000 + now.0;
        Some(now + SimDuration(minutes * 60_000 - into_minute % 60_000))
    }
}

fn minute_of_day(unix_seconds: i64) -> u64 {
    unix_seconds.rem_euclid(86_400) as u64 / 60
}

/// Adds users (or replaces those of the same name).
///
/// # Errors
/// What is wrong with the target.
pub fn add(world: &mut World, source: TrafficSource) -> Result<(), String> {
    if Address::parse(&source.target).is_none() {
        return Err(format!(
            "{:?} is no address such as http://shop.production:8080/cart",
            source.target
        ));
    }
    world.resource_mut::<Traffic>().sources.insert(source.name.clone(), (source, WHOLE_PPM));
    routes::note_everything(world);
    flows::mark(world);
    Ok(())
}

/// Multiplies the rate of a source, in parts per million of what its curve says; false if there is no such source.
pub fn surge(world: &mut World, name: &str, factor_ppm: u64) -> bool {
    let mut traffic = world.resource_mut::<Traffic>();
    let Some((_, factor)) = traffic.sources.get_mut(name) else { return false };
    *factor = factor_ppm;
    flows::mark(world);
    true
}

/// The rate of a source now, in requests per 1000 seconds.
pub(super) fn rate_now(world: &World, name: &str) -> u64 {
    let now = world.resource::<Agenda>().now();
    let unix_seconds = world.resource::<Epoch>().unix_seconds(now);
    world.resource::<Traffic>().rate(name, unix_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(points: &[(u16, u64)]) -> BTreeMap<TimeOfDay, u64> {
        points.iter().map(|(minute, rate)| (TimeOfDay(*minute), *rate)).collect()
    }

    #[test]
    fn stepped_curves_hold_until_the_next_point_and_around_midnight() {
        let rate = Rate::Stepped(points(&[(8 * 60, 9_000), (20 * 60, 1_000)]));
        let at = [0, 479, 480, 1199, 1200].map(|minute| rate.at(minute));
        assert_eq!(at, [1_000, 1_000, 9_000, 9_000, 1_000]);
        assert_eq!(rate.next_change(479), Some(1));
        assert_eq!(rate.next_change(480), Some(720));
        assert_eq!(rate.next_change(1200), Some(720));
    }

    #[test]
    fn linear_curves_climb_in_steps_of_a_quarter_of_an_hour() {
        let rate = Rate::Linear(points(&[(8 * 60, 0), (9 * 60, 8_000)]));
        let at = [480, 494, 495, 510, 525].map(|minute| rate.at(minute));
        assert_eq!(at, [1_000, 1_000, 3_000, 5_000, 7_000]);
        assert_eq!(rate.next_change(481), Some(14));
        // Down again over the 23 hours of the rest of the day.
        assert!(rate.at(0) < 4_000 && rate.at(0) > 1_500);
    }

    #[test]
    fn a_change_is_planned_at_the_minute_whatever_the_epoch() {
        let mut traffic = Traffic::default();
        let rate = Rate::Stepped(points(&[(10, 1), (20, 2)]));
        let source = TrafficSource {
            name: "users".into(),
            target: "http://a.b/".into(),
            rate,
            timeout_ms: 1,
        };
        traffic.sources.insert("users".into(), (source, 2 * WHOLE_PPM));
        // Midnight and 9 min 30 s.
        let epoch = Epoch(570);
        assert_eq!(traffic.next_change(epoch, SimTime(0)), Some(SimTime(30_000)));
        assert_eq!(traffic.next_change(epoch, SimTime(30_000)), Some(SimTime(630_000)));
        assert_eq!(traffic.rate("users", 600), 2);
    }

    #[test]
    fn addresses_are_read() {
        let address = Address::parse("http://shop.production:8080/cart?x=1").unwrap();
        assert_eq!(
            (&*address.host, address.port, &*address.path),
            ("shop.production", 8080, "/cart?x=1")
        );
        assert_eq!(Address::parse("https://shop").unwrap().port, 443);
        assert_eq!(Address::parse("shop:80"), None);
        assert_eq!(Address::parse("http:///x"), None);
    }
}
