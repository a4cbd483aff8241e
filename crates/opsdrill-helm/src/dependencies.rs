//! Which subcharts are in, under which name, and what they hand up.

use opsdrill_sprig::version::{Constraint, Version};
use opsdrill_template::{Fields, Value, print};
use serde_json::Map;

use crate::chart::{Chart, Dependency};
use crate::render::Generation;
use crate::values::coalesce::{Nulls, coalesce};
use crate::values::convert;

type Given = Map<String, serde_json::Value>;

/// How deep charts are looked into.
const DEPTH_MAX: usize = 100;

/// What Helm 3 says before it names what is missing.
const MISSING: &str = "An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies";

/// What Helm 4 says.
const MISSING_IN_FOUR: &str = "chart dependencies are missing; run dependency update/build first";

/// Takes out the subcharts that conditions and tags switch off, names the others as their aliases say, and takes over
/// what they hand up.
///
/// # Errors
/// When a subchart's values are no map.
pub fn process(chart: &mut Chart, given: &Given, generation: Generation) -> Result<(), String> {
    switch(chart, given, "", generation, 0)?;
    import(chart, generation)
}

/// Says which charts `Chart.yaml` asks for that are not there.
///
/// # Errors
/// With Helm's words.
pub fn check(chart: &Chart, generation: Generation) -> Result<(), String> {
    let has = |name: &str| chart.subcharts.iter().any(|it| it.name() == name);
    let asked = chart.metadata.dependencies.iter().flatten();
    let missing: Vec<&str> = asked.map(|it| it.name.as_str()).filter(|it| !has(it)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    let advice = match generation {
        Generation::Three => MISSING,
        Generation::Four => MISSING_IN_FOUR,
    };
    Err(format!("{advice}: found in Chart.yaml, but missing in charts/ directory: {missing}"))
}

fn is_in_range(range: &str, version: &str) -> bool {
    match (Constraint::parse(range), Version::parse(version)) {
        (Ok(range), Ok(version)) => range.allows(&version),
        _ => false,
    }
}

fn fits(chart: &Chart, dependency: &Dependency) -> bool {
    chart.name() == dependency.name && is_in_range(&dependency.version, &chart.metadata.version)
}

fn switch(
    chart: &mut Chart,
    given: &Given,
    path: &str,
    generation: Generation,
    depth: usize,
) -> Result<(), String> {
    let Some(mut asked) = chart.metadata.dependencies.take() else { return Ok(()) };
    if depth > DEPTH_MAX {
        return Err(format!("charts are nested deeper than {DEPTH_MAX}"));
    }
    let all = std::mem::take(&mut chart.subcharts);
    let is_asked = |it: &&Chart| asked.iter().any(|dependency| fits(it, dependency));
    chart.subcharts = all.iter().filter(|it| !is_asked(it)).cloned().collect();
    for dependency in &mut asked {
        if let Some(found) = all.iter().find(|it| fits(it, dependency)) {
            let mut named = found.clone();
            dependency.known_as().clone_into(&mut named.metadata.name);
            chart.subcharts.push(named);
        }
        dependency.name = dependency.known_as().to_owned();
        dependency.enabled = true;
    }
    let values = coalesce(chart, given, Nulls::Remove, generation)?;
    let Value::Map(fields) = &values else { return Ok(()) };
    for dependency in &mut asked {
        by_tags(dependency, fields);
        by_condition(dependency, fields, path);
    }
    let off: Vec<String> =
        asked.iter().filter(|it| !it.enabled).map(|it| it.name.clone()).collect();
    chart.subcharts.retain(|it| !off.contains(&it.metadata.name));
    asked.retain(|it| it.enabled);
    chart.metadata.dependencies = Some(asked);
    let serde_json::Value::Object(values) = convert::value(&values)? else { return Ok(()) };
    for subchart in &mut chart.subcharts {
        let path = format!("{path}{}.", subchart.name());
        switch(subchart, &values, &path, generation, depth + 1)?;
    }
    Ok(())
}

/// A tag that is true is enough; without one, a tag that is false switches off.
fn by_tags(dependency: &mut Dependency, values: &Fields) {
    let Some(Value::Map(tags)) = values.borrow().get("tags").cloned() else { return };
    let tags = tags.borrow();
    let truths: Vec<bool> = dependency
        .tags
        .iter()
        .filter_map(|it| match tags.get(it) {
            Some(Value::Bool(truth)) => Some(*truth),
            _ => None,
        })
        .collect();
    dependency.enabled = truths.is_empty() || truths.contains(&true);
}

/// The first path that leads to a truth decides.
fn by_condition(dependency: &mut Dependency, values: &Fields, path: &str) {
    for condition in dependency.condition.trim().split(',').filter(|it| !it.is_empty()) {
        if let Some(Value::Bool(truth)) = value_at(values, &format!("{path}{condition}")) {
            dependency.enabled = truth;
            return;
        }
    }
}

/// What a path with dots leads to; maps themselves do not count.
fn value_at(values: &Fields, path: &str) -> Option<Value> {
    let mut names = path.split('.');
    let first = values.borrow().get(names.next()?).cloned()?;
    names.try_fold(first, |found, name| match found {
        Value::Map(fields) => fields.borrow().get(name).cloned(),
        _ => None,
    })
}

fn table_at(values: &Fields, path: &str) -> Option<Fields> {
    match value_at(values, path) {
        Some(Value::Map(fields)) => Some(fields),
        _ => None,
    }
}

/// From the innermost charts out, what `import-values` names.
fn import(chart: &mut Chart, generation: Generation) -> Result<(), String> {
    for subchart in &mut chart.subcharts {
        import(subchart, generation)?;
    }
    let Some(asked) = chart.metadata.dependencies.clone() else { return Ok(()) };
    let values = coalesce(chart, &Map::new(), Nulls::Keep, generation)?;
    let Value::Map(fields) = &values else { return Ok(()) };
    let mut imported = Map::new();
    for dependency in &asked {
        for wish in &dependency.import_values {
            let (child, parent) = match wish {
                serde_json::Value::String(name) => (format!("exports.{name}"), ".".to_owned()),
                serde_json::Value::Object(wish) => {
                    let part = |key: &str| {
                        wish.get(key)
                            .map_or("<nil>".to_owned(), |it| print::display(&convert::given(it)))
                    };
                    (part("child"), part("parent"))
                }
                _ => continue,
            };
            let Some(found) = table_at(fields, &format!("{}.{child}", dependency.name)) else {
                continue;
            };
            let found = convert::value(&Value::Map(found))?;
            merge_under(&mut imported, at_path(&parent, found));
        }
    }
    let serde_json::Value::Object(mut own) = convert::value(&values)? else { return Ok(()) };
    merge_under(&mut own, imported);
    chart.values = own;
    Ok(())
}

/// A map inside of maps, one for each name of the path.
fn at_path(path: &str, value: serde_json::Value) -> Given {
    let nested = match path {
        "." => value,
        path => path.rsplit('.').fold(value, |inner, name| {
            serde_json::Value::Object(Map::from_iter([(name.to_owned(), inner)]))
        }),
    };
    match nested {
        serde_json::Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Adds what is missing; what is there wins.
fn merge_under(values: &mut Given, below: Given) {
    for (key, value) in below {
        match (values.get_mut(&key), value) {
            (None, value) => {
                values.insert(key, value);
            }
            (Some(serde_json::Value::Object(above)), serde_json::Value::Object(below)) => {
                merge_under(above, below);
            }
            _ => {}
        }
    }
}
