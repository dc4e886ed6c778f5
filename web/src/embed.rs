//! What a figure and the page that it stands in say to one another. No browser here.
//!
//! Every message is an object with `receptive`, the version of this protocol, and `type`. [`HostCommand`]s come from the
//! page, [`FigureEvent`]s go to it; `docs/embedding.md` describes each. Of what comes faster than it can be used, the last of
//! each kind counts ([`Latest`]).

use serde::{Deserialize, Serialize};
use std::fmt;

/// The version of the protocol.
pub const VERSION: u32 = 1;
/// A longer command is none of this protocol, in bytes.
const MAX_LEN: usize = 32_768;

/// A command from the page that a figure stands in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum HostCommand {
    /// Takes a state in place of its own, as an address carries it: `pad=1&stride=2`.
    Set {
        /// The state.
        state: String,
    },
    /// Goes to a step of the time line, from 0.
    Step {
        /// The step.
        step: usize,
    },
    /// Becomes as it was when it was opened.
    Reset,
    /// Pauses its training, if it trains.
    Pause,
    /// Comes into sight, or goes out of it.
    Visible {
        /// True if it can be seen.
        visible: bool,
    },
    /// Takes other colours.
    Theme {
        /// Which.
        theme: Theme,
    },
}

/// The colours of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// As the reader's system has it.
    Auto,
}

/// Why something is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoCommand {
    /// It is of another version of the protocol, or of something else.
    Version,
    /// It is too long.
    Long,
    /// It has another shape.
    Shape(String),
}

impl fmt::Display for NoCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version => write!(f, "not of version {VERSION} of this protocol"),
            Self::Long => write!(f, "longer than {MAX_LEN} bytes"),
            Self::Shape(why) => f.write_str(why),
        }
    }
}

impl HostCommand {
    /// The types of commands, as messages name them.
    pub const TYPES: [&str; 6] = ["set", "step", "reset", "pause", "visible", "theme"];

    /// Reads a command from JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(json: &str) -> Result<Self, NoCommand> {
        #[derive(Deserialize)]
        struct Envelope {
            receptive: u32,
        }
        if json.len() > MAX_LEN {
            return Err(NoCommand::Long);
        }
        match serde_json::from_str(json) {
            Ok(Envelope { receptive: VERSION }) => {}
            _ => return Err(NoCommand::Version),
        }
        serde_json::from_str(json).map_err(|error| NoCommand::Shape(error.to_string()))
    }
}

/// Something that a figure tells the page that it stands in.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum FigureEvent {
    /// It is there and takes commands.
    Ready {
        /// Its place: `/lesson/padding`.
        place: String,
        /// Its parts.
        parts: Vec<&'static str>,
        /// Its state, as an address carries it.
        state: String,
        /// True if the browser keeps the reader's answers.
        keeps: bool,
    },
    /// It has another height.
    Size {
        /// The height that it needs, in CSS pixels.
        height: u32,
    },
    /// It has another state.
    State {
        /// The state, as an address carries it.
        state: String,
    },
    /// Its time line stands at another step.
    Step {
        /// The step, from 0.
        step: usize,
        /// The number of steps.
        steps: usize,
    },
    /// A step of the guide is done.
    Guide {
        /// The step's name.
        key: String,
    },
    /// An exercise was answered.
    Answer {
        /// The exercise's name.
        exercise: String,
        /// True if the answer was right.
        right: bool,
        /// Answers to it since the figure was opened, this one among them.
        attempts: u32,
    },
    /// A run has come further, or has begun, paused or ended.
    Progress {
        /// True if it trains now.
        training: bool,
        /// Steps of training done.
        iteration: u32,
        /// Steps of the whole run.
        iterations: u32,
        /// The loss of the last step, if there was one and it is a number.
        loss: Option<f32>,
        /// The share of the last step's images that were read right.
        accuracy: Option<f32>,
    },
    /// A run has ended and was measured.
    Finished {
        /// Test images.
        images: u32,
        /// Those among them that were read right.
        correct: u32,
    },
    /// A command could not be followed, and nothing has changed.
    Refused {
        /// Why, a sentence each.
        why: Vec<String>,
    },
}

impl FigureEvent {
    /// Its type, as messages name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "ready",
            Self::Size { .. } => "size",
            Self::State { .. } => "state",
            Self::Step { .. } => "step",
            Self::Guide { .. } => "guide",
            Self::Answer { .. } => "answer",
            Self::Progress { .. } => "progress",
            Self::Finished { .. } => "finished",
            Self::Refused { .. } => "refused",
        }
    }

    /// True if each counts, however fast they come; of all others only the last.
    pub fn counts(&self) -> bool {
        matches!(self, Self::Guide { .. } | Self::Answer { .. })
    }

    /// Its message, as JSON.
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        struct Message<'a> {
            receptive: u32,
            #[serde(flatten)]
            event: &'a FigureEvent,
        }
        // Its fields are numbers and texts, which are always written.
        serde_json::to_string(&Message { receptive: VERSION, event: self }).unwrap_or_default()
    }
}

/// Things that wait for their turn, the last of each kind.
#[derive(Clone, Debug)]
pub struct Latest<T> {
    waiting: Vec<(&'static str, T)>,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self { waiting: vec![] }
    }
}

impl<T> Latest<T> {
    /// Adds a thing behind all others, in place of the one of its kind.
    pub fn replace(&mut self, kind: &'static str, thing: T) {
        self.waiting.retain(|(other, _)| *other != kind);
        self.waiting.push((kind, thing));
    }

    /// Adds a thing behind all others.
    pub fn push(&mut self, kind: &'static str, thing: T) {
        self.waiting.push((kind, thing));
    }

    /// Takes all of them, in order.
    pub fn take(&mut self) -> impl Iterator<Item = T> + use<T> {
        std::mem::take(&mut self.waiting).into_iter().map(|(_, thing)| thing)
    }

    /// True if nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<HostCommand, NoCommand> {
        HostCommand::read(json)
    }

    #[test]
    fn every_command_is_read_as_the_documentation_writes_it() {
        let text = include_str!("../../docs/embedding.md");
        let (_, commands) = text.split_once("## Commands").expect("the documentation lists the commands");
        let examples: Vec<_> = commands.lines().filter(|line| line.starts_with("{ receptive: 1")).collect();
        let json = |line: &str| {
            let mut out = line.to_string();
            for key in ["receptive", "type", "state", "step", "visible", "theme"] {
                out = out.replace(&format!("{key}: "), &format!("\"{key}\": "));
            }
            out.replace('\'', "\"")
        };
        let found: Vec<_> = examples.iter().map(|line| read(&json(line)).expect(line)).collect();
        let want = [
            HostCommand::Set { state: "pad=1&stride=2".into() },
            HostCommand::Step { step: 3 },
            HostCommand::Reset,
            HostCommand::Pause,
            HostCommand::Visible { visible: false },
            HostCommand::Theme { theme: Theme::Dark },
        ];
        assert_eq!(found, want);
        for (line, kind) in examples.iter().zip(HostCommand::TYPES) {
            assert!(line.contains(&format!("type: '{kind}'")), "{line}");
        }
    }

    #[test]
    fn what_is_no_command_is_refused() {
        for other in ["", "null", "[]", "7", "\"set\"", "{}", "{\"type\":\"reset\"}", "{\"receptive\":\"1\"}"] {
            assert_eq!(read(other), Err(NoCommand::Version), "{other}");
        }
        for version in ["0", "2", "1.5", "-1", "1e99", "[1]"] {
            let json = format!("{{\"receptive\":{version},\"type\":\"reset\"}}");
            assert_eq!(read(&json), Err(NoCommand::Version), "{json}");
        }
        for shape in [
            "{\"receptive\":1}",
            "{\"receptive\":1,\"type\":\"explode\"}",
            "{\"receptive\":1,\"type\":\"set\"}",
            "{\"receptive\":1,\"type\":\"set\",\"state\":7}",
            "{\"receptive\":1,\"type\":\"step\",\"step\":-1}",
            "{\"receptive\":1,\"type\":\"step\",\"step\":1.5}",
            "{\"receptive\":1,\"type\":\"theme\",\"theme\":\"pink\"}",
            "{\"receptive\":1,\"type\":\"visible\",\"visible\":\"yes\"}",
        ] {
            assert!(matches!(read(shape), Err(NoCommand::Shape(_))), "{shape}");
        }
        let long = format!("{{\"receptive\":1,\"type\":\"set\",\"state\":\"{}\"}}", "x".repeat(MAX_LEN));
        assert_eq!(read(&long), Err(NoCommand::Long));
        // What a later version adds is not in the way.
        let more = "{\"receptive\":1,\"type\":\"step\",\"step\":2,\"smooth\":true}";
        assert_eq!(read(more), Ok(HostCommand::Step { step: 2 }));
    }

    #[test]
    fn events_are_written_flat_and_a_loss_that_is_no_number_is_none() {
        let answer = FigureEvent::Answer { exercise: "size".into(), right: false, attempts: 2 };
        assert_eq!(answer.json(), r#"{"receptive":1,"type":"answer","exercise":"size","right":false,"attempts":2}"#);
        let progress = |loss| FigureEvent::Progress {
            training: true,
            iteration: 3,
            iterations: 9,
            loss: Some(loss),
            accuracy: Some(0.5),
        };
        assert!(progress(0.25).json().contains(r#""loss":0.25"#));
        assert!(progress(f32::NAN).json().contains(r#""loss":null"#));
    }

    #[test]
    fn events_are_named_in_messages_as_they_are_in_the_documentation_and_in_the_types() {
        let documents =
            [include_str!("../../docs/embedding.md"), include_str!("../embed.d.ts"), include_str!("../embed.js")];
        let events = [
            FigureEvent::Ready { place: String::new(), parts: vec![], state: String::new(), keeps: true },
            FigureEvent::Size { height: 1 },
            FigureEvent::State { state: String::new() },
            FigureEvent::Step { step: 0, steps: 1 },
            FigureEvent::Guide { key: String::new() },
            FigureEvent::Answer { exercise: String::new(), right: true, attempts: 1 },
            FigureEvent::Progress { training: false, iteration: 0, iterations: 1, loss: None, accuracy: None },
            FigureEvent::Finished { images: 1, correct: 1 },
            FigureEvent::Refused { why: vec![] },
        ];
        for event in events {
            let message: serde_json::Value = serde_json::from_str(&event.json()).unwrap();
            let kind = event.kind();
            assert_eq!(message["type"], kind);
            for document in documents {
                assert!(document.contains(kind), "{kind}");
            }
            for field in message.as_object().unwrap().keys() {
                assert!(documents[0].contains(field) && documents[1].contains(field), "{kind}: {field}");
            }
        }
    }

    #[test]
    fn of_ten_thousand_messages_the_last_of_each_kind_waits_in_the_order_in_which_they_came() {
        let mut latest = Latest::default();
        for i in 0..10_000 {
            latest.replace(HostCommand::TYPES[i % 6], i);
        }
        latest.replace("set", 10_000);
        assert_eq!(latest.take().collect::<Vec<_>>(), [9994, 9995, 9997, 9998, 9999, 10_000]);
        assert!(latest.is_empty());
    }
}
