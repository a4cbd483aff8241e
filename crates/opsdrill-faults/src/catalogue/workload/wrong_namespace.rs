//! A workload is deployed into the wrong namespace, where nobody uses it.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload, named, with_tag};

/// The new version of a workload is deployed into the wrong namespace: two look alike, the new one waits there
/// without what it needs, and users go on with the old one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WrongNamespace {
    #[serde(flatten)]
    at: InWorkload,
    /// The namespace in which it lands.
    lands_in: String,
    /// The tag of its first container's image there.
    #[serde(default)]
    tag: Option<String>,
}

impl Fault for WrongNamespace {
    const NAME: &'static str = "wrong-namespace";
    const MECHANISM: &'static str = "wrong-namespace";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let InWorkload { namespace, workload } = &self.at;
        let mut object = hand.read(workload.kind, namespace, &workload.name)?;
        hand.read(Kind::Namespace, "", &self.lands_in)?;
        object["metadata"] = json!({ "name": workload.name, "namespace": self.lands_in, "labels": object["metadata"]["labels"] });
        object["status"].take();
        if let Some(tag) = &self.tag {
            let container = named(&mut object["spec"]["template"]["spec"]["containers"], None)?;
            container["image"] =
                json!(with_tag(container["image"].as_str().unwrap_or_default(), tag));
        }
        hand.create(object)
    }
}
