//! The Jobs of a CronJob fail.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, named};

/// The Jobs of a CronJob fail from the next one on: their command ends with an error until `backoffLimit` is
/// reached (`BackoffLimitExceeded`), or they take longer than they may (`DeadlineExceeded`).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JobFails {
    /// Its namespace.
    namespace: String,
    /// The CronJob.
    cron_job: String,
    /// The deadline that they cannot keep; without it their command fails.
    #[serde(default)]
    active_deadline_seconds: Option<u32>,
    /// How often a failed one is tried again.
    #[serde(default = "once")]
    backoff_limit: u32,
}

impl Fault for JobFails {
    const NAME: &'static str = "job-fails";
    const MECHANISM: &'static str = "bad-command";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit(Kind::CronJob, &self.namespace, &self.cron_job, |object| {
            let spec = &mut object["spec"]["jobTemplate"]["spec"];
            spec["backoffLimit"] = json!(self.backoff_limit);
            let container = named(&mut spec["template"]["spec"]["containers"], None)?;
            let script = match self.active_deadline_seconds {
                None => "echo \"cannot open /etc/report/template: No such file or directory\" >&2; exit 1",
                Some(_) => "echo waiting for the lock of the previous run; sleep 3600",
            };
            container["command"] = json!(["sh", "-c", script]);
            if let Some(seconds) = self.active_deadline_seconds {
                spec["activeDeadlineSeconds"] = json!(seconds);
            }
            Ok(())
        })
    }
}

fn once() -> u32 {
    1
}
