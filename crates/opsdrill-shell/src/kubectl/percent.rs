//! Shares in percent, as kubectl counts them.

/// The share in percent, cut off; of nothing everything is nothing.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "kubectl divides first, in 64-bit floating point: 290m of a core are 28%"
)]
pub(super) fn percent(part: i64, whole: i64) -> i64 {
    if whole == 0 { 0 } else { (part as f64 / whole as f64 * 100.0) as i64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_cut_as_floating_point_has_them() {
        assert_eq!(percent(290, 1000), 28);
        assert_eq!(percent(100, 1000), 10);
        assert_eq!(percent(64 << 20, 3840 << 20), 1);
        assert_eq!(percent(1, 0), 0);
    }
}
