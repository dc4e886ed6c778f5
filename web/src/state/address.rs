//! A state as an address, and back.

use super::mend::{self, Parts};
use super::table::{Place, ROWS, Row};
use super::{AppState, Route};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use receptive_lessons::say;
use receptive_lessons::settings::Settings;

/// The longest address that is read; more than any that this page writes.
const MAX_LEN: usize = 16_384;

/// The part of an address after `#`: the route, and what differs from the default. The Lab's settings
/// travel everywhere; what a chapter or the drawing is set to, only on its own page.
pub fn to_address(state: &AppState) -> String {
    let default = AppState::default();
    let own = match state.route {
        Route::Chapter(i) => state.chapters.get(i).map(Settings::pairs).unwrap_or_default(),
        _ => vec![],
    };
    let shared = ROWS.iter().filter(|row| row.belongs(state.route)).filter_map(|row| {
        let value = (row.print)(state);
        (value != (row.print)(&default)).then_some((row.key, value))
    });
    let pairs: Vec<_> =
        own.into_iter().chain(shared).map(|(key, value)| format!("{key}={}", escaped(&value))).collect();
    let separator = if pairs.is_empty() { "" } else { "?" };
    format!("{}{separator}{}", state.route.path(), pairs.join("&"))
}

/// A value that may stand in an address, with what people type left readable.
fn escaped(value: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b',')
        .remove(b';')
        .remove(b':')
        .remove(b'_')
        .remove(b'(')
        .remove(b')');
    utf8_percent_encode(value, KEPT).to_string()
}

/// Reads the part of an address after `#`. What cannot be read stays as it is by default,
/// and a sentence says what and why.
pub fn from_address(address: &str) -> (AppState, Vec<String>) {
    let mut state = AppState::default();
    let messages = state.open(address);
    (state, messages)
}

impl AppState {
    /// Goes to the place of an address, with all that it carries. What it cannot carry, such as the learner's own files
    /// or what another chapter is set to, stays. Returns a sentence for everything that could not be read.
    pub fn open(&mut self, address: &str) -> Vec<String> {
        if address.len() > MAX_LEN {
            return vec![say!("links.too-long")];
        }
        let mut messages = Vec::new();
        let Parts { path, mut pairs } = Parts::of(address);
        let route = Route::all().find(|route| route.path().trim_matches('/') == path);
        if route.is_none() {
            messages.push(say!("links.no-page", path = shown(&path)));
        }
        self.route = route.unwrap_or_default();
        self.set_back();
        pairs.reverse();
        while let Some((key, value)) = pairs.pop() {
            let read = match read(self, &key, &value) {
                Err(_) if self.takes_mended(&key, &value) => Ok(true),
                Err(_) if mend::holds_pairs(&value) => {
                    let (first, rest) = value.split_once('&').unwrap_or((&value, ""));
                    pairs.extend(mend::pairs(rest).into_iter().rev());
                    read(self, &key, first)
                }
                read => read,
            };
            match read {
                Ok(true) => {}
                Ok(false) => messages.push(say!("links.unknown", key = shown(&key))),
                Err(reason) => {
                    messages.push(say!("links.refused", key = shown(&key), value = shown(&value), why = reason));
                }
            }
        }
        // The network that it is a part of may be named behind it.
        if !self.look.fits(&self.lab.network.spec()) {
            let text = std::mem::take(&mut self.look).text();
            // Elsewhere it is left over from the Lab.
            if self.route == Route::Lab {
                messages.push(say!("links.refused", key = "look", value = shown(&text), why = say!("links.look")));
            }
        }
        /// More than these would hide the page.
        const MOST_MESSAGES: usize = 4;
        if messages.len() > MOST_MESSAGES {
            messages.truncate(MOST_MESSAGES);
            messages.push(say!("links.more"));
        }
        messages
    }

    fn takes_mended(&mut self, key: &str, value: &str) -> bool {
        let mended = mend::value(value);
        mended != value && read(self, key, &mended) == Ok(true)
    }

    /// Sets everything back that an address of this place would carry if it were not as it is at the start.
    fn set_back(&mut self) {
        let (default, route) = (Self::default(), self.route);
        for row in ROWS.iter().filter(|row| row.belongs(route)) {
            let usual = (row.print)(&default);
            if (row.print)(self) != usual {
                // Every row reads what it prints.
                let _ = (row.read)(self, &usual);
            }
        }
        if let Route::Chapter(i) = route {
            self.chapters[i].clone_from(&default.chapters[i]);
        }
    }
}

impl Row {
    /// True if an address of this place carries it. The Lab's settings travel everywhere.
    fn belongs(&self, route: Route) -> bool {
        match self.place {
            Place::Lab => true,
            Place::View => route == Route::Lab,
            Place::Draw => route == Route::Draw,
            Place::Course => route == Route::Course,
            Place::Chapters => matches!(route, Route::Chapter(_)),
        }
    }
}

/// The beginning of a text, fit to be shown.
pub(super) fn shown(text: &str) -> String {
    /// Enough to recognise it.
    const MOST: usize = 24;
    let beginning: String = text.chars().filter(|c| !c.is_control()).take(MOST).collect();
    if text.chars().count() > MOST { beginning + "…" } else { beginning }
}

/// Takes one value; false when nothing goes by that name here.
fn read(state: &mut AppState, key: &str, value: &str) -> Result<bool, String> {
    if let Route::Chapter(i) = state.route
        && let Some(settings) = state.chapters.get_mut(i)
        && settings.read(key, value).map_err(|why| say!("links.unused", why = why))?
    {
        return Ok(true);
    }
    let Some(row) = ROWS.iter().find(|row| row.key == key) else { return Ok(false) };
    (row.read)(state, value).map_err(|why| match (row.print)(&AppState::default()) {
        usual if usual.is_empty() => say!("links.unused", why = why),
        usual => say!("links.instead", why = why, value = usual),
    })?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::Net;
    use super::*;
    use receptive_lessons::Outline;
    use receptive_nn::Preset;

    fn convolution() -> Route {
        Route::Chapter(Outline::find("convolution").unwrap().position())
    }

    #[test]
    fn an_address_carries_only_what_differs() {
        assert_eq!(to_address(&AppState::default()), "/");
        let mut state = AppState { route: Route::Lab, ..AppState::default() };
        state.lab.network = Net::Preset(Preset::Slides);
        state.lab.learning_rate = 0.001;
        assert_eq!(to_address(&state), "/lab?net=slides&lr=0.001");
        let (state, messages) = from_address("/lesson/convolution?pad=2&at=7&ex=5");
        assert_eq!((state.route, messages), (convolution(), vec![]));
        assert_eq!(to_address(&state), "/lesson/convolution?pad=2&at=7&ex=5");
    }

    #[test]
    fn a_followed_link_keeps_everything_but_its_chapter() {
        let (mut state, _) = from_address("/lesson/convolution?pad=2&digit=9&net=slides");
        state.follow("convolution?stride=2");
        assert_eq!(to_address(&state), "/lesson/convolution?stride=2&net=slides&digit=9");
    }

    #[test]
    fn hostile_addresses_leave_the_default_and_a_sentence() {
        for address in [
            "/nowhere",
            "/lab?lr=NaN",
            "/lab?lr=-1",
            "/lab?lr=1e9",
            "/lab?lr=1e400",
            "/lab?batch=0",
            "/lab?workers=0",
            "/lab?workers=9",
            "/lab?batch=99999999999999999999",
            "/lab?net=<script>alert(1)</script>",
            "/lab?%00=%ff%fe",
            "/lab?look=conv-9",
            "/lab?look=conv-1.99999",
            "/lab?dir=sideways",
            "/lesson/convolution?input=1,2;3",
            "/lesson/convolution?input=;;;;",
            "/lesson/convolution?weights=1e39",
            "/lesson/convolution?weights=nan",
            "/lesson/convolution?stride=0",
            "/lesson/convolution?pad=%F0%9F%98%80",
            "?=&==&",
        ] {
            let (state, messages) = from_address(address);
            let default = AppState { route: state.route, ..AppState::default() };
            assert_eq!(state, default, "{address}");
            assert!(!messages.is_empty(), "{address}");
        }
        let long = format!("/lab?lr={}", "9".repeat(100_000));
        assert_eq!(from_address(&long).1.len(), 1);
        let many = format!("/lab?{}", "x=1&".repeat(500));
        assert!(from_address(&many).1.len() <= 5);
    }
}
