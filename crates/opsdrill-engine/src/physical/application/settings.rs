//! Where applications find their settings: environment, files, defaults.

use serde_json::Value;

use super::model::{Requirement, Setting, SettingFormat};
use crate::physical::ContainerSpec;

/// The largest configuration file that is read for single keys.
const FILE_BYTES_MAX: usize = 256 * 1024;

/// The value of a setting in a container.
pub fn read(setting: &Setting, spec: &ContainerSpec) -> Option<String> {
    let env = || spec.env.get(setting.env.as_ref()?).cloned();
    let file = || from_file(setting, spec);
    env().or_else(file).or_else(|| setting.default.clone())
}

/// A setting that must be a number; `otherwise` if it is not there or is none.
pub fn number(setting: &Setting, spec: &ContainerSpec, otherwise: u64) -> u64 {
    read(setting, spec).and_then(|text| text.trim().parse().ok()).unwrap_or(otherwise)
}

/// The lines about the first requirement that is not met, and the exit code.
pub fn unmet(requirements: &[Requirement], spec: &ContainerSpec) -> Option<(Vec<String>, i32)> {
    requirements.iter().find_map(|requirement| {
        let value = read(&requirement.setting, spec);
        if value.as_deref().is_some_and(|it| fits(requirement.format, it)) {
            return None;
        }
        let value = value.unwrap_or_default();
        let name = name(&requirement.setting);
        let fill = |line: &String| line.replace("{name}", &name).replace("{value}", &value);
        Some((requirement.log.iter().map(fill).collect(), requirement.exit_code))
    })
}

/// What people call a setting: its variable, or its key or path.
pub fn name(setting: &Setting) -> String {
    let names = [&setting.env, &setting.key, &setting.file];
    names.into_iter().flatten().next().cloned().unwrap_or_default()
}

fn fits(format: SettingFormat, value: &str) -> bool {
    match format {
        SettingFormat::Any => true,
        SettingFormat::NotEmpty => !value.is_empty(),
        SettingFormat::Number => value.parse::<i64>().is_ok(),
        SettingFormat::Port => value.parse::<u16>().is_ok_and(|it| it > 0),
        SettingFormat::Url => value
            .split_once("://")
            .is_some_and(|(scheme, host)| !scheme.is_empty() && !host.is_empty()),
    }
}

fn from_file(setting: &Setting, spec: &ContainerSpec) -> Option<String> {
    let path = setting.file.as_ref()?;
    let contents = std::str::from_utf8(spec.files.get(path)?).ok()?;
    let Some(key) = &setting.key else { return Some(contents.trim_end().to_owned()) };
    if contents.len() > FILE_BYTES_MAX {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((_, "yaml" | "yml" | "json")) => from_document(contents, key),
        _ => from_lines(contents, key),
    }
}

/// The value at `a.b.c` in a YAML or JSON document; a key that is written with its dots counts too.
fn from_document(contents: &str, key: &str) -> Option<String> {
    let document: Value = serde_saphyr::from_str(contents).ok()?;
    let nested = key.split('.').try_fold(&document, |place, part| place.get(part));
    match nested.or_else(|| document.get(key))? {
        Value::String(text) => Some(text.clone()),
        Value::Null => Some(String::new()),
        other => Some(other.to_string()),
    }
}

/// The value of `key=value`, `key: value` or `key value`, the forms of properties, ini and redis files.
fn from_lines(contents: &str, key: &str) -> Option<String> {
    let lines = contents.lines().map(str::trim).filter(|it| !it.starts_with(['#', ';', '!']));
    let mut values = lines.filter_map(|line| {
        let remainder = line.strip_prefix(key)?;
        let value = remainder.trim_start();
        match value.strip_prefix(['=', ':']) {
            Some(value) => Some(value.trim()),
            None if value.len() < remainder.len() => Some(value.trim()),
            None => None,
        }
    });
    // Readers of such files let the last one win.
    values.next_back().map(|it| it.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::physical::tests::container;

    fn setting(env: &str, file: &str, key: &str) -> Setting {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Setting { env: some(env), file: some(file), key: some(key), default: None }
    }

    #[test]
    fn environment_comes_before_files_and_files_before_defaults() {
        let mut spec = container("app");
        let mut wanted = setting("HOST", "/etc/app/app.properties", "database.host");
        assert_eq!(read(&wanted, &spec), None);
        wanted.default = Some("localhost".into());
        assert_eq!(read(&wanted, &spec).unwrap(), "localhost");
        let text = b"# database.host=no\ndatabase.hostname=no\ndatabase.host = db\n".to_vec();
        spec.files.insert("/etc/app/app.properties".into(), text);
        assert_eq!(read(&wanted, &spec).unwrap(), "db");
        std::sync::Arc::make_mut(&mut spec.env).insert("HOST".into(), String::new());
        assert_eq!(read(&wanted, &spec).unwrap(), "");
    }

    #[test]
    fn keys_are_found_in_yaml_json_and_redis_files() {
        let mut spec = container("app");
        let mut file = |path: &str, text: &str| {
            spec.files.insert(path.into(), text.into());
        };
        file("/a.yaml", "database:\n  port: 5432\n  host: db\n");
        file("/a.json", r#"{"database.host": "dotted"}"#);
        file("/redis.conf", "maxclients 100\nmaxclients 200\n");
        file("/broken.yaml", "a: [");
        assert_eq!(read(&setting("", "/a.yaml", "database.port"), &spec).unwrap(), "5432");
        assert_eq!(read(&setting("", "/a.json", "database.host"), &spec).unwrap(), "dotted");
        assert_eq!(read(&setting("", "/redis.conf", "maxclients"), &spec).unwrap(), "200");
        assert_eq!(read(&setting("", "/broken.yaml", "a"), &spec), None);
    }

    #[test]
    fn the_first_unmet_requirement_speaks() {
        let requirement = |env: &str, format| Requirement {
            setting: setting(env, "", ""),
            format,
            log: vec!["{name} is {value}".into()],
            exit_code: 2,
        };
        let requirements =
            [requirement("URL", SettingFormat::Url), requirement("PORT", SettingFormat::Port)];
        let mut spec = container("app");
        std::sync::Arc::make_mut(&mut spec.env).insert("URL".into(), "http://db".into());
        std::sync::Arc::make_mut(&mut spec.env).insert("PORT".into(), "70000".into());
        assert_eq!(unmet(&requirements, &spec), Some((vec!["PORT is 70000".into()], 2)));
        std::sync::Arc::make_mut(&mut spec.env).insert("PORT".into(), "7000".into());
        assert_eq!(unmet(&requirements, &spec), None);
    }
}
