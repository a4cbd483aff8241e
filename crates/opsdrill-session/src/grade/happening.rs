//! What happened between the ticket and the morning, beside what the trainee typed.

use serde::{Deserialize, Serialize};

use crate::drill::{either, say};
use crate::log::Language;
use crate::scenario::Scenario;
use crate::stage::{Stage, Watched};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Happening {
    /// The trainee handed the repair in.
    Submitted,
    /// The deploy job deployed the source.
    Redeployed,
    /// The deploy job could not deploy all of it.
    NotDeployed {
        /// What it could not deploy, and why.
        problem: String,
    },
    /// A pod was deleted.
    PodDeleted {
        /// `namespace/key=value`.
        pods: String,
    },
    /// A node was rebooted.
    NodeRebooted {
        /// Its name.
        node: String,
    },
    /// An objective came true.
    Reached {
        /// Its place in the scenario.
        objective: usize,
    },
    /// An objective was true no more.
    Lost {
        /// Its place in the scenario.
        objective: usize,
    },
}

/// What the deploy job says.
pub(super) const NOT_DEPLOYED: [&str; 2] =
    ["The deploy job could not deploy", "Le job de déploiement n'a pas pu déployer"];

/// A happening with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Milliseconds from the ticket.
    pub time_ms: u64,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

/// When each objective came true and stopped being so, after the ticket.
pub(super) fn of_objectives(stage: &Stage) -> Vec<Moment> {
    let one = |(objective, watched): (usize, &Watched)| -> Vec<Moment> {
        let changes = watched.changes.iter().filter(|it| it.time > stage.start);
        let moment = |it: &crate::stage::Mark| Moment {
            time_ms: it.time.since(stage.start).0,
            what: if it.finding.met {
                Happening::Reached { objective }
            } else {
                Happening::Lost { objective }
            },
        };
        changes.map(moment).collect()
    };
    stage.objectives.iter().enumerate().flat_map(one).collect()
}

impl Happening {
    /// In words.
    pub(super) fn text(&self, scenario: &Scenario, language: Language) -> String {
        let word = |texts| either(texts, language);
        let objective = |place: &usize| {
            scenario.file.objectives.get(*place).map_or("", |it| say(&it.title, language))
        };
        match self {
            Self::Submitted => {
                word(["The repair was handed in", "La réparation a été rendue"]).to_owned()
            }
            Self::Redeployed => word([
                "The deploy job deployed the source",
                "Le job de déploiement a déployé la source",
            ])
            .to_owned(),
            Self::NotDeployed { problem } => {
                format!("{} {problem}", word(NOT_DEPLOYED))
            }
            Self::PodDeleted { pods } => {
                format!("{} {pods}", word(["A pod was deleted:", "Un pod a été supprimé :"]))
            }
            Self::NodeRebooted { node } => {
                format!("{} {node}", word(["A node was rebooted:", "Un nœud a redémarré :"]))
            }
            Self::Reached { objective: place } => format!("✓ {}", objective(place)),
            Self::Lost { objective: place } => format!("✗ {}", objective(place)),
        }
    }
}
