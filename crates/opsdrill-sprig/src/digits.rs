//! Decimal numbers, in which sums and products are exact: `0.1` and `0.2` make `0.3`.
#![expect(clippy::float_arithmetic, reason = "numbers of templates are Go's float64")]

/// Digits behind the point that a quotient has.
const QUOTIENT_DIGITS: i32 = 16;

/// A whole number times a power of ten; numbers too long for that are kept as they are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Decimal {
    Exact { digits: i128, exponent: i32 },
    Float(f64),
}

impl Decimal {
    /// The shortest decimal number that reads back as this one.
    pub(crate) fn of(number: f64) -> Self {
        if !number.is_finite() {
            return Self::Float(number);
        }
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let fraction = mantissa.split_once('.').map_or(0, |(_, it)| it.len());
        let digits = mantissa.replace('.', "").parse();
        let exponent = exponent.parse::<i32>().map(|it| it - i32::try_from(fraction).unwrap_or(0));
        match (digits, exponent) {
            (Ok(digits), Ok(exponent)) => Self::Exact { digits, exponent },
            _ => Self::Float(number),
        }
    }

    /// The floating point number next to it.
    pub(crate) fn float(self) -> f64 {
        match self {
            Self::Exact { digits, exponent } => {
                format!("{digits}e{exponent}").parse().unwrap_or_default()
            }
            Self::Float(it) => it,
        }
    }

    /// Both as whole numbers times the same power of ten.
    fn aligned(self, other: Self) -> Option<(i128, i128, i32)> {
        let (
            Self::Exact { digits: one, exponent: of_one },
            Self::Exact { digits: two, exponent: of_two },
        ) = (self, other)
        else {
            return None;
        };
        let exponent = of_one.min(of_two);
        Some((raised(one, of_one - exponent)?, raised(two, of_two - exponent)?, exponent))
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        let sum = self.aligned(other).and_then(|(one, two, exponent)| {
            Some(Self::Exact { digits: one.checked_add(two)?, exponent })
        });
        sum.unwrap_or_else(|| Self::Float(self.float() + other.float()))
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        let difference = self.aligned(other).and_then(|(one, two, exponent)| {
            Some(Self::Exact { digits: one.checked_sub(two)?, exponent })
        });
        difference.unwrap_or_else(|| Self::Float(self.float() - other.float()))
    }

    pub(crate) fn times(self, other: Self) -> Self {
        if let (
            Self::Exact { digits: one, exponent: of_one },
            Self::Exact { digits: two, exponent: of_two },
        ) = (self, other)
            && let Some(digits) = one.checked_mul(two)
        {
            return Self::Exact { digits, exponent: of_one + of_two };
        }
        Self::Float(self.float() * other.float())
    }

    /// The quotient, rounded to 16 digits behind the point.
    ///
    /// # Errors
    /// When divided by zero.
    pub(crate) fn over(self, other: Self) -> Result<Self, String> {
        if let Self::Exact { digits: 0, .. } = other {
            return Err("decimal division by 0".to_owned());
        }
        let quotient = self.aligned(other).and_then(|(one, two, _)| {
            let scaled = raised(one, QUOTIENT_DIGITS + 1)?;
            let cut = scaled.checked_div(two)?;
            let digits = (cut + if cut < 0 { -5 } else { 5 }) / 10;
            Some(Self::Exact { digits, exponent: -QUOTIENT_DIGITS })
        });
        Ok(quotient.unwrap_or_else(|| Self::Float(self.float() / other.float())))
    }
}

fn raised(digits: i128, exponent: i32) -> Option<i128> {
    digits.checked_mul(10_i128.checked_pow(u32::try_from(exponent).ok()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_numbers_count_exactly() {
        let of = Decimal::of;
        let shown = |it: Decimal| it.float().to_string();
        assert_eq!(shown(of(0.1).plus(of(0.2))), "0.3");
        assert_eq!(shown(of(1.1).times(of(1.1))), "1.21");
        assert_eq!(shown(of(10.0).over(of(4.0)).unwrap()), "2.5");
        assert_eq!(shown(of(1.0).over(of(3.0)).unwrap()), "0.3333333333333333");
    }
}
