//! A figure of a lesson: where it leads, and what of it is not there.

use super::Figure;
use crate::state::{AppState, FigurePart, Frame, Hold, Route, from_address, to_address};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use receptive_lessons::{Outline, chapters, say};

impl Figure {
    /// The figure of a place, with these parts and these controls held.
    pub fn of(state: &AppState, parts: &[FigurePart], holds: &[(&'static str, Hold)]) -> Self {
        let keys = |hold: Hold| {
            let keys = holds.iter().filter(|(_, is)| *is == hold).map(|(key, _)| *key);
            keys.collect::<Vec<_>>().join(",")
        };
        let chapter = if let Route::Chapter(i) = state.route { chapters::OUTLINES[i].key } else { "" };
        let address = to_address(state);
        Self {
            chapter: chapter.into(),
            part: parts.iter().map(|part| part.key()).collect::<Vec<_>>().join(","),
            state: address.split_once('?').map_or("", |(_, state)| state).into(),
            lock: keys(Hold::Locked),
            hide: keys(Hold::Hidden),
            ..Self::default()
        }
    }

    /// Reads a link of Receptive, as its address bar shows it or as an `iframe` has it.
    ///
    /// # Errors
    /// When it leads to nothing that can be a figure, in words.
    pub fn of_link(link: &str) -> Result<Self, String> {
        let (before, address) = link.trim().split_once('#').ok_or_else(|| say!("course.link.none"))?;
        let (state, problems) = from_address(address);
        if let Some(problem) = problems.into_iter().next() {
            return Err(problem);
        }
        if FigurePart::of(state.route).is_empty() {
            return Err(say!("course.link.none"));
        }
        let frame = Frame::read(before.split_once('?').map_or("", |(_, query)| query), &state);
        if let Some(problem) = frame.problems.into_iter().next() {
            return Err(problem);
        }
        let parts = frame.parts.unwrap_or_else(|| match state.route {
            Route::Draw => vec![FigurePart::Draw],
            _ => vec![],
        });
        let (lock, hide) = (frame.locks.locked().join(","), frame.locks.hidden().join(","));
        Ok(Self { lock, hide, ..Self::of(&state, &parts, &[]) })
    }

    /// The address of its place, behind the `#`.
    pub fn address(&self) -> String {
        let place = match (&self.chapter[..], &self.part[..]) {
            ("", "builder") => "/lesson/building".into(),
            ("", "draw") => "/draw".into(),
            ("", _) => "/lab".into(),
            (chapter, _) => format!("/lesson/{}", escaped(chapter)),
        };
        if self.state.is_empty() { place } else { format!("{place}?{}", self.state) }
    }

    /// The chapter that it names, if there is such a one.
    pub fn chapter(&self) -> Option<&'static Outline> {
        Outline::find(&self.chapter)
    }

    /// True if it can be shown.
    pub fn is_there(&self) -> bool {
        self.chapter.is_empty() || self.chapter().is_some()
    }

    /// Its name: the chapter's title, or its part.
    pub fn name(&self) -> String {
        match (self.chapter(), &self.part[..]) {
            (Some(chapter), _) => chapter.text("title"),
            (None, "draw") => say!("ui.draw-page.title"),
            (None, "builder") => Outline::find("building").map_or_else(String::new, |chapter| chapter.text("title")),
            (None, _) => say!("lab.title"),
        }
    }

    /// A sentence for everything that it names and that is not there.
    pub fn problems(&self) -> Vec<String> {
        if !self.is_there() {
            let keys: Vec<_> = chapters::OUTLINES.iter().map(|chapter| chapter.key).collect();
            return vec![say!("course.no-chapter", name = super::read::shown(&self.chapter), keys = keys.join(", "))];
        }
        let (state, mut problems) = from_address(&self.address());
        let part = if self.part == "builder" { "stage" } else { &self.part };
        let query = [("embed", part), ("lock", &self.lock), ("hide", &self.hide)]
            .map(|(key, names)| format!("{key}={}", escaped(names)));
        problems.extend(Frame::read(&query.join("&"), &state).problems);
        problems
    }
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
