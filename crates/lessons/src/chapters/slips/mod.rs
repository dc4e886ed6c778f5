//! Spot the slip: wrong numbers and statements of the lecture decks, asked first, then revealed.

mod exercises;
mod facts;
mod grids;
mod tasks;

pub use tasks::{Slip, tasks};

use crate::exercise::{Exercise, Task};
use crate::guide::Need;
use crate::keys;
use crate::scene::{Item, Scene, Spot};
use crate::settings::{Param, Settings};
use crate::worked::{self, Worked};
use crate::world::{Unavailable, World};
use crate::{Chapter, Needs, Outline, Step, Trace, Watch, say};
use grids::GridSlip;
use std::rc::Rc;

/// The slips by their names among the worked examples: grids, then single numbers, then statements. Those that ask for
/// what no chapter teaches yet (the update of a weight, the learning rate, shortcuts) wait for their chapters.
const SLIPS: &[&str] = &[
    "maxpool-4x4",
    "strided-7x7",
    "relu-3x3",
    "letter-x-relu",
    "letter-x-maxpool-floor",
    "wide-5x5-kernel",
    "binary-5x5-stride1-size-slide",
    "binary-5x5-padded",
    "binary-5x5-padded-size-slide",
    "size-7-3-s3",
    "params-conv2",
    "hidden-units",
    "dense-instead-of-conv",
    "conv-200-weights",
    "vector-o-score",
    "cross-entropy-3",
    "text-stride-direction",
    "text-log-logit",
    "text-pointwise-count",
];

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "slips",
    params: &[Param::choice(keys::SLIP, SLIPS), Param::choice(keys::SHOWN, &["asked", "told"])],
    needs: |_| Needs::default(),
    next: &[
        ("shifted", "slips?slip=binary-5x5-padded"),
        ("base", "slips?slip=cross-entropy-3"),
        ("words", "slips?slip=text-stride-direction"),
        ("counts", "counts?show=exercise"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("find", found).sets(&[keys::SHOWN.name]).needs(&[
            Need::unless(keys::SLIP.name, "maxpool-4x4", |settings| sort(chosen(settings)) == Sort::Grid),
            ASKED,
        ]),
        Step::new("shifted", shifted)
            .sets(&[keys::SHOWN.name])
            .needs(&[Need::is(keys::SLIP.name, "binary-5x5-padded")]),
        Step::new("rounded", rounded)
            .sets(&[keys::SHOWN.name])
            .needs(&[Need::is(keys::SLIP.name, "letter-x-maxpool-floor"), ASKED]),
        Step::new("base", base).sets(&[keys::SHOWN.name]).needs(&[Need::is(keys::SLIP.name, "cross-entropy-3"), ASKED]),
    ],
    exercises: &[
        Exercise::new("fresh", exercises::fresh),
        Exercise::new("cells", exercises::cells),
        Exercise::new("number", exercises::number),
        Exercise::new("statement", exercises::statement),
    ],
};

/// The answer is still to be found.
const ASKED: Need = Need::is(keys::SHOWN.name, "asked");

/// The kind of answer that a slip asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Grid,
    Number,
    Statement,
}

fn sort(slip: &Worked) -> Sort {
    match slip.kind {
        "conv2d" | "relu" | "max-pool2d" => Sort::Grid,
        "statement" => Sort::Statement,
        _ => Sort::Number,
    }
}

/// The example of a slip.
fn slip(id: &str) -> &'static Worked {
    worked::find(id).unwrap_or_else(|| unreachable!("{id} is among the worked examples"))
}

/// The example of the slip on the stage.
fn chosen(settings: &Settings) -> &'static Worked {
    slip(settings.choice(keys::SLIP))
}

/// Returns the probable mistake, in words.
fn why(slip: &Worked) -> String {
    say!(format!("slips.why.{}", slip.id))
}

/// True if the answer is shown.
fn is_revealed(settings: &Settings) -> bool {
    settings.choice(keys::SHOWN) == "told"
}

fn trace(settings: &Settings, _world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    let (slip, is_revealed) = (slip(settings.choice(keys::SLIP)), is_revealed(settings));
    let shown: Box<dyn Trace> = match sort(slip) {
        Sort::Grid => Box::new(grids::GridTrace { slip: GridSlip::new(slip), is_revealed }),
        Sort::Number => Box::new(facts::NumberTrace { slip, fact: facts::fact(slip), is_revealed }),
        Sort::Statement => Box::new(facts::StatementTrace { slip, is_revealed }),
    };
    let asked = (!is_revealed).then(|| {
        let mut task = tasks::task(slip);
        // What goes in stands on the stage; only the grid whose cells are picked is needed again.
        let n_picked = usize::from(sort(slip) == Sort::Grid);
        task.grids.truncate(n_picked);
        Rc::new(task)
    });
    Ok(Box::new(SlipTrace { id: slip.id, shown, asked }))
}

/// A slip on the stage, with its question until the answer is revealed.
struct SlipTrace {
    id: &'static str,
    shown: Box<dyn Trace>,
    asked: Option<Rc<Task>>,
}

impl Trace for SlipTrace {
    fn n_moments(&self) -> usize {
        self.shown.n_moments()
    }

    fn scene(&self, moment: usize) -> Scene {
        let mut scene = self.shown.scene(moment);
        scene.board.extend(self.asked.iter().map(|task| vec![Item::Ask(self.id, task.clone())]));
        scene
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        self.shown.linked(moment, spot)
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        self.shown.describe(moment, spot)
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        self.shown.moment_of(spot)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        self.shown.focus(moment)
    }
}

/// The answer was shown after cells of the printed grid had been pointed at.
fn found(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::SHOWN.name])?;
    let slip = chosen(&now.settings);
    if !is_revealed(&now.settings) || sort(slip) != Sort::Grid {
        return None;
    }
    let wrong = GridSlip::new(slip).wrong;
    let n = before.spots.iter().filter(|spot| spot.grid == grids::PRINTED).count();
    let n_hit = wrong.iter().filter(|&&cell| before.spots.contains(&Spot::new(grids::PRINTED, cell))).count();
    (n > 0).then(|| say!("slips.found.find", n = n, n_hit = n_hit, n_wrong = wrong.len()))
}

/// Wrong cells of the padded convolution were stepped through.
fn shifted(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_revealed(&look.settings) && look.moments.len() >= 3)?;
    let padded = look.settings.choice(keys::SLIP) == "binary-5x5-padded";
    padded.then(|| {
        let slip = GridSlip::new(slip("binary-5x5-padded"));
        say!("slips.found.shifted", n = slip.wrong.len(), n_cells = slip.printed.values.len())
    })
}

/// Both sizes of the pooled letter were seen.
fn rounded(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_revealed(&look.settings))?;
    (look.settings.choice(keys::SLIP) == "letter-x-maxpool-floor").then(|| {
        let slip = GridSlip::new(slip("letter-x-maxpool-floor"));
        say!("slips.found.rounded", printed = slip.printed.size(), right = slip.right.size())
    })
}

/// The loss was revealed after it had been asked for.
fn base(watch: &Watch) -> Option<String> {
    let [_, look] = watch.changed(&[keys::SHOWN.name])?;
    let slip = slip("cross-entropy-3");
    (is_revealed(&look.settings) && look.settings.choice(keys::SLIP) == slip.id).then(|| {
        let printed = slip.printed_text().unwrap_or_default();
        say!("slips.found.base", printed = printed, right = slip.correct_text())
    })
}
