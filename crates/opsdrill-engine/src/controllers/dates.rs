//! Dates in statuses: whole Unix seconds, as the API shows them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use crate::time::SimTime;
use crate::view::View;

/// A date.
pub(super) fn time(unix: i64) -> Time {
    Time(Timestamp::from_second(unix).expect("simulated dates are within the calendar"))
}

/// The date now.
pub(super) fn now(view: View<'_>) -> Time {
    time(view.unix_now())
}

/// A date as Unix seconds; the beginning of time if there is none.
pub(super) fn unix(date: Option<&Time>) -> i64 {
    date.map_or(0, |it| it.0.as_second())
}

/// The simulated time of a date given in Unix seconds; zero if it lies before the session.
pub(super) fn sim_time(view: View<'_>, unix: i64) -> SimTime {
    let whole_now = view.now().0 / 1000;
    let ahead = unix - view.unix_now();
    SimTime(whole_now.saturating_add_signed(ahead) * 1000)
}
