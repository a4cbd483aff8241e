//! Users are served: their requests come, succeed and are answered in time.

use opsdrill_engine::{SimTime, physical};
use serde::Deserialize;

use crate::{Check, Evidence, Finding};

/// Wants the requests of a group of users to succeed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UsersServed {
    users: String,
    /// The smallest share of requests that succeed, in parts per million.
    success_min_ppm: u64,
    /// The longest mean time to an answer in milliseconds; 0 means any.
    #[serde(default)]
    latency_max_ms: u64,
}

impl Check for UsersServed {
    const NAME: &'static str = "users-served";
    const SUMMARY: &'static str =
        "Users are served: their requests come, succeed and are answered in time.";

    fn judge(&self, evidence: Evidence<'_>) -> Finding {
        let Some(series) = physical::ledger(evidence.cluster.world()).traffic(&self.users) else {
            return Finding::new(
                false,
                format!("no requests of {}", self.users),
                format!("aucune requête de {}", self.users),
            );
        };
        let to = evidence.cluster.now();
        let account = series.account(SimTime(to.0.saturating_sub(evidence.window.0)), to);
        let in_time = self.latency_max_ms == 0 || account.latency_mean_ms <= self.latency_max_ms;
        let served = account.requests > 0 && account.success_ppm >= self.success_min_ppm && in_time;
        let (whole, hundredths) = (account.success_ppm / 10_000, account.success_ppm / 100 % 100);
        let (users, requests, mean) = (&self.users, account.requests, account.latency_mean_ms);
        Finding::new(
            served,
            format!(
                "{whole}.{hundredths:02} % of {requests} requests of {users} succeeded, {mean} ms on average"
            ),
            format!(
                "{whole},{hundredths:02} % des {requests} requêtes de {users} ont réussi, {mean} ms en moyenne"
            ),
        )
    }
}
