//! How the trainee went about it, from the audit: looking before changing, and looking again after.

use opsdrill_engine::SimTime;
use serde::{Deserialize, Serialize};

use crate::stage::{Stage, TRAINEE};

/// The trainee's way, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// Reads before the first change.
    pub reads_before: u32,
    /// Changes.
    pub writes: u32,
    /// Changes that the server refused.
    pub refused: u32,
    /// Reads after the last change.
    pub reads_after: u32,
}

pub(super) fn of(stage: &Stage, start: SimTime, submitted: SimTime) -> Method {
    let records = stage.cluster.audit().records();
    let own: Vec<_> = records
        .iter()
        .filter(|it| &*it.user == TRAINEE && it.time >= start && it.time <= submitted)
        .collect();
    let first = own.iter().position(|it| it.is_write());
    let last = own.iter().rposition(|it| it.is_write());
    let reads = |part: &[&opsdrill_engine::api::AuditRecord]| {
        part.iter().filter(|it| !it.is_write()).count() as u32
    };
    Method {
        reads_before: reads(&own[..first.unwrap_or(own.len())]),
        writes: own.iter().filter(|it| it.is_write() && it.code < 300).count() as u32,
        refused: own.iter().filter(|it| it.is_write() && it.code >= 300).count() as u32,
        reads_after: last.map_or(0, |it| reads(&own[it..])),
    }
}

impl Method {
    /// Half for evidence before the first change, half for looking again after the last.
    pub(super) fn points(self, most: u32) -> u32 {
        let halves =
            u32::from(self.reads_before >= 2) + u32::from(self.writes > 0 && self.reads_after >= 1);
        most * halves / 2
    }
}
