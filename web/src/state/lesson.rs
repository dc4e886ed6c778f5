//! A teacher's lesson in an address: a file beside the page, or a draft that the browser keeps.

use super::AppState;
use super::table::{Place, Row};
use receptive_lessons::say;

/// The longest address of a file.
const MOST_LETTERS: usize = 300;

/// The lesson that is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OpenLesson {
    /// None: the list of drafts is shown.
    #[default]
    None,
    /// A file, by its address from the page.
    File(String),
    /// A draft, by its key.
    Draft(String),
}

/// True for the address of a file of this page's own origin: a path without scheme, host and query that ends in `.toml`.
fn is_own_file(text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "-_./% ".contains(c);
    text.len() <= MOST_LETTERS && text.ends_with(".toml") && !text.contains("//") && text.chars().all(is_part)
}

/// True for a key as drafts have it: two whole numbers with a dash between.
fn is_key(text: &str) -> bool {
    let is_number = |text: &str| (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-').is_some_and(|(time, number)| is_number(time) && is_number(number))
}

pub(super) const FILE: Row = Row {
    key: "file",
    place: Place::Course,
    print: |state| if let OpenLesson::File(path) = &state.lesson { path.clone() } else { String::new() },
    read: |state, text| {
        if is_own_file(text) {
            state.lesson = OpenLesson::File(text.into());
        } else if !text.is_empty() {
            return Err(say!("links.lesson-file"));
        } else if let OpenLesson::File(_) = state.lesson {
            state.lesson = OpenLesson::None;
        }
        Ok(())
    },
};

pub(super) const DRAFT: Row = Row {
    key: "draft",
    place: Place::Course,
    print: |state| if let OpenLesson::Draft(key) = &state.lesson { key.clone() } else { String::new() },
    read: |state, text| {
        if is_key(text) {
            state.lesson = OpenLesson::Draft(text.into());
        } else if !text.is_empty() {
            return Err(say!("links.lesson-draft"));
        } else if let OpenLesson::Draft(_) = state.lesson {
            state.lesson = OpenLesson::None;
        }
        Ok(())
    },
};

impl AppState {
    /// Goes to the page of teachers' lessons, with this one open.
    pub fn open_lesson(&mut self, lesson: OpenLesson) {
        self.lesson = lesson;
        self.go(super::Route::Course);
    }
}

#[cfg(test)]
mod tests {
    use super::super::from_address;
    use super::*;

    #[test]
    fn only_files_of_the_same_origin_are_taken() {
        for path in ["lessons/first.toml", "/course/week 1.toml", "../a.toml", "ünï%20c.toml"] {
            let (state, problems) = from_address(&format!("/course?file={path}"));
            assert!(problems.is_empty(), "{path}: {problems:?}");
            // The address itself decodes what is escaped.
            assert!(matches!(state.lesson, OpenLesson::File(_)), "{path}");
        }
        let hostile = [
            "https://evil.example/a.toml",
            "//evil.example/a.toml",
            "/%5C/evil.example/a.toml",
            "a%5C%5Cevil.example/a.toml",
            "/%09/evil.example/a.toml",
            "javascript:alert(1)//a.toml",
            "data:text/plain,a.toml",
            "a.toml?b",
            "lessons/first.html",
        ];
        for path in hostile {
            let (state, problems) = from_address(&format!("/course?file={path}"));
            assert_eq!((state.lesson, problems.len()), (OpenLesson::None, 1), "{path}");
        }
        let (state, problems) = from_address("/course?draft=<b>");
        assert_eq!((state.lesson, problems.len()), (OpenLesson::None, 1));
    }
}
