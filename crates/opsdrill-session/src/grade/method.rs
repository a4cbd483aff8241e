//! How the trainee went about it: looking before changing, looking again after, and what was risky or idle on the way.

use opsdrill_engine::SimTime;
use opsdrill_engine::api::AuditRecord;
use opsdrill_objects::Kind;
use serde::{Deserialize, Serialize};

use crate::drill::either;
use crate::log::{Input, Language, Log};
use crate::stage::{Stage, TRAINEE};

/// How often one has to have looked before the first change.
pub(super) const READS_BEFORE_MIN: u32 = 2;
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
    let records = stage.cluster.audit().of_user(TRAINEE);
    let own: Vec<_> = records.filter(|it| it.time >= start && it.time <= submitted).collect();
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

/// How often the trainee has looked at the cluster between two times.
pub(crate) fn reads(stage: &Stage, from: SimTime, to: SimTime) -> u32 {
    let records = stage.cluster.audit().of_user(TRAINEE);
    records.filter(|it| !it.is_write() && it.time >= from && it.time <= to).count() as u32
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
    /// What cost points, in words.
    pub(super) fn remarks(self, language: Language) -> Vec<String> {
        let word = |texts| either(texts, language).to_owned();
        let mut remarks = Vec::new();
        if self.writes == 0 {
            return vec![word(["you changed nothing", "vous n'avez rien modifié"])];
        }
        if self.reads_before < READS_BEFORE_MIN {
            remarks.push(word([
                "you changed something before you had looked at the cluster twice",
                "vous avez modifié quelque chose avant d'avoir regardé le cluster deux fois",
            ]));
        }
        if self.reads_after == 0 {
            remarks.push(word([
                "you did not look again after the last change",
                "vous n'avez plus regardé après la dernière modification",
            ]));
        }
        if self.risky > 0 {
            let what = word([
                "deletions of workloads, Services or Secrets:",
                "suppressions de charges, de Services ou de Secrets :",
            ]);
            remarks.push(format!("{what} {}", self.risky));
        }
        if self.repeated > REPEATED_MAX {
            let what = word([
                "commands typed again at once although nothing had happened:",
                "commandes retapées aussitôt sans que rien ne se soit passé :",
            ]);
            remarks.push(format!("{what} {}", self.repeated));
        }
        remarks
    }

    /// A quarter each for evidence before the first change, looking again after the last, nothing risky, nothing idle.
    pub(super) fn points(self, most: u32) -> u32 {
        let quarters = [
            self.reads_before >= READS_BEFORE_MIN,
            self.writes > 0 && self.reads_after >= 1,
            self.risky == 0,
            self.repeated <= REPEATED_MAX,
        ];
        most * quarters.into_iter().map(u32::from).sum::<u32>() / 4
    }
}
