//! What a teacher pastes into a page to have a figure there.

use super::table::{Place, ROWS};
use super::{AppState, FigurePart, Locks, Route, to_address, usual_text};
use receptive_lessons::chapters;
use receptive_lessons::settings::{Kind, Param};

/// A control, as the page around a figure shall have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hold {
    /// As in the whole page.
    #[default]
    Free,
    /// It can be read and not changed.
    Locked,
    /// It is not there.
    Hidden,
}

/// A figure to be pasted.
#[derive(Clone, Debug, PartialEq)]
pub struct Snippet<'a> {
    /// The folder of this page, with a `/` at its end.
    pub home: &'a str,
    /// The place and its state.
    pub state: &'a AppState,
    /// The parts that are shown.
    pub parts: &'a [FigurePart],
    /// Controls, by their keys.
    pub holds: &'a [(&'static str, Hold)],
    /// The name of the figure.
    pub title: &'a str,
}

impl Snippet<'_> {
    /// The link to the whole page, with its locks.
    pub fn link(&self) -> String {
        self.address(self.holding())
    }

    /// An iframe, for pages that take no scripts.
    pub fn iframe(&self) -> String {
        let embed = ("embed", self.keys().join(","));
        let src = self.address([embed].into_iter().chain(self.holding()));
        format!(
            "<iframe src=\"{}\" title=\"{}\" width=\"100%\" height=\"640\" style=\"border: 0\" loading=\"lazy\" allow=\"clipboard-write\"></iframe>",
            escaped(&src),
            escaped(self.title)
        )
    }

    /// The element, with the script that it needs.
    pub fn element(&self) -> String {
        let address = to_address(self.state);
        let (_, state) = address.split_once('?').unwrap_or_default();
        let chapter = self.state.route.path().strip_prefix("/lesson/").unwrap_or_default().to_string();
        let (part, state) = (self.keys().join(","), state.to_string());
        let pairs = [("chapter", chapter), ("part", part), ("state", state)].into_iter().chain(self.holding());
        let attributes: String = pairs
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!(" {name}=\"{}\"", escaped(&value)))
            .collect();
        format!(
            "<script src=\"{}embed.js\" defer></script>\n<receptive-figure{attributes}>\n  <a href=\"{}\">{}</a>\n</receptive-figure>",
            escaped(self.home),
            escaped(&self.link()),
            escaped(self.title)
        )
    }

    fn address<'b>(&self, pairs: impl IntoIterator<Item = (&'b str, String)>) -> String {
        let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
        format!("{}{query}#{}", self.home, to_address(self.state))
    }

    fn keys(&self) -> Vec<&'static str> {
        self.parts.iter().map(|part| part.key()).collect()
    }

    fn holding(&self) -> impl Iterator<Item = (&'static str, String)> {
        let keys = |hold: Hold| {
            let keys = self.holds.iter().filter(|(_, is)| *is == hold).map(|(key, _)| *key);
            keys.collect::<Vec<_>>().join(",")
        };
        let pairs = [("lock", keys(Hold::Locked)), ("hide", keys(Hold::Hidden))];
        pairs.into_iter().filter(|(_, keys)| !keys.is_empty())
    }
}

/// The controls of a place that a teacher can hold, by their keys.
pub fn controls(state: &AppState) -> Vec<&'static str> {
    match state.route {
        Route::Contents | Route::Work | Route::Course => vec![],
        Route::Draw => vec!["netfrom", "raw"],
        Route::Lab => {
            let is_there = |key: &str| {
                !["mom", "beta1", "beta2", "rho", "eps"].contains(&key) || usual_text(&state.lab, key).is_some()
            };
            let rows = ROWS.iter().filter(|row| matches!(row.place, Place::Lab) && row.key != "netfrom");
            rows.map(|row| row.key).filter(|key| is_there(key)).collect()
        }
        Route::Chapter(i) => {
            let settings = &state.chapters[i];
            let needs = (chapters::OUTLINES[i].needs)(settings);
            let has_control =
                |param: &&Param| (param.shown)(settings) && !matches!(param.kind, Kind::Numbers | Kind::Text);
            let more = [
                ("digit", needs.digit || needs.network.is_some()),
                ("netfrom", needs.network.is_some()),
                (Locks::TIME_LINE, true),
                ("ex", true),
            ];
            let own = settings.params().iter().filter(has_control).map(|param| param.key);
            own.chain(more.into_iter().filter(|(_, is_there)| *is_there).map(|(key, _)| key)).collect()
        }
    }
}

/// A text as the value of an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::super::{Frame, from_address};
    use super::*;

    const HOME: &str = "https://example.org/receptive/";

    fn state(address: &str) -> AppState {
        from_address(address).0
    }

    #[test]
    fn what_is_pasted_is_read_as_it_was_meant() {
        let state = state("/lesson/convolution?pad=1&stride=2");
        let holds = [("kernel", Hold::Locked), ("pad", Hold::Free), ("flip", Hold::Hidden), ("at", Hold::Locked)];
        let parts = [FigurePart::Stage, FigurePart::Exercises];
        let snippet = Snippet { home: HOME, state: &state, parts: &parts, holds: &holds, title: "A \"kernel\" & more" };
        assert_eq!(snippet.link(), format!("{HOME}?lock=kernel,at&hide=flip#/lesson/convolution?pad=1&stride=2"));
        let iframe = snippet.iframe();
        let src = iframe.split('"').nth(1).unwrap().replace("&amp;", "&");
        let (query, address) = src.split_once('?').unwrap().1.split_once('#').unwrap();
        assert_eq!(from_address(address).0, state);
        let frame = Frame::read(query, &state);
        assert_eq!((frame.parts.as_deref(), frame.problems.len()), (Some(&parts[..]), 0));
        assert!(frame.locks.locks("kernel") && frame.locks.hides("flip") && !frame.locks.holds("pad"));
        assert!(iframe.contains("title=\"A &quot;kernel&quot; &amp; more\""), "{iframe}");
        let element = snippet.element();
        for part in [
            "<script src=\"https://example.org/receptive/embed.js\" defer></script>",
            " chapter=\"convolution\" part=\"stage,exercises\" state=\"pad=1&amp;stride=2\" lock=\"kernel,at\" hide=\"flip\"",
        ] {
            assert!(element.contains(part), "{element}");
        }
    }

    #[test]
    fn the_lab_is_pasted_without_a_chapter() {
        let state = state("/lab?net=mlp");
        let snippet = Snippet { home: HOME, state: &state, parts: &[FigurePart::Curves], holds: &[], title: "Curves" };
        assert_eq!(snippet.link(), format!("{HOME}#/lab?net=mlp"));
        assert!(
            snippet.element().contains("<receptive-figure part=\"curves\" state=\"net=mlp\">"),
            "{}",
            snippet.element()
        );
    }

    #[test]
    fn every_control_that_is_offered_can_be_locked() {
        for route in Route::all() {
            let state = AppState { route, ..AppState::default() };
            let controls = controls(&state);
            let frame = Frame::read(&format!("lock={}", controls.join(",")), &state);
            assert!(frame.problems.is_empty(), "{route:?}: {:?}", frame.problems);
            assert!(controls.iter().all(|key| frame.locks.locks(key)), "{route:?}");
        }
    }
}
