//! A chapter: its settings, its trace, the steps of its guide, its exercises, and the links to go on with.

use crate::exercise::Exercise;
use crate::guide::Step;
use crate::scene::{Scene, Spot};
use crate::settings::{Param, Settings};
use crate::trace::Stage;
use crate::world::{Unavailable, World};
use crate::{chapters, words};
use receptive_nn::Spec;
use std::ops::Deref;

/// The part of a chapter that a page must know before anyone opens it. Its words are in the texts under its key.
pub struct Outline {
    /// Its name in a link, in the texts and in the source tree.
    pub key: &'static str,
    /// Its settings.
    pub params: &'static [Param],
    /// Returns the parts of the world that a stage in these settings needs.
    pub needs: fn(&Settings) -> Needs,
    /// Things to try next: a name in the texts, and a link such as `padding?pad=2`, or the path of another place: `/lab`.
    pub next: &'static [(&'static str, &'static str)],
}

/// A chapter: its outline, and everything that happens in it.
pub struct Chapter {
    /// The part that a page must know of it.
    pub outline: &'static Outline,
    /// Returns the trace that its stage shows in these settings.
    pub trace: fn(&Settings, &World) -> TraceResult,
    /// The steps of its guide, in order.
    pub steps: &'static [Step],
    /// Its exercises.
    pub exercises: &'static [Exercise],
}

impl Deref for Chapter {
    type Target = Outline;

    fn deref(&self) -> &Outline {
        self.outline
    }
}

/// A stage, or why there is none.
pub type TraceResult = Result<Box<dyn Trace>, Unavailable>;

/// The tensors of a network that a stage shows in these settings, at their moment, in a network of these layers: "conv 1"
/// for the output of that layer, "conv 1.weight" and "conv 1.bias" for its parameters, "probabilities"; or parts of them, as
/// [`receptive_nn::Inspector`] reads their names. "grad conv 1" and "grad conv 1.weight" are gradients of the loss, if the
/// running digit is of its true class; a drawn digit counts as a 0. "norm grad conv 1" is the size of a gradient alone.
#[derive(Clone, Copy, Debug)]
pub struct Tensors(pub fn(&Settings, &Spec) -> Vec<String>);

impl Tensors {
    /// None: the layers alone are enough.
    pub const NONE: Self = Self(|_, _| vec![]);

    /// Their names.
    pub fn names(self, settings: &Settings, spec: &Spec) -> Vec<String> {
        (self.0)(settings, spec)
    }
}

impl PartialEq for Tensors {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::fn_addr_eq(self.0, other.0)
    }
}

impl Eq for Tensors {}

/// A tensor of weights by its name, the kernel or unit, and the place in its row, from 0.
pub(crate) type WeightPlace = (String, [usize; 2]);

/// The weight that a stage shows a step of: its tensor, its kernel or unit, and its place there, both from 0; where there are
/// not so many, the last. Nothing in a network without weights.
#[derive(Clone, Copy, Debug)]
pub struct OneWeight(pub fn(&Settings, &Spec) -> Option<WeightPlace>);

impl PartialEq for OneWeight {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::fn_addr_eq(self.0, other.0)
    }
}

impl Eq for OneWeight {}

/// The parts of the world that a stage needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The digit.
    pub digit: bool,
    /// The tensors of the network in the Lab; none if it is not needed.
    pub network: Option<Tensors>,
    /// The learner's own picture.
    pub picture: bool,
    /// The course of the learning rate in the Lab.
    pub course: bool,
    /// Gradients are of the loss with the class after the digit's own as the true one.
    pub is_next_class: bool,
    /// The weight whose last step in the Lab is needed, if one is.
    pub step: Option<OneWeight>,
}

/// Everything that can be asked about a chapter's stage in certain settings.
///
/// Its numbers come from `receptive_core` and `receptive_nn` alone, computed when it is made; a moment only
/// chooses among them.
pub trait Trace {
    /// The network on the stage, if time line, focus and links follow from it.
    fn stage(&self) -> Option<&Stage> {
        None
    }

    /// Length of the time line; 1: there is none.
    fn n_moments(&self) -> usize {
        self.stage().map_or(1, Stage::n_moments)
    }

    /// Returns the moment at which the time line starts when a learner comes here.
    fn first_moment(&self) -> usize {
        self.stage().map_or(0, Stage::first_moment)
    }

    /// True if the live values that a moment shows are there: a stage may have asked for those of another moment.
    fn has(&self, _moment: usize) -> bool {
        true
    }

    /// The stage at a moment that it has the values of. Moments past the end show the last.
    fn scene(&self, moment: usize) -> Scene;

    /// The spots that belong to one that is pointed at: an output's inputs, an input's outputs.
    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        self.stage().map_or_else(Vec::new, |stage| stage.linked(moment, spot))
    }

    /// Coordinates, value and equation of a spot, in words.
    fn describe(&self, moment: usize, spot: Spot) -> String;

    /// The moment that shows a spot, for those that a click goes to.
    fn moment_of(&self, spot: Spot) -> Option<usize> {
        self.stage()?.moment_of(spot)
    }

    /// The spot that a moment is about. Whoever changes a setting stays there.
    fn focus(&self, moment: usize) -> Option<Spot> {
        self.stage()?.focus(moment)
    }
}

impl Chapter {
    /// The chapter of this key.
    pub fn find(key: &str) -> Option<&'static Self> {
        chapters::ALL.iter().copied().find(|chapter| chapter.key == key)
    }
}

impl Outline {
    /// The outline of the chapter of this key.
    pub fn find(key: &str) -> Option<&'static Self> {
        chapters::OUTLINES.iter().copied().find(|outline| outline.key == key)
    }

    /// Position among the chapters, from 0.
    pub fn position(&self) -> usize {
        chapters::OUTLINES.iter().position(|outline| outline.key == self.key).unwrap_or(0)
    }

    /// Everything as it is at the start.
    pub fn settings(&self) -> Settings {
        Settings::new(self.params)
    }

    /// One of its texts, or the one that all chapters share.
    pub fn text(&self, name: &str) -> String {
        let (own, shared) = (format!("{}.{name}", self.key), format!("common.{name}"));
        let is_shared = words::find(&own).is_none() && words::find(&shared).is_some();
        words::say(if is_shared { &shared } else { &own }, &[])
    }

    /// Its new words, each with what it means. A text names the word, or several, before its first colon.
    pub fn terms(&self) -> Vec<[String; 2]> {
        let texts = words::keys_under(&format!("{}.terms", self.key)).into_iter().filter_map(words::find);
        texts.filter_map(|text| text.split_once(": ")).map(|(word, meaning)| [word.into(), meaning.into()]).collect()
    }

    /// A setting's name in words.
    pub fn param_text(&self, param: &str) -> String {
        self.text(&format!("param.{param}"))
    }

    /// A choice in words.
    pub fn option_text(&self, param: &str, option: &str) -> String {
        self.text(&format!("option.{param}.{option}"))
    }
}

impl PartialEq for Outline {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
