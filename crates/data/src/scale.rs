//! The numbers that the 256 grey levels of an image stand for.

/// From the smallest to the largest of some numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Default for Range {
    fn default() -> Self {
        Self { low: f64::INFINITY, high: f64::NEG_INFINITY }
    }
}

impl Range {
    pub(crate) fn include(&mut self, number: f64) {
        self.low = self.low.min(number);
        self.high = self.high.max(number);
    }

    /// The number that all of them are, if they are one.
    pub(crate) fn only(self) -> Option<f64> {
        (self.low == self.high).then_some(self.low)
    }
}

/// Level 0 stands for `low`, level 255 for `high`, the others for what lies between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Scale {
    /// Levels that stand for themselves.
    pub(crate) const BYTES: Self = Self { low: 0.0, high: 255.0 };

    /// The scale that numbers of this range most likely have.
    pub(crate) fn of(Range { low, high }: Range) -> Self {
        match (low, high) {
            (0.0.., ..=1.0) => Self { low: 0.0, high: 1.0 },
            (-1.0.., ..=1.0) => Self { low: -1.0, high: 1.0 },
            // Less than half of the brightness of bytes is a scale of its own, such as 0 to 16.
            (0.0.., ..=127.0) => Self { low: 0.0, high },
            (0.0.., ..=255.0) => Self::BYTES,
            (low, high) => Self { low, high },
        }
    }

    /// The level that stands for a number. Beyond the ends, the end.
    pub(crate) fn level(self, number: f64) -> u8 {
        // `as` cuts off beyond a byte's ends.
        (255.0 * (number - self.low) / (self.high - self.low)).round() as u8
    }

    /// The number that a level stands for, the level perhaps a mean.
    pub(crate) fn number(self, level: f64) -> f64 {
        self.low + (self.high - self.low) * level / 255.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_levels_and_levels_numbers() {
        for (low, high, scale, pairs) in [
            (0.0, 1.0, (0.0, 1.0), [(0.0, 0), (0.5, 128), (1.0, 255)]),
            (-1.0, 1.0, (-1.0, 1.0), [(-1.0, 0), (0.0, 128), (1.0, 255)]),
            (0.0, 16.0, (0.0, 16.0), [(0.0, 0), (8.0, 128), (16.0, 255)]),
            (0.0, 254.0, (0.0, 255.0), [(0.0, 0), (100.0, 100), (254.0, 254)]),
            (-0.5, 2.0, (-0.5, 2.0), [(-0.5, 0), (0.75, 128), (2.0, 255)]),
            (0.0, 65535.0, (0.0, 65535.0), [(0.0, 0), (257.0, 1), (70_000.0, 255)]),
        ] {
            let got = Scale::of(Range { low, high });
            assert_eq!((got.low, got.high), scale);
            for (number, level) in pairs {
                assert_eq!(got.level(number), level, "{number} of {low} to {high}");
            }
            assert!((0..=255).all(|level| got.level(got.number(level.into())) == level));
        }
    }
}
