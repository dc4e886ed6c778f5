//! A state as an address, and back.

use super::table::ROWS;
use super::{AppState, Route};
use percent_encoding::percent_decode_str;

/// The longest address that is read; more than any that this page writes.
const MAX_LEN: usize = 16_384;

/// The part of an address after `#`: the route, and what differs from the default. The Lab's settings
/// travel everywhere; what a lesson or the drawing is set to, only on its own page.
pub fn to_address(state: &AppState) -> String {
    let default = AppState::default();
    let mut address = state.route.path().to_string();
    let belongs = |route| route == state.route || route == Route::Lab;
    let mut separator = '?';
    for row in ROWS.iter().filter(|row| belongs(row.route)) {
        let value = (row.print)(state);
        if value != (row.print)(&default) {
            address.push(separator);
            separator = '&';
            address.push_str(row.key);
            address.push('=');
            address.push_str(&value);
        }
    }
    address
}

/// Reads the part of an address after `#`. What cannot be read stays as it is by default,
/// and a sentence says what and why.
pub fn from_address(address: &str) -> (AppState, Vec<String>) {
    let mut state = AppState::default();
    let mut messages = Vec::new();
    let address = address.trim_start_matches('#');
    if address.len() > MAX_LEN {
        messages.push("The link is far too long to be one of this page’s; it was left aside.".into());
        return (state, messages);
    }
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    match Route::ALL.into_iter().find(|route| route.path() == path) {
        Some(route) => state.route = route,
        None if path.is_empty() => {}
        None => messages.push(format!("There is no page “{}”; this is the contents page.", shown(path))),
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_decode_str(value).decode_utf8_lossy();
        let Some(row) = ROWS.iter().find(|row| row.key == key) else {
            messages.push(format!("The link sets “{}”, which this page does not know.", shown(key)));
            continue;
        };
        if let Err(reason) = (row.read)(&mut state, &value) {
            let usual = (row.print)(&AppState::default());
            let instead =
                if usual.is_empty() { "It was left aside.".into() } else { format!("{usual} is used instead.") };
            messages.push(format!("The link says {key} = “{}”. {reason} {instead}", shown(&value)));
        }
    }
    /// More than these would hide the page.
    const MOST_MESSAGES: usize = 4;
    if messages.len() > MOST_MESSAGES {
        messages.truncate(MOST_MESSAGES);
        messages.push("There is more in the link that could not be used.".into());
    }
    (state, messages)
}

/// The beginning of a text, fit to be shown.
fn shown(text: &str) -> String {
    /// Enough to recognise it.
    const MOST: usize = 24;
    let beginning: String = text.chars().filter(|c| !c.is_control()).take(MOST).collect();
    if text.chars().count() > MOST { beginning + "…" } else { beginning }
}

#[cfg(test)]
mod tests {
    use super::super::{Granularity, Grid, Source};
    use super::*;
    use receptive_nn::{Optimiser, Preset, Schedule};
    use receptive_train::protocol::DatasetKind;

    fn far_from_default() -> AppState {
        let mut state = AppState { route: Route::Convolution, ..AppState::default() };
        state.lab.dataset = DatasetKind::BuiltIn;
        state.lab.preset = Preset::Slides;
        state.lab.optimiser = Optimiser::MOMENTUM;
        state.lab.learning_rate = 0.0625;
        state.lab.schedule = Schedule::Linear;
        (state.lab.batch, state.lab.epochs, state.lab.seed) = (64, 3, Some(7));
        (state.lab.n_training, state.lab.n_validation) = (Some(6000), 0);
        state.lesson.source = Source::Digit;
        state.lesson.input = Grid::new(2, 3, vec![1.0, -0.5, 0.0, 2.0, 3.25, -7.0]);
        state.lesson.kernel = Grid::new(1, 1, vec![-1.0]);
        state.lesson.preset = Some("sharpen".into());
        state.lesson.network_kernel = Some(5);
        (state.lesson.padding, state.lesson.extra_stride, state.lesson.gaps) = (1, 2, 1);
        (state.lesson.position, state.lesson.digit) = (77, 12);
        state.lesson.granularity = Granularity::Term;
        state
    }

    #[test]
    fn an_address_carries_only_what_differs() {
        assert_eq!(to_address(&AppState::default()), "/");
        let mut state = AppState { route: Route::Lab, ..AppState::default() };
        state.lab.preset = Preset::Slides;
        state.lab.learning_rate = 0.001;
        assert_eq!(to_address(&state), "/lab?net=slides&lr=0.001");
    }

    #[test]
    fn every_row_survives_the_round_trip() {
        let state = far_from_default();
        let address = to_address(&state);
        let rows = ROWS.iter().filter(|row| row.route != Route::Draw);
        for row in rows {
            assert!(address.contains(&format!("{}=", row.key)), "{} is missing in {address}", row.key);
        }
        assert_eq!(from_address(&address), (state, vec![]));
        let drawing = AppState { route: Route::Draw, raw_drawing: true, ..AppState::default() };
        assert_eq!(from_address(&to_address(&drawing)), (drawing, vec![]));
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
            "/lab?batch=99999999999999999999",
            "/lab?net=<script>alert(1)</script>",
            "/lab?%00=%ff%fe",
            "/lesson/convolution?input=1,2;3",
            "/lesson/convolution?input=;;;;",
            "/lesson/convolution?kernel=1e39",
            "/lesson/convolution?kernel=nan",
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
        let wide = format!("/lesson/convolution?input={}", vec!["1"; 1000].join(","));
        assert_eq!(from_address(&wide).0.lesson.input, None);
    }
}
