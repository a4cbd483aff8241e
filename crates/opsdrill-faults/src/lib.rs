//! The catalogue of faults: what breaks, one file each.
//!
//! A fault acts on belief (objects, through the API under somebody's name) or on truth (the physical world, through
//! the engine's own functions). Nothing in reach of the trainee knows this crate.

mod catalogue;
mod hand;

use opsdrill_engine::Cluster;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use catalogue::{GROUPS, all};
use hand::Hand;

/// In whose name a fault changes objects unless its parameter `by` says otherwise: the job that deploys everything.
const DEPLOYER: &str = "system:serviceaccount:ci:deployer";

/// Breaks something in a cluster. Its doc comment is what authors read about it, those of its fields are its
/// parameters'.
pub trait Fault: DeserializeOwned + JsonSchema + 'static {
    /// Its name in scenario files; the file's name in kebab-case. Where `diagnose` has a word for the very same thing,
    /// it is that word.
    const NAME: &'static str;
    /// The word of `diagnose` for what is wrong then; empty where that depends on the parameters.
    const MECHANISM: &'static str;
    /// In whose name objects are changed; `None` if the fault changes no object, so that it has no parameter `by`.
    const BY: Option<&'static str> = Some(DEPLOYER);

    /// Breaks it.
    ///
    /// # Errors
    /// What an author must know when the scenario does not offer what the fault wants to break.
    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String>;
}

/// A fault with its parameters, ready to be injected as often as wanted.
pub type Injection = Box<dyn Fn(&mut Cluster) -> Result<(), String>>;

/// A row of the catalogue.
pub struct FaultKind {
    /// Name in scenario files.
    pub name: &'static str,
    /// The word of `diagnose` for what is wrong then; empty where that depends on the parameters.
    pub mechanism: &'static str,
    /// What it does and what its parameters are, as a JSON schema.
    pub schema: fn() -> Value,
    /// Reads the parameters.
    pub load: fn(Value) -> Result<Injection, String>,
}

impl FaultKind {
    const fn of<F: Fault>() -> Self {
        Self {
            name: F::NAME,
            mechanism: F::MECHANISM,
            schema: schema::<F>,
            load: |mut parameters| {
                let mut by = F::BY.unwrap_or_default().to_owned();
                // Who changes no object has no such parameter: it is refused below like any other.
                if F::BY.is_some()
                    && let Some(named) = take(&mut parameters, "by")
                {
                    named.as_str().ok_or("`by` is the name of a user")?.clone_into(&mut by);
                }
                let fault: F =
                    serde_json::from_value(parameters).map_err(|error| error.to_string())?;
                Ok(Box::new(move |cluster| fault.inject(&mut Hand::new(cluster, &by))))
            },
        }
    }
}

fn take(parameters: &mut Value, key: &str) -> Option<Value> {
    parameters.as_object_mut()?.remove(key)
}

/// The schema of a fault's parameters, with the one that all have who change objects.
fn schema<F: Fault>() -> Value {
    // Each stands for itself, wherever it is put.
    let inline = |it: &mut SchemaSettings| it.inline_subschemas = true;
    let generator = SchemaSettings::draft2020_12().with(inline).into_generator();
    let mut schema = generator.into_root_schema_for::<F>().to_value();
    for key in ["$schema", "title"] {
        take(&mut schema, key);
    }
    if let Some(user) = F::BY {
        let text = format!("The user in whose name objects are changed; without it {user}.");
        schema["properties"]["by"] = json!({ "type": "string", "description": text });
    }
    schema
}

/// Finds a fault and reads its parameters.
///
/// # Errors
/// An unknown name (with the known ones) or parameters that do not fit.
pub fn load(name: &str, parameters: Value) -> Result<Injection, String> {
    let row = all().find(|it| it.name == name).ok_or_else(|| {
        let names: Vec<&str> = all().map(|it| it.name).collect();
        format!("no fault is called {name:?}; there are {}", names.join(", "))
    })?;
    (row.load)(parameters)
}
