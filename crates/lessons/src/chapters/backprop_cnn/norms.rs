//! The size of the gradient at each layer of the network in the Lab.

use super::live;
use crate::scene::{Bar, Bars, Item, Scene, Spot};
use crate::settings::Settings;
use crate::world::{Unavailable, World};
use crate::{Trace, largest, precise, say};

/// Norms of the gradient of the running digit's loss, layer by layer.
pub(super) struct Norms {
    norms: Vec<(String, f32)>,
    remarks: Vec<String>,
}

impl Norms {
    /// Those of the network as it stands.
    ///
    /// # Errors
    /// While its values are on their way.
    pub(super) fn new(settings: &Settings, world: &World) -> Result<Self, Unavailable> {
        let network = world.network()?;
        let norm = |name: String| {
            let found = network.values.gradient(&format!("norm {name}"), 0..1, 1)?[0];
            Some((name, found))
        };
        let names = live::computed(&network.spec);
        let norms: Vec<_> = names.iter().cloned().filter_map(norm).collect();
        if norms.len() < names.len() || norms.is_empty() {
            return Err(Unavailable::Network);
        }
        Ok(Self { norms, remarks: live::remarks(settings, world)? })
    }
}

impl Trace for Norms {
    fn scene(&self, _: usize) -> Scene {
        let full = largest(self.norms.iter().map(|(_, norm)| norm));
        let bar = |(i, (name, norm)): (usize, &(String, f32))| Bar {
            label: name.clone(),
            amount: *norm,
            text: precise(*norm),
            is_marked: i == 0,
        };
        let bars = self.norms.iter().enumerate().map(bar).collect();
        let bars = Bars { name: "norms", title: say!("backprop-cnn.depth.live"), bars, full };
        let ((first, at_first), (last, at_last)) = (&self.norms[0], &self.norms[self.norms.len() - 1]);
        let caption = say!(
            "backprop-cnn.depth.story-live",
            first = first,
            last = last,
            at_first = precise(*at_first),
            at_last = precise(*at_last)
        );
        let texts = [say!("backprop-cnn.depth.about-live")].into_iter().chain(self.remarks.iter().cloned());
        let board = vec![vec![Item::Bars(bars), Item::Column(texts.map(Item::Text).collect())]];
        Scene { board, caption, ..Scene::default() }
    }

    fn describe(&self, _: usize, _: Spot) -> String {
        String::new()
    }
}
