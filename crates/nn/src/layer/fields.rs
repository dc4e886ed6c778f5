//! The numbers of a layer that a person can set, with their bounds. Each kind lists its own.

use alloc::vec::Vec;

/// A number that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name: "kernels", "stride", "stride-rows" …
    pub key: &'static str,
    /// Its value now.
    pub value: usize,
    /// The least.
    pub low: usize,
    /// The most. From 0 to 1 it is a switch.
    pub high: usize,
}

impl Field {
    /// A number within bounds. A value beyond them, as a link may carry it, widens them.
    pub fn new(key: &'static str, value: usize, low: usize, high: usize) -> Self {
        Self { key, value, low: low.min(value), high: high.max(value) }
    }
}

/// A setting of a layer, in its place.
pub(crate) enum Setting<'a> {
    One(&'static str, &'a mut usize, [usize; 2]),
    /// A number of rows and one of columns, by the names of both, the first and the second; the least, and the most of
    /// each. Where they are equal, one field sets both.
    Pair([&'static str; 3], &'a mut [usize; 2], usize, [usize; 2]),
    Switch(&'static str, &'a mut bool),
    /// A share, in hundredths.
    Percent(&'static str, &'a mut f32, usize),
}

pub(crate) const STRIDE: [&str; 3] = ["stride", "stride-rows", "stride-columns"];
pub(crate) const PADDING: [&str; 3] = ["padding", "padding-rows", "padding-columns"];

impl Setting<'_> {
    /// Its fields.
    pub(crate) fn fields(&self) -> Vec<Field> {
        match self {
            Self::One(key, value, [low, high]) => [Field::new(key, **value, *low, *high)].into(),
            Self::Pair(keys, value, low, high) => pair(*keys, **value, *low, *high),
            Self::Switch(key, value) => [Field::new(key, usize::from(**value), 0, 1)].into(),
            Self::Percent(key, value, most) => {
                [Field::new(key, libm::roundf(**value * 100.0) as usize, 0, *most)].into()
            }
        }
    }

    /// Sets one of its fields.
    pub(crate) fn set(self, key: &str, value: usize) {
        match self {
            Self::One(_, to, _) => *to = value,
            Self::Pair(keys, to, ..) => put(keys, key, to, value),
            Self::Switch(_, to) => *to = value == 1,
            Self::Percent(_, to, _) => *to = value as f32 / 100.0,
        }
    }
}

fn pair([both, first, second]: [&'static str; 3], value: [usize; 2], low: usize, high: [usize; 2]) -> Vec<Field> {
    if value[0] == value[1] && high[0] == high[1] {
        return [Field::new(both, value[0], low, high[0])].into();
    }
    [Field::new(first, value[0], low, high[0]), Field::new(second, value[1], low, high[1])].into()
}

fn put([_, first, second]: [&str; 3], key: &str, to: &mut [usize; 2], value: usize) {
    let axes = if key == first {
        0..1
    } else if key == second {
        1..2
    } else {
        0..2
    };
    to[axes].fill(value);
}
