//! How a Java virtual machine sizes its heap in a container (HotSpot 17 and later, container support on).

use crate::physical::ContainerSpec;

/// Environment variables with options, in the order in which later ones win. The machine itself reads the first
/// two; the third is the custom of start scripts.
const VARIABLES: &[&str] = &["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS"];
/// Share of the memory that the heap may take if nobody says anything (`MaxRAMPercentage`), in ppm.
const MAX_RAM_PPM: u64 = 250_000;
/// The same for small memories (`MinRAMPercentage`).
const MIN_RAM_PPM: u64 = 500_000;
/// The built-in `MaxHeapSize` (96 MiB scaled for 64 bits): the size that divides small memories from others.
const SMALL_HEAP: u64 = 130_862_280;
/// The smallest heap with which the machine starts.
const HEAP_MIN: u64 = 2 * 1024 * 1024;

/// What the options come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// The largest heap in bytes.
    pub heap_max: u64,
    /// Whether the machine ends at the first `OutOfMemoryError`.
    pub exit_on_out_of_memory: bool,
    /// What the machine prints before anything else.
    pub notes: Vec<String>,
}

#[derive(Default)]
struct Options {
    heap_max: Option<u64>,
    heap_start: Option<u64>,
    max_ram_ppm: Option<u64>,
    exit_on_out_of_memory: bool,
}

/// Reads the options of a container whose memory (its limit, or the node's) is given.
///
/// # Errors
/// What the machine prints before it gives up with exit code 1.
pub fn configure(spec: &ContainerSpec, memory: u64) -> Result<Machine, Vec<String>> {
    let mut options = Options::default();
    let mut notes = Vec::new();
    for variable in VARIABLES {
        let Some(value) = spec.env.get(*variable).filter(|it| !it.is_empty()) else { continue };
        match *variable {
            "JAVA_TOOL_OPTIONS" => notes.push(format!("Picked up JAVA_TOOL_OPTIONS: {value}")),
            "JDK_JAVA_OPTIONS" => notes.push(format!("NOTE: Picked up JDK_JAVA_OPTIONS: {value}")),
            _ => {}
        }
        for option in value.split_whitespace() {
            read_option(option, &mut options).map_err(|error| refusal(&notes, &error))?;
        }
    }
    for option in spec.command.iter().chain(&spec.args).flat_map(|it| it.split_whitespace()) {
        read_option(option, &mut options).map_err(|error| refusal(&notes, &error))?;
    }
    let heap_max = options.heap_max.unwrap_or_else(|| default_heap(memory, options.max_ram_ppm));
    if options.heap_start.is_some_and(|start| start > heap_max) {
        let error = "Initial heap size set to a larger value than the maximum heap size";
        return Err(refusal(
            &notes,
            &format!("Error occurred during initialization of VM\n{error}"),
        ));
    }
    Ok(Machine { heap_max, exit_on_out_of_memory: options.exit_on_out_of_memory, notes })
}

/// The largest heap if only the memory is known.
fn default_heap(memory: u64, max_ram_ppm: Option<u64>) -> u64 {
    let share = |ppm: u64| (u128::from(memory) * u128::from(ppm) / 1_000_000) as u64;
    match max_ram_ppm {
        Some(ppm) => share(ppm),
        None if share(MIN_RAM_PPM) < SMALL_HEAP => share(MIN_RAM_PPM),
        None => share(MAX_RAM_PPM).max(SMALL_HEAP),
    }
}

fn read_option(option: &str, options: &mut Options) -> Result<(), String> {
    if let Some(size) = option.strip_prefix("-Xmx") {
        let size = parse_size(size).filter(|it| *it >= HEAP_MIN);
        options.heap_max =
            Some(size.ok_or_else(|| format!("Invalid maximum heap size: {option}"))?);
    } else if let Some(size) = option.strip_prefix("-Xms") {
        let size = parse_size(size);
        options.heap_start =
            Some(size.ok_or_else(|| format!("Invalid initial heap size: {option}"))?);
    } else if let Some(size) = option.strip_prefix("-XX:MaxHeapSize=") {
        let wrong = || format!("Improperly specified VM option 'MaxHeapSize={size}'");
        options.heap_max = Some(parse_size(size).ok_or_else(wrong)?);
    } else if let Some(percentage) = option.strip_prefix("-XX:MaxRAMPercentage=") {
        let wrong = || format!("Improperly specified VM option 'MaxRAMPercentage={percentage}'");
        options.max_ram_ppm = Some(parse_percentage(percentage).ok_or_else(wrong)?);
    } else if matches!(option, "-XX:+ExitOnOutOfMemoryError" | "-XX:+CrashOnOutOfMemoryError") {
        options.exit_on_out_of_memory = true;
    } else if option == "-XX:-ExitOnOutOfMemoryError" {
        options.exit_on_out_of_memory = false;
    }
    Ok(())
}

fn refusal(notes: &[String], error: &str) -> Vec<String> {
    let end = "Error: Could not create the Java Virtual Machine.\n\
               Error: A fatal exception has occurred. Program will exit.";
    let lines = error.lines().chain(end.lines()).map(str::to_owned);
    notes.iter().cloned().chain(lines).collect()
}

/// `512m`, `2G`, `1073741824`.
fn parse_size(text: &str) -> Option<u64> {
    let unit = text.bytes().next_back()?;
    let shift = match unit.to_ascii_lowercase() {
        b'k' => 10,
        b'm' => 20,
        b'g' => 30,
        b't' => 40,
        b'0'..=b'9' => 0,
        _ => return None,
    };
    let digits = if shift == 0 { text } else { &text[..text.len() - 1] };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// `75`, `75.0`, `62.5` in ppm of the whole.
fn parse_percentage(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let fraction: String = fraction.chars().chain("0000".chars()).take(4).collect();
    let ppm = whole.parse::<u64>().ok()?.checked_mul(10_000)? + fraction.parse::<u64>().ok()?;
    (ppm <= 1_000_000).then_some(ppm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::physical::tests::container;

    const MIB: u64 = 1024 * 1024;

    fn heap(variable: &str, value: &str, memory: u64) -> Result<Machine, Vec<String>> {
        let mut spec = container("app");
        std::sync::Arc::make_mut(&mut spec.env).insert(variable.into(), value.into());
        configure(&spec, memory)
    }

    #[test]
    fn without_options_the_heap_is_a_quarter_or_half_of_a_small_memory() {
        let of = |memory| configure(&container("app"), memory * MIB).unwrap().heap_max;
        assert_eq!(of(2048), 512 * MIB);
        assert_eq!(of(512), 128 * MIB);
        assert_eq!(of(300), SMALL_HEAP);
        assert_eq!(of(128), 64 * MIB);
    }

    #[test]
    fn options_are_read_from_all_places_and_the_last_wins() {
        assert_eq!(heap("JAVA_OPTS", "-Xms64m -Xmx1g", 512 * MIB).unwrap().heap_max, 1024 * MIB);
        let machine = heap("JAVA_TOOL_OPTIONS", "-XX:MaxRAMPercentage=62.5", 512 * MIB).unwrap();
        assert_eq!(machine.heap_max, 320 * MIB);
        assert_eq!(machine.notes, ["Picked up JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=62.5"]);
        let mut spec = container("app");
        std::sync::Arc::make_mut(&mut spec.env)
            .insert("JAVA_TOOL_OPTIONS".into(), "-Xmx100m -XX:+ExitOnOutOfMemoryError".into());
        spec.args = vec!["-Xmx200m".into()];
        let machine = configure(&spec, 512 * MIB).unwrap();
        assert_eq!((machine.heap_max, machine.exit_on_out_of_memory), (200 * MIB, true));
    }

    #[test]
    fn wrong_options_are_refused_in_the_machine_s_words() {
        let error = heap("JAVA_OPTS", "-Xmx512mb", 512 * MIB).unwrap_err();
        assert_eq!(error[0], "Invalid maximum heap size: -Xmx512mb");
        assert_eq!(error[1], "Error: Could not create the Java Virtual Machine.");
        let error = heap("JAVA_OPTS", "-Xms1g -Xmx512m", 512 * MIB).unwrap_err();
        assert_eq!(error[0], "Error occurred during initialization of VM");
    }
}
