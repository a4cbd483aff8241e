//! How the trainee went about it: looking before changing, looking again after, and what was risky or idle on the way.

use opsdrill_engine::SimTime;
use opsdrill_engine::api::AuditRecord;
use opsdrill_objects::Kind;
use serde::{Deserialize, Serialize};

use crate::log::{Input, Log};
use crate::stage::{Stage, TRAINEE};

/// How many idle repetitions of a command are nobody's fault.
const REPEATED_MAX: u32 = 3;

/// The trainee's way, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// Reads before the first change.
    pub reads_before: u32,
    /// Changes.
    pub writes: u32,
    /// Changes that the server refused.
    pub refused: u32,
    /// Deletions of workloads, Services, Secrets and the like; single pods come back by themselves.
    pub risky: u32,
    /// Commands that were typed again at once although nothing had happened in between.
    pub repeated: u32,
    /// Reads after the last change.
    pub reads_after: u32,
}

pub(super) fn of(stage: &Stage, log: &Log, start: SimTime, submitted: SimTime) -> Method {
    let records = stage.cluster.audit().records();
    let own: Vec<_> = records
        .iter()
        .filter(|it| &*it.user == TRAINEE && it.time >= start && it.time <= submitted)
        .collect();
    let first = own.iter().position(|it| it.is_write());
    let last = own.iter().rposition(|it| it.is_write());
    let reads = |part: &[&AuditRecord]| part.iter().filter(|it| !it.is_write()).count() as u32;
    let done = own.iter().filter(|it| it.is_write() && it.changed);
    Method {
        reads_before: reads(&own[..first.unwrap_or(own.len())]),
        writes: done.clone().count() as u32,
        refused: own.iter().filter(|it| it.is_write() && it.code >= 300).count() as u32,
        risky: done.filter(|it| is_risky(it)).count() as u32,
        repeated: repeated(log),
        reads_after: last.map_or(0, |it| reads(&own[it..])),
    }
}

fn is_risky(record: &AuditRecord) -> bool {
    match record.verb {
        "deletecollection" => true,
        "delete" => !matches!(record.kind, Kind::Pod | Kind::ConfigMap | Kind::Event),
        _ => false,
    }
}

/// Lines that are the same as the one before them.
fn repeated(log: &Log) -> u32 {
    let lines: Vec<&str> = log
        .records()
        .iter()
        .filter_map(|it| match &it.input {
            Input::Line(line) => Some(line.trim()),
            _ => None,
        })
        .collect();
    let waiting = |line: &str| line.starts_with("skip") || line.starts_with("sleep");
    let pairs = lines.windows(2);
    pairs.filter(|it| it[0] == it[1] && !waiting(it[0])).count() as u32
}

impl Method {
    /// A quarter each for evidence before the first change, looking again after the last, nothing risky, nothing idle.
    pub(super) fn points(self, most: u32) -> u32 {
        let quarters = [
            self.reads_before >= 2,
            self.writes > 0 && self.reads_after >= 1,
            self.risky == 0,
            self.repeated <= REPEATED_MAX,
        ];
        most * quarters.into_iter().map(u32::from).sum::<u32>() / 4
    }
}
