//! Given values over a chart's defaults, through all subcharts, with globals handed down.
//!
//! It works on maps as templates share them, because Helm shares them here, too: a subchart's default deep inside of
//! `global` shows in its parent.

use opsdrill_template::{Fields, Value};

use super::convert;
use crate::chart::Chart;
use crate::render::Generation;

/// The key whose values every subchart sees.
const GLOBAL: &str = "global";

/// Whether nulls stay, as they must while defaults are still to be removed by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// A null takes a default away.
    Remove,
    /// A null stays.
    Keep,
}

struct Coalescer {
    nulls: Nulls,
    generation: Generation,
}

/// Values for a chart.
///
/// # Errors
/// When a subchart's values are no map.
pub fn coalesce(
    chart: &Chart,
    given: &serde_json::Map<String, serde_json::Value>,
    nulls: Nulls,
    generation: Generation,
) -> Result<Value, String> {
    let values = convert::given_map(given);
    if let Value::Map(fields) = &values {
        Coalescer { nulls, generation }.chart(chart, fields)?;
    }
    Ok(values)
}

fn empty_map() -> Value {
    Value::map([])
}

/// The map under a key; `None` if there is none, an error if it is something else.
fn map_at(fields: &Fields, key: &str) -> Result<Option<Fields>, Value> {
    match fields.borrow().get(key) {
        None => Ok(None),
        Some(Value::Map(inner)) => Ok(Some(inner.clone())),
        Some(other) => Err(other.clone()),
    }
}

fn entries(fields: &Fields) -> Vec<(String, Value)> {
    fields.borrow().iter().map(|(key, it)| (key.clone(), it.clone())).collect()
}

impl Coalescer {
    fn chart(&self, chart: &Chart, values: &Fields) -> Result<(), String> {
        self.defaults(chart, values);
        for subchart in &chart.subcharts {
            let name = subchart.name();
            let inner = match map_at(values, name) {
                Ok(Some(inner)) => inner,
                Ok(None) => {
                    let inner = empty_map();
                    values.borrow_mut().insert(name.to_owned(), inner.clone());
                    let Value::Map(inner) = inner else { continue };
                    inner
                }
                Err(other) => {
                    let shown = opsdrill_template::print::sprintf("%t", &[other]);
                    return Err(format!("type mismatch on {name}: {shown}"));
                }
            };
            hand_down(&inner, values);
            self.chart(subchart, &inner)?;
        }
        Ok(())
    }

    /// A chart's defaults under given values.
    fn defaults(&self, chart: &Chart, values: &Fields) {
        let removes = self.nulls == Nulls::Remove;
        let cleans = removes && self.generation == Generation::Four;
        for (key, default) in &chart.values {
            let default = convert::given(default);
            let known = values.borrow().get(key).cloned();
            match (known, &default) {
                (Some(Value::Nil), _) if removes => {
                    values.borrow_mut().remove(key);
                }
                (Some(Value::Map(above)), Value::Map(below)) => {
                    let is_subchart = chart.subcharts.iter().any(|it| it.name() == key);
                    let removes = removes && !is_subchart;
                    if removes && self.generation == Generation::Four {
                        clean(below);
                    }
                    self.tables(&above, below, removes);
                }
                (Some(_), _) => {}
                (None, Value::Nil) if cleans => {}
                (None, _) => {
                    if let (true, Value::Map(below)) = (cleans, &default) {
                        clean(below);
                    }
                    values.borrow_mut().insert(key.clone(), default);
                }
            }
        }
    }

    /// One map over another, all the way down.
    fn tables(&self, above: &Fields, below: &Fields, removes: bool) {
        if above.is_same(below) {
            return;
        }
        for (key, value) in entries(above) {
            let has_default = below.borrow().get(&key).is_some_and(|it| !matches!(it, Value::Nil));
            if let Value::Nil = value
                && removes
                && (has_default || self.generation == Generation::Three)
            {
                above.borrow_mut().remove(&key);
                below.borrow_mut().remove(&key);
            } else if let Value::Nil = value {
                below.borrow_mut().remove(&key);
            }
        }
        for (key, default) in entries(below) {
            let known = above.borrow().get(&key).cloned();
            match (known, &default) {
                (None, _) => {
                    above.borrow_mut().insert(key, default);
                }
                (Some(Value::Map(above)), Value::Map(below)) => self.tables(&above, below, removes),
                _ => {}
            }
        }
    }
}

/// Globals of a chart to a subchart; those of the chart win.
fn hand_down(inner: &Fields, outer: &Fields) {
    let (Ok(own), Ok(from)) = (map_at(inner, GLOBAL), map_at(outer, GLOBAL)) else { return };
    let own = match own {
        Some(own) => own,
        None => match empty_map() {
            Value::Map(own) => own,
            _ => return,
        },
    };
    for (key, value) in from.iter().flat_map(entries) {
        let known = own.borrow().get(&key).cloned();
        match (&value, known) {
            (Value::Map(fields), known) => {
                // The map is copied, but what is inside of it is shared.
                let Value::Map(copy) = Value::map(entries(fields)) else { continue };
                match known {
                    None => {}
                    Some(Value::Map(known)) => {
                        let keeps = Coalescer { nulls: Nulls::Keep, generation: Generation::Four };
                        keeps.tables(&copy, &known, false);
                    }
                    Some(_) => continue,
                }
                own.borrow_mut().insert(key, Value::Map(copy));
            }
            (_, Some(Value::Map(_))) => {}
            _ => {
                own.borrow_mut().insert(key, value);
            }
        }
    }
    inner.borrow_mut().insert(GLOBAL.to_owned(), Value::Map(own));
}

/// Takes nulls out of defaults.
fn clean(fields: &Fields) {
    fields.borrow_mut().retain(|_, it| !matches!(it, Value::Nil));
    for (_, value) in entries(fields) {
        if let Value::Map(inner) = value {
            clean(&inner);
        }
    }
}
