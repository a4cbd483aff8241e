//! A new version of an image has a bug, and its rollout is green.

use opsdrill_engine::physical::images::{self, Image};
use opsdrill_engine::physical::{Parameter, ProcessSelector, set_parameter};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InContainer, with_tag};

/// A new version of an image has a bug: its rollout is green, its probes succeed, and a part of its requests fail
/// or get slow.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BuggyVersion {
    #[serde(flatten)]
    at: InContainer,
    /// The tag of the new version; it is in the registry afterwards.
    tag: String,
    /// How many of a million requests fail.
    #[serde(default)]
    error_ppm: u64,
    /// By how many milliseconds each request gets slower.
    #[serde(default)]
    latency_ms: u64,
}

impl Fault for BuggyVersion {
    const NAME: &'static str = "buggy-version";
    const MECHANISM: &'static str = "regression";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let container = hand.container(&self.at)?;
        let old = container["image"].as_str().unwrap_or_default().to_owned();
        let world = hand.cluster.world_mut();
        let built_on = images::of(world, &old).ok_or_else(|| format!("no registry has {old}"))?;
        let new = with_tag(&old, &self.tag);
        images::add_image(
            world,
            Image { reference: new.clone(), digest: String::new(), ..Image::clone(&built_on) },
        )?;
        let selector =
            ProcessSelector { image: Some(new.as_str().into()), ..ProcessSelector::default() };
        for (parameter, value) in
            [(Parameter::ErrorPpm, self.error_ppm), (Parameter::LatencyMs, self.latency_ms)]
        {
            if value > 0 {
                set_parameter(world, &selector, parameter, value);
            }
        }
        hand.edit_container(&self.at, |container| {
            container["image"] = json!(new);
            Ok(())
        })
    }
}
