//! The part of the network that the learner looks at, and the direction.

use receptive_nn::Spec;

/// A part of the network: all of it, a layer, or one cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// All layers side by side.
    #[default]
    Network,
    /// A layer, by its name: "conv 2"; the image is "input".
    Layer(String),
    /// A cell of a layer, by its place among all values of that layer.
    Cell(String, usize),
}

impl Look {
    /// The image's name among the layers.
    pub const INPUT: &str = "input";

    /// As a link carries it: "conv-2", "block-1_branch-2_conv-1.37". The whole network is an empty text.
    pub fn text(&self) -> String {
        let word = |name: &str| name.replace(" / ", "_").replace(' ', "-");
        match self {
            Self::Network => String::new(),
            Self::Layer(name) => word(name),
            Self::Cell(name, cell) => format!("{}.{cell}", word(name)),
        }
    }

    /// Reads what a link carries; nothing if no part of any network is called so.
    pub fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::Network);
        }
        let (layer, cell) = text.split_once('.').map_or((text, None), |(layer, cell)| (layer, Some(cell)));
        let words: Option<Vec<String>> = layer.split('_').map(name).collect();
        let layer = if layer == Self::INPUT { layer.into() } else { words?.join(" / ") };
        Some(match cell {
            None => Self::Layer(layer),
            Some(cell) => Self::Cell(layer, count(cell)?),
        })
    }

    /// The layer that is looked at, or whose cell is.
    pub fn layer(&self) -> Option<&str> {
        match self {
            Self::Network => None,
            Self::Layer(name) | Self::Cell(name, _) => Some(name),
        }
    }

    /// The part that it is a part of: one level up.
    pub fn up(&self) -> Option<Self> {
        match self {
            Self::Network => None,
            Self::Layer(_) => Some(Self::Network),
            Self::Cell(name, _) => Some(Self::Layer(name.clone())),
        }
    }

    /// Levels below the whole network.
    pub fn depth(&self) -> usize {
        match self {
            Self::Network => 0,
            Self::Layer(_) => 1,
            Self::Cell(..) => 2,
        }
    }

    /// True if a network has such a part.
    pub fn fits(&self, spec: &Spec) -> bool {
        let Some(layer) = self.layer() else { return true };
        let outputs = spec.outputs().unwrap_or_default();
        let output = outputs.iter().find(|output| output.name == layer).map(|output| output.shape);
        let shape = if layer == Self::INPUT { Some(spec.input) } else { output };
        shape.is_some_and(|shape| match self {
            Self::Cell(_, cell) => *cell < shape.iter().product(),
            _ => true,
        })
    }
}

/// The name that a word of a link stands for: "max-pool-1" for "max-pool 1".
fn name(word: &str) -> Option<String> {
    let (kind, number) = word.rsplit_once('-')?;
    let is_kind = kind.starts_with(|c: char| c.is_ascii_lowercase())
        && kind.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    count(number)?;
    is_kind.then(|| format!("{kind} {number}"))
}

/// A whole number as a program writes it.
fn count(text: &str) -> Option<usize> {
    text.parse().ok().filter(|n: &usize| n.to_string() == text)
}

/// The numbers of the network that are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The values, from the image to the probabilities.
    #[default]
    Forward,
    /// The gradients with respect to them.
    Backward,
    /// What the last step added to the weights.
    Update,
}

impl Direction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Forward, Self::Backward, Self::Update];

    /// As a link carries it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Backward => "backward",
            Self::Update => "update",
        }
    }

    /// Reads what a link carries.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|direction| direction.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn residual() -> Spec {
        Spec::read("28x28x1:c4x3p1,add(c4x3p1,r;),m2,v,f,d10").unwrap()
    }

    #[test]
    fn every_part_of_a_network_is_read_as_it_is_written() {
        let outputs = residual().outputs().unwrap();
        let names = outputs.into_iter().map(|output| output.name).chain([Look::INPUT.into()]);
        let mut n = 0;
        for name in names {
            for look in [Look::Layer(name.clone()), Look::Cell(name.clone(), 0), Look::Cell(name, 3)] {
                assert_eq!(Look::read(&look.text()), Some(look.clone()), "{}", look.text());
                assert_eq!(look.up().map(|up| up.depth() + 1), Some(look.depth()));
                n += 1;
            }
        }
        assert_eq!(n, 3 * 9);
        let inside = Look::Cell("block 1 / branch 1 / conv 1".into(), 37);
        assert_eq!(inside.text(), "block-1_branch-1_conv-1.37");
        assert_eq!((Look::read(""), Look::Network.up()), (Some(Look::Network), None));
    }

    #[test]
    fn what_is_no_part_is_not_read_or_does_not_fit() {
        for text in [
            "conv",
            "conv-",
            "-1",
            "conv-01",
            "conv-1.",
            "conv-1.x",
            "conv-1.2.3",
            "conv 1",
            "Conv-1",
            "conv-1_",
            "1-1",
        ] {
            assert_eq!(Look::read(text), None, "{text}");
        }
        let fits = |text: &str| Look::read(text).unwrap().fits(&residual());
        assert!(
            ["", "conv-1", "input.783", "conv-1.3135", "flatten-1", "block-1_branch-1_relu-1.0"]
                .iter()
                .all(|text| fits(text))
        );
        assert!(
            !["conv-2", "input.784", "conv-1.3136", "block-1_branch-2_relu-1", "relu-1"].iter().any(|text| fits(text))
        );
    }
}
