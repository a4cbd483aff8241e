//! The catalogue of faults: what breaks, one file each.
//!
//! A fault acts on belief (objects, through the API under somebody's name) or on truth (the physical world, through
//! the engine's own functions). Nothing in reach of the trainee knows this crate.

mod catalogue;

use opsdrill_engine::Cluster;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use catalogue::FAULTS;

/// Breaks something in a cluster.
///
/// # Errors
/// What an author must know when the scenario does not offer what the fault wants to break.
pub trait Fault: DeserializeOwned + 'static {
    /// Its name in scenario files; the file's name in kebab-case.
    const NAME: &'static str;
    /// What it does, in one sentence.
    const SUMMARY: &'static str;

    /// Breaks it.
    fn inject(&self, cluster: &mut Cluster) -> Result<(), String>;
}

/// A fault with its parameters, ready to be injected as often as wanted.
pub type Injection = Box<dyn Fn(&mut Cluster) -> Result<(), String>>;

/// A row of the catalogue.
pub struct FaultKind {
    /// Name in scenario files.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// Reads the parameters.
    pub load: fn(Value) -> Result<Injection, String>,
}

impl FaultKind {
    const fn of<F: Fault>() -> Self {
        Self {
            name: F::NAME,
            summary: F::SUMMARY,
            load: |parameters| {
                let fault: F =
                    serde_json::from_value(parameters).map_err(|error| error.to_string())?;
                Ok(Box::new(move |cluster| fault.inject(cluster)))
            },
        }
    }
}

/// Finds a fault and reads its parameters.
///
/// # Errors
/// An unknown name (with the known ones) or parameters that do not fit.
pub fn load(name: &str, parameters: Value) -> Result<Injection, String> {
    let row = FAULTS.iter().find(|it| it.name == name).ok_or_else(|| {
        let names: Vec<&str> = FAULTS.iter().map(|it| it.name).collect();
        format!("no fault is called {name:?}; there are {}", names.join(", "))
    })?;
    (row.load)(parameters)
}
