//! Whether the right people were told in time, and only when they had to be.
//!
//! The team's rule: whose incident still hurts users so long after the ticket pages the lead, with the service, the
//! impact and what was tried, and after having looked. Where nobody suffers the trainee is trusted to work alone.

use serde::{Deserialize, Serialize};

use super::method::READS_BEFORE_MIN;
use super::times::Times;
use crate::drill::{Page, either};
use crate::log::Language;
use crate::scenario::{Scenario, span};

/// By how many points of a percentage an impact may be off: it is read off a screen, and it moves.
const IMPACT_OFF_MAX: u64 = 20;

/// How the lead was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// Nobody had to be told, and nobody was.
    #[default]
    Alone,
    /// In time, with all that the lead needs.
    Well,
    /// Not in time, but not much later.
    Late,
    /// Without having looked at the cluster first.
    Blindly,
    /// Not all that the lead needs.
    Incompletely,
    /// The service or the impact was not what it was.
    Wrongly,
    /// Although no user suffered.
    Needlessly,
    /// The lead had to be told and was not, or much too late.
    Never,
}

/// Judges what was told.
pub(super) fn of(scenario: &Scenario, pages: &[Page], times: &Times, submitted_ms: u64) -> Told {
    let limit_ms = limit_ms(scenario);
    let served_in_time = times.mitigate_ms.is_some_and(|it| it <= limit_ms);
    let needed = times.users_hit && !served_in_time && submitted_ms > limit_ms;
    let services = services(scenario);
    let judged = pages.iter().map(|it| quality(it, &services, limit_ms));
    match judged.min_by_key(|it| *it as u8) {
        None if needed => Told::Never,
        None => Told::Alone,
        Some(told) => told,
    }
}

/// How long users may suffer until the lead has to know.
pub(crate) fn limit_ms(scenario: &Scenario) -> u64 {
    span::parse(&scenario.file.lead_within).expect("checked when the scenario was loaded").0
}

fn quality(page: &Page, services: &[String], limit_ms: u64) -> Told {
    let (least, most) = page.failing;
    let likely = least.saturating_sub(IMPACT_OFF_MAX)..=most + IMPACT_OFF_MAX;
    let named = page.parts.get("--service").is_some_and(|it| services.contains(it));
    if !page.suffering {
        Told::Needlessly
    } else if page.after_ms > 2 * limit_ms {
        Told::Never
    } else if page.after_ms > limit_ms {
        Told::Late
    } else if page.looked < READS_BEFORE_MIN {
        Told::Blindly
    } else if !page.missing().is_empty() {
        Told::Incompletely
    } else if !named || !page.impact().is_some_and(|it| likely.contains(&it)) {
        Told::Wrongly
    } else {
        Told::Well
    }
}

/// What may be named as hit: what is at fault, and what the users ask.
fn services(scenario: &Scenario) -> Vec<String> {
    let at_fault = scenario.file.truth.objects.iter().filter_map(|it| it.split_once('/'));
    let at_fault = at_fault.map(|(_, name)| name.to_owned());
    let asked = scenario
        .world
        .traffic
        .iter()
        .filter(|it| scenario.users_meant().any(|name| name == &*it.name));
    let host = |target: &str| {
        let rest = target.split_once("://").map_or(target, |it| it.1);
        rest.split(['.', '/', ':']).next().unwrap_or_default().to_owned()
    };
    at_fault.chain(asked.map(|it| host(&it.target))).collect()
}

impl Told {
    /// The points that it earns: all, half or none. Working alone is a merit of who repairs.
    pub(super) fn points(self, most: u32, is_repaired: bool) -> u32 {
        match self {
            Self::Well => most,
            Self::Alone if is_repaired => most,
            Self::Late | Self::Blindly | Self::Incompletely | Self::Wrongly => most / 2,
            Self::Alone | Self::Needlessly | Self::Never => 0,
        }
    }

    /// What cost points, in words.
    pub(super) fn remark(self, language: Language) -> Option<String> {
        let texts = match self {
            Self::Alone | Self::Well => return None,
            Self::Late => {
                ["the lead was told late (`page`)", "le lead a été prévenu tard (`page`)"]
            }
            Self::Blindly => [
                "you paged the lead before you had looked at the cluster twice",
                "vous avez prévenu le lead avant d'avoir regardé le cluster deux fois",
            ],
            Self::Incompletely => [
                "the lead was not told everything: service, impact, what you had tried",
                "le lead n'a pas tout su : service, impact, ce que vous aviez essayé",
            ],
            Self::Wrongly => [
                "the service or the impact that the lead was told was not what it was",
                "le service ou l'impact annoncé au lead n'était pas le bon",
            ],
            Self::Needlessly => [
                "the lead was paged although no user suffered",
                "le lead a été prévenu alors qu'aucun utilisateur ne souffrait",
            ],
            Self::Never => [
                "users suffered for longer than the house rule allows, and the lead was not told (`page`)",
                "des utilisateurs ont souffert plus longtemps que la règle ne le permet, et le lead n'en a rien su (`page`)",
            ],
        };
        Some(either(texts, language).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(minutes: u64, parts: &[(&str, &str)]) -> Page {
        Page {
            after_ms: minutes * 60_000,
            parts: parts.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect(),
            suffering: true,
            failing: (0, 60),
            looked: 5,
        }
    }

    const WHOLE: &[(&str, &str)] = &[("--service", "orders"), ("--impact", "50"), ("--tried", "x")];

    #[test]
    fn a_page_is_good_when_it_is_whole_true_and_in_time() {
        let judged = |page: &Page| quality(page, &["orders".to_owned()], 10 * 60_000);
        assert_eq!(judged(&page(9, WHOLE)), Told::Well);
        assert_eq!(judged(&page(11, WHOLE)), Told::Late);
        assert_eq!(judged(&page(21, WHOLE)), Told::Never);
        assert_eq!(judged(&page(9, &WHOLE[..2])), Told::Incompletely);
        let other = [WHOLE[1], WHOLE[2], ("--service", "cart")];
        assert_eq!(judged(&page(9, &other)), Told::Wrongly);
        let much = [WHOLE[0], WHOLE[2], ("--impact", "81")];
        assert_eq!(judged(&page(9, &much)), Told::Wrongly);
        assert_eq!(judged(&Page { looked: 1, ..page(9, WHOLE) }), Told::Blindly);
        assert_eq!(judged(&Page { suffering: false, ..page(9, WHOLE) }), Told::Needlessly);
    }
}
