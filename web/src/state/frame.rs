//! What the query before the `#` of an address asks for: a figure in place of the whole page, and locks on controls.
//!
//! `?embed=stage&lock=kernel,stride&hide=pad#/lesson/convolution` is the stage of that chapter alone, two of its settings
//! read-only, one without its control. Behind the `#` stands what it stands for in every link.

use super::address::shown;
use super::mend;
use super::table::{Place, ROWS};
use super::{AppState, Route};
use receptive_lessons::say;
use receptive_lessons::settings::Settings;

/// More sentences than these would hide the page.
const MOST_PROBLEMS: usize = 4;

/// A part of the page that can stand alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigurePart {
    /// A chapter's stage with its settings and its time line.
    Stage,
    /// A chapter's guide.
    Guide,
    /// A chapter's exercises.
    Exercises,
    /// The Lab's settings.
    Settings,
    /// The Lab's network at work.
    Network,
    /// Loss and accuracy of the Lab's run.
    Curves,
    /// The account of the Lab's network, layer by layer.
    Account,
    /// The matrix of classes at the end of the Lab's run.
    Matrix,
    /// The pad to draw on.
    Draw,
}

impl FigurePart {
    const ALL: [Self; 9] = [
        Self::Stage,
        Self::Guide,
        Self::Exercises,
        Self::Settings,
        Self::Network,
        Self::Curves,
        Self::Account,
        Self::Matrix,
        Self::Draw,
    ];

    /// The parts of a place, in the order in which they are shown.
    pub fn of(route: Route) -> &'static [Self] {
        match route {
            Route::Contents | Route::Work | Route::Course => &[],
            Route::Chapter(_) => &Self::ALL[..3],
            Route::Lab => &Self::ALL[3..],
            Route::Draw => &[Self::Draw],
        }
    }

    /// Its name in an address.
    pub fn key(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Guide => "guide",
            Self::Exercises => "exercises",
            Self::Settings => "settings",
            Self::Network => "network",
            Self::Curves => "curves",
            Self::Account => "account",
            Self::Matrix => "matrix",
            Self::Draw => "draw",
        }
    }

    /// True if it shows something of a run, and so needs the training worker and the run's buttons.
    pub fn is_of_run(self) -> bool {
        matches!(self, Self::Settings | Self::Network | Self::Curves | Self::Matrix | Self::Draw)
    }
}

/// The controls that whoever made the address has locked or hidden, by the keys of their settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locks {
    /// They can be read and not changed.
    locked: Vec<String>,
    /// They are not there.
    hidden: Vec<String>,
}

impl Locks {
    /// The key of a time line.
    pub const TIME_LINE: &str = "at";

    /// True if the control of a setting can be read and not changed.
    pub fn locks(&self, key: &str) -> bool {
        self.locked.iter().any(|name| name == key)
    }

    /// True if the control of a setting is not there.
    pub fn hides(&self, key: &str) -> bool {
        self.hidden.iter().any(|name| name == key)
    }

    /// True if a setting cannot be changed, whether its control is there or not.
    pub fn holds(&self, key: &str) -> bool {
        self.locks(key) || self.hides(key)
    }

    /// The keys of the settings that can be read and not changed.
    pub fn locked(&self) -> &[String] {
        &self.locked
    }

    /// The keys of the settings that have no control.
    pub fn hidden(&self) -> &[String] {
        &self.hidden
    }

    /// True if any setting cannot be changed.
    pub fn hold_any(&self) -> bool {
        !self.locked.is_empty() || !self.hidden.is_empty()
    }
}

/// Everything that the query before the `#` asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The parts that are shown, without the page around them; nothing where the whole page is.
    pub parts: Option<Vec<FigurePart>>,
    /// The locked and hidden controls.
    pub locks: Locks,
    /// The origin of the page that a figure stands in, where its address says so.
    pub host: Option<String>,
    /// A sentence for everything that could not be read.
    pub problems: Vec<String>,
}

impl Frame {
    /// Reads a query, without its `?`, of an address that leads to the place of a state.
    pub fn read(query: &str, state: &AppState) -> Self {
        let mut frame = Self::default();
        for (key, value) in mend::pairs(query) {
            let mut names = value.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_string);
            match key.as_str() {
                "embed" => frame.parts = Some(parts(state.route, names, &mut frame.problems)),
                "lock" | "hide" => {
                    let (known, unknown): (Vec<_>, Vec<_>) = names.partition(|name| is_setting(state, name));
                    let say = |name: String| say!("links.no-control", name = shown(&name), what = key);
                    frame.problems.extend(unknown.into_iter().map(say));
                    let locks = &mut frame.locks;
                    if key == "lock" { locks.locked.extend(known) } else { locks.hidden.extend(known) }
                }
                "host" => frame.host = names.next().filter(|origin| is_origin(origin)),
                // Light or dark, and the language: the page's own script reads them.
                _ => {}
            }
        }
        frame.problems.truncate(MOST_PROBLEMS);
        frame
    }

    /// True if a part is shown.
    pub fn shows(&self, part: FigurePart) -> bool {
        self.parts.as_ref().is_none_or(|parts| parts.contains(&part))
    }

    /// The query of the whole page with the same locks.
    pub fn page_query(&self) -> String {
        let pair = |key: &str, names: &[String]| (!names.is_empty()).then(|| format!("{key}={}", names.join(",")));
        let pairs = [pair("lock", &self.locks.locked), pair("hide", &self.locks.hidden)];
        let pairs: Vec<_> = pairs.into_iter().flatten().collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }
}

/// The parts of these names that a place has, in its order. Without names, its first, or of the Lab its network and curves.
fn parts(route: Route, names: impl Iterator<Item = String>, problems: &mut Vec<String>) -> Vec<FigurePart> {
    let all = FigurePart::of(route);
    let (known, unknown): (Vec<_>, Vec<_>) = names.partition(|name| all.iter().any(|part| part.key() == name));
    let usual: &[FigurePart] = match route {
        Route::Lab => &[FigurePart::Network, FigurePart::Curves],
        _ => &all[..all.len().min(1)],
    };
    let offered = all.iter().map(|part| part.key()).collect::<Vec<_>>().join(", ");
    // A place without any says so where its parts would stand.
    let unknown = unknown.into_iter().filter(|_| !all.is_empty());
    problems.extend(unknown.map(|name| say!("links.no-part", name = shown(&name), parts = offered)));
    match known.is_empty() {
        true => usual.to_vec(),
        false => {
            let is_named = |part: FigurePart| known.iter().any(|name| name == part.key());
            // The guide looks at the stage.
            let is_shown =
                |part: &FigurePart| is_named(*part) || *part == FigurePart::Stage && is_named(FigurePart::Guide);
            all.iter().copied().filter(is_shown).collect()
        }
    }
}

/// True if a control goes by this name at the place of a state.
fn is_setting(state: &AppState, name: &str) -> bool {
    match state.route {
        Route::Chapter(i) => {
            let params = state.chapters.get(i).map(Settings::params).unwrap_or_default();
            params.iter().any(|param| param.key == name) || ["digit", "ex", "netfrom", Locks::TIME_LINE].contains(&name)
        }
        Route::Lab => ROWS.iter().any(|row| row.key == name && row.key != "netfrom" && matches!(row.place, Place::Lab)),
        Route::Draw => ["raw", "netfrom"].contains(&name),
        Route::Contents | Route::Work | Route::Course => false,
    }
}

/// True for a scheme, a host and perhaps a port.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c))
}

#[cfg(test)]
mod tests {
    use super::super::from_address;
    use super::*;

    fn frame(query: &str, address: &str) -> Frame {
        Frame::read(query, &from_address(address).0)
    }

    #[test]
    fn a_query_names_parts_in_the_order_of_the_place() {
        let keys = |frame: Frame| frame.parts.map(|parts| parts.iter().map(|part| part.key()).collect::<Vec<_>>());
        assert_eq!(keys(frame("", "/lab")), None);
        assert_eq!(keys(frame("embed", "/lesson/padding")), Some(vec!["stage"]));
        assert_eq!(keys(frame("embed=", "/lab")), Some(vec!["network", "curves"]));
        assert_eq!(keys(frame("embed=exercises,stage", "/lesson/padding")), Some(vec!["stage", "exercises"]));
        assert_eq!(keys(frame("embed=guide", "/lesson/padding")), Some(vec!["stage", "guide"]));
        assert_eq!(keys(frame("embed=matrix%2Ccurves", "/lab")), Some(vec!["curves", "matrix"]));
        assert_eq!(keys(frame("embed", "/draw")), Some(vec!["draw"]));
        assert_eq!(keys(frame("embed=stage", "/")), Some(vec![]));
    }

    #[test]
    fn locks_take_the_settings_of_their_place_and_say_what_they_do_not_know() {
        let read = frame("lock=pad,digit,at&hide=kernel,nothing", "/lesson/convolution?pad=1");
        assert!(read.locks.locks("pad") && read.locks.locks("digit") && read.locks.locks(Locks::TIME_LINE));
        assert!(read.locks.hides("kernel") && !read.locks.locks("kernel") && read.locks.holds("kernel"));
        assert!(!read.locks.holds("stride") && !read.locks.holds("nothing"));
        assert_eq!(read.problems.len(), 1);
        assert_eq!(read.page_query(), "?lock=pad,digit,at&hide=kernel");
        let lab = frame("lock=lr,pad&embed=stage", "/lab");
        assert!(lab.locks.locks("lr") && !lab.locks.holds("pad"));
        assert_eq!(lab.problems.len(), 2, "{:?}", lab.problems);
        assert!(!frame("lock=", "/lab").locks.hold_any());
    }

    #[test]
    fn only_an_origin_is_taken_for_the_host() {
        assert_eq!(frame("host=https://a.b:8080", "/lab").host.as_deref(), Some("https://a.b:8080"));
        for host in ["", "*", "null", "javascript:alert(1)", "https://", "https://a/b", "https://a b", "http://a?x"] {
            assert_eq!(frame(&format!("host={host}"), "/lab").host, None, "{host}");
        }
    }

    #[test]
    fn hostile_queries_end_in_sentences_and_the_usual_parts() {
        for query in ["embed=%00%ff", "lock=<script>", "embed=stage;guide", "hide=../..", "lock=%F0%9F%98%80"] {
            let read = frame(query, "/lesson/padding");
            assert_eq!(read.problems.len(), 1, "{query}: {:?}", read.problems);
            assert!(!read.locks.hold_any(), "{query}");
            assert!(read.parts.is_none_or(|parts| parts == [FigurePart::Stage]), "{query}");
        }
    }
}
