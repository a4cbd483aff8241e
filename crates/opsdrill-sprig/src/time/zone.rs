//! Time zones by their names, from the database in the program; no file of the host is read.

use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;

use super::Time;

/// How clocks stand at a place at a point in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Seconds east of Greenwich.
    pub offset: i32,
    /// Letters, or an offset where nobody uses letters: `CEST`, `-03`.
    pub name: String,
}

impl Zone {
    /// The zone that all dates are in unless another is asked for.
    pub fn utc() -> Self {
        Self { offset: 0, name: "UTC".to_owned() }
    }

    /// The zone of a name as Go's `time.LoadLocation` finds it. `Local` is UTC here; nothing if there is none of that name.
    pub fn find(name: &str, time: Time) -> Option<Self> {
        if matches!(name, "" | "UTC" | "Local") {
            return Some(Self::utc());
        }
        let zone = TimeZoneDatabase::bundled().get(name).ok()?;
        // Files have their names with great and small letters.
        if zone.iana_name() != Some(name) {
            return None;
        }
        let seconds = time.seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let at = zone.to_offset_info(Timestamp::from_second(seconds).ok()?);
        Some(Self { offset: at.offset().seconds(), name: at.abbreviation().to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::format_in;
    use super::*;

    fn shown(seconds: i64, zone: &str, layout: &str) -> Option<String> {
        let time = Time { seconds, nanos: 0 };
        Zone::find(zone, time).map(|it| format_in(time, layout, &it))
    }

    #[test]
    fn clocks_stand_as_at_their_place() {
        let layout = "2006-01-02 15:04:05 -0700 MST";
        let (winter, summer) = (1_706_745_600, 1_720_000_000);
        let cases = [
            (winter, "Europe/Paris", "2024-02-01 01:00:00 +0100 CET"),
            (summer, "Europe/Paris", "2024-07-03 11:46:40 +0200 CEST"),
            (winter, "America/New_York", "2024-01-31 19:00:00 -0500 EST"),
            (winter, "Asia/Kolkata", "2024-02-01 05:30:00 +0530 IST"),
            (winter, "America/Sao_Paulo", "2024-01-31 21:00:00 -0300 -03"),
            (winter, "Local", "2024-02-01 00:00:00 +0000 UTC"),
        ];
        for (seconds, zone, written) in cases {
            assert_eq!(shown(seconds, zone, layout).as_deref(), Some(written));
        }
        for none in ["foobar", "europe/paris", "/etc/localtime", "../UTC", "Europe"] {
            assert_eq!(shown(winter, none, layout), None, "{none}");
        }
    }

    #[test]
    fn offsets_are_written_as_in_go() {
        let layout = "-07 -07:00 -070000 -07:00:00 Z07 Z0700 Z07:00";
        let expected = "+01 +01:00 +010000 +01:00:00 +01 +0100 +01:00";
        assert_eq!(shown(0, "Europe/Paris", layout).as_deref(), Some(expected));
        // New York's clocks before 1883 stood by the sun.
        let old = shown(-3_000_000_000, "America/New_York", "-07:00 -07:00:00 Z070000 MST");
        assert_eq!(old.as_deref(), Some("-04:56 -04:56:02 -045602 LMT"));
        assert_eq!(shown(i64::MAX / 4, "Europe/Paris", "MST").as_deref(), Some("CET"));
    }
}
