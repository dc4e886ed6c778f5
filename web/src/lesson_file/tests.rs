//! What is written is read, whatever is in it; and what anybody else has written is read or refused, and nothing worse.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use receptive_lessons::chapters;

/// Cases of each property; more where the environment asks for them, to search longer.
fn runner() -> TestRunner {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(500);
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

fn problems(text: &str) -> Vec<String> {
    LessonFile::read(text).expect_err(text).iter().map(Problem::to_string).collect()
}

/// A text with everything that TOML, HTML and people make use of.
fn any_text(most: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(String::from),
        4 => "[ -~]{0,12}",
        1 => Just("\"\"\"".to_string()),
        1 => Just("'''".to_string()),
        1 => Just("\r\n".to_string()),
        1 => Just("\n".to_string()),
        1 => Just("\\".to_string()),
        1 => Just("<img src=x onerror=alert(1)>".to_string()),
        1 => Just("[[block]]\nkind = \"text\"".to_string()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(move |pieces| {
        let mut text = pieces.concat();
        while length(&text) > most {
            text.pop();
        }
        text
    })
}

fn any_block() -> impl Strategy<Value = Block> {
    let line = || any_text(most::LINE);
    let names: Vec<String> = chapters::OUTLINES.iter().map(|chapter| chapter.key.to_string()).collect();
    let chapter = prop_oneof![Just(String::new()), prop::sample::select(names), line()];
    let figure = (chapter, line(), line(), line(), line(), prop::option::of(1..=MOST_HEIGHT), line()).prop_map(
        |(chapter, part, state, lock, hide, height, caption)| {
            Block::Figure(Figure { chapter, part, state, lock, hide, height, caption })
        },
    );
    let choices = prop::collection::vec(any_text(most::CHOICE), 2..=MOST_CHOICES);
    let choice = (choices, any::<prop::sample::Index>()).prop_map(|(choices, right)| {
        let right = right.index(choices.len());
        Answer::Choice { choices, right }
    });
    let finite = || any::<f64>().prop_filter("a number", |number| number.is_finite());
    let number = (finite(), finite()).prop_map(|(value, off)| Answer::Number { value, tolerance: off.abs() });
    let exercise = (any_text(most::QUESTION), prop_oneof![choice, number], any_text(most::QUESTION))
        .prop_map(|(question, answer, explanation)| Block::Exercise(Exercise { question, answer, explanation }));
    prop_oneof![line().prop_map(Block::Heading), any_text(most::TEXT).prop_map(Block::Text), figure, exercise]
}

fn any_lesson() -> impl Strategy<Value = LessonFile> {
    let blocks = prop::collection::vec(any_block(), 0..8);
    (any_text(most::LINE), any_text(most::LINE), "([a-z]{2}(-[A-Z]{2})?)?", blocks)
        .prop_map(|(title, author, lang, blocks)| LessonFile { title, author, lang, blocks })
}

/// Reads a text, whatever it is. Returns the lesson.
fn lesson_of(text: &str) -> Option<LessonFile> {
    let read = LessonFile::read(text);
    if let Err(problems) = &read {
        assert!(!problems.is_empty() && problems.iter().all(|problem| !problem.text.is_empty()), "{text}");
        let n_lines = text.matches('\n').count() + 1;
        assert!(problems.iter().all(|problem| problem.line.is_none_or(|line| (1..=n_lines).contains(&line))), "{text}");
    }
    read.ok().map(|opened| opened.lesson)
}

#[test]
fn a_lesson_that_is_written_reads_as_the_same_lesson() {
    let outcome = runner().run(&any_lesson(), |lesson| {
        prop_assert_eq!(lesson_of(&lesson.write()), Some(lesson));
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn any_text_is_read_or_refused() {
    let toml = r#"([\[\]{}=.,'"\\#\n\ra-z0-9 -]|block|kind|"""|\[\[block\]\]\n|format = 1\n|title = "a"\n){0,60}"#;
    let texts = prop_oneof![any::<String>(), toml.prop_map(String::from)];
    let outcome = runner().run(&texts, |text| {
        lesson_of(&text);
        lesson_of(&format!("format = 1\ntitle = \"a\"\n{text}"));
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn a_lesson_that_is_cut_short_or_changed_is_read_or_refused() {
    let cases = (any_lesson(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>());
    let outcome = runner().run(&cases, |(lesson, at, to, byte)| {
        let whole = lesson.write();
        let mut bytes = whole.clone().into_bytes();
        let (at, to) = (at.index(bytes.len()), to.index(bytes.len()));
        lesson_of(&String::from_utf8_lossy(&bytes[..at]));
        lesson_of(&String::from_utf8_lossy(&bytes[at.min(to)..at.max(to)]));
        bytes[at] = byte;
        lesson_of(&String::from_utf8_lossy(&bytes));
        // Written anew, whatever came out of it reads as itself.
        if let Some(changed) = lesson_of(&String::from_utf8_lossy(&bytes)) {
            prop_assert_eq!(lesson_of(&changed.write()), Some(changed));
        }
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn a_changed_lesson_has_room_in_a_file_and_can_be_taken_back() {
    let edits = prop::collection::vec((any_block(), 0..7_usize, 0..6_u32, -2..3_isize), 0..12);
    let outcome = runner().run(&(any_lesson(), edits), |(lesson, edits)| {
        let mut editing = Editing::new(lesson);
        for (block, kind, name, by) in edits {
            let edit = match kind {
                0 => Edit::Add(block),
                1 => Edit::Set(name, block),
                2 => Edit::Move(name, by),
                3 => Edit::Remove(name),
                4 => Edit::Undo,
                5 => Edit::Toggle(name),
                _ => Edit::Title("x".repeat(name as usize)),
            };
            let before = editing.lesson();
            let was_there = before.blocks.len();
            editing = editing.after(edit.clone());
            if matches!(edit, Edit::Remove(_)) && editing.lesson().blocks.len() < was_there {
                prop_assert_eq!(editing.clone().after(Edit::Undo).lesson(), before);
            }
            prop_assert_eq!(lesson_of(&editing.lesson().write()), Some(editing.lesson()));
        }
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn what_is_enormous_or_deeply_nested_is_refused_at_once() {
    let large = format!("format = 1\ntitle = \"{}\"", "x".repeat(MOST_BYTES));
    assert_eq!(problems(&large), ["The file is too large for a lesson: at most 256 kB."]);
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        for n in [79, 80, 81, 1000, 80_000] {
            let deep = format!("format = 1\ntitle = \"a\"\nblock = {}1{}", open.repeat(n), close.repeat(n));
            assert_eq!(lesson_of(&deep), None, "{n} × {open}");
        }
    }
    let keys = format!("format = 1\ntitle = \"a\"\n{} = 1", vec!["a"; 60_000].join("."));
    assert_eq!(lesson_of(&keys), None);
    let many = "[[block]]\nkind = \"heading\"\ntext = \"a\"\n";
    let lesson = |n: usize| format!("format = 1\ntitle = \"a\"\n{}", many.repeat(n));
    assert_eq!(lesson_of(&lesson(MOST_BLOCKS)).unwrap().blocks.len(), MOST_BLOCKS);
    assert_eq!(problems(&lesson(MOST_BLOCKS + 1)), ["A lesson has at most 100 blocks."]);
    // As much as a file can hold of what takes longest.
    for line in ["[[block]]\n", "[a.b]\n", "a=1\n", "\"\"=\n", "x = [\n", "a.b.c = {}\n"] {
        lesson_of(&format!("format = 1\n{}", line.repeat(MOST_BYTES / line.len() - 10)));
    }
}

#[test]
fn problems_are_named_with_their_lines_and_with_what_there_is() {
    let read = |body: &str| problems(&format!("format = 1\ntitle = \"a\"\n{body}"));
    assert!(problems("").concat().contains("no lesson file"));
    assert!(problems("format = 2\ntitle = \"a\"").concat().contains("format 2; this page reads format 1"));
    assert_eq!(problems("format = 1"), ["Line 1: “title” is missing."]);
    let unknown = read("colour = \"red\"");
    assert_eq!(unknown, ["Line 3: “colour” is not known here. Known are format, title, author, lang, block."]);
    assert_eq!(read("[[block]]\ntext = \"a\""), ["Line 3: “kind” is missing."]);
    assert!(read("[[block]]\nkind = \"video\"")[0].starts_with("Line 4: There is no kind “video”."));
    assert!(read("[[block]]\nkind = \"text\"\ntext = 3")[0].starts_with("Line 5: “text” must be a text"));
    assert!(read("[[block]]\nkind = \"text\"\ntext = \"a")[0].starts_with("Line 5: This is not TOML:"));
    let exercise = |rest: &str| read(&format!("[[block]]\nkind = \"exercise\"\nquestion = \"q\"\n{rest}"));
    assert!(exercise("")[0].contains("either “choices” and “right”, or “answer”"));
    assert!(exercise("choices = [\"a\"]\nright = 1")[0].contains("a list of 2 to 8 texts"));
    assert!(exercise("choices = [\"a\", \"b\"]\nright = 3")[0].contains("a whole number from 1 to 2"));
    assert!(exercise("choices = [\"a\", \"b\"]\nright = 0")[0].contains("a whole number from 1 to 2"));
    assert!(exercise("answer = nan")[0].contains("must be a number"));
    assert!(exercise("answer = 1\ntolerance = -1")[0].contains("must not be below 0"));
    assert!(read("lang = \"<b>\"")[0].contains("a language’s code"));
    let long = read(&format!("author = \"{}\"", "x".repeat(most::LINE + 1)));
    assert_eq!(long, ["Line 3: “author” is too long: at most 300 letters."]);
}

#[test]
fn a_figure_names_what_is_not_there_and_the_lesson_is_read() {
    let remarks = |figure: &str| {
        let text = format!("format = 1\ntitle = \"a\"\n[[block]]\nkind = \"figure\"\n{figure}");
        let opened = LessonFile::read(&text).unwrap();
        assert_eq!(opened.lesson.blocks.len(), 1);
        opened.remarks.iter().map(Problem::to_string).collect::<Vec<_>>()
    };
    let chapter = remarks("chapter = \"paddding\"");
    assert!(chapter[0].starts_with("Line 3: There is no chapter “paddding”. The chapters are images, convolution,"));
    let setting = remarks("chapter = \"padding\"\nstate = \"colour=red\"");
    assert_eq!(setting, ["Line 3: The link sets “colour”, which this page does not know."]);
    let lock = remarks("chapter = \"padding\"\nlock = \"kernel,lr\"\npart = \"curves\"");
    assert_eq!(lock.len(), 2, "{lock:?}");
    assert!(lock.concat().contains("stage, guide, exercises") && lock.concat().contains("lock = “lr”"), "{lock:?}");
    for figure in
        ["chapter = \"padding\"\nstate = \"pad=1\"\nlock = \"at\"", "part = \"draw\"", "part = \"builder\"", ""]
    {
        assert_eq!(remarks(figure), Vec::<String>::new(), "{figure}");
    }
}

#[test]
fn a_link_becomes_a_figure_and_leads_there_again() {
    let link = "https://example.org/receptive/?embed=stage,exercises&lock=kernel,at&hide=flip&theme=light#/lesson/convolution?pad=1&stride=2";
    let figure = Figure::of_link(link).unwrap();
    let want = ["convolution", "stage,exercises", "pad=1&stride=2", "kernel,at", "flip"].map(String::from);
    assert_eq!([&figure.chapter, &figure.part, &figure.state, &figure.lock, &figure.hide].map(String::clone), want);
    assert_eq!(figure.address(), "/lesson/convolution?pad=1&stride=2");
    assert_eq!(Figure::of_link("#/draw").unwrap().part, "draw");
    assert_eq!(Figure::of_link("http://a/#/lab?net=mlp").unwrap().address(), "/lab?net=mlp");
    for link in
        ["", "padding", "https://example.org/", "#/", "#/work", "#/course", "#/nowhere", "#/lesson/padding?pad=x"]
    {
        assert!(Figure::of_link(link).is_err(), "{link}");
    }
}

#[test]
fn the_documented_example_and_the_one_that_comes_with_the_page_are_lessons() {
    let guide = include_str!("../../../docs/lesson-files.md");
    let documented = guide.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    for (text, n_blocks) in [(documented, 5), (include_str!("../../lessons/first.toml"), 10)] {
        let opened = LessonFile::read(text).unwrap();
        assert_eq!((opened.lesson.blocks.len(), opened.remarks), (n_blocks, vec![]));
        assert_eq!(LessonFile::read(&opened.lesson.write()).unwrap().lesson, opened.lesson);
    }
    // The guide names every key, kind and limit.
    for key in ["format", "title", "author", "lang", "heading", "text", "figure", "exercise", "choices", "right"] {
        assert!(guide.contains(&format!("`{key}`")), "{key}");
    }
    for limit in ["256 kB", "100 blocks", "300 letters", "20,000", "4000", "600", "from 1 to 4000", "2 to 8 texts"] {
        assert!(guide.contains(limit), "{limit}");
    }
}

#[test]
fn answers_are_taken_within_their_tolerance() {
    let number = |value, tolerance| Answer::Number { value, tolerance };
    assert!(number(0.33, 0.005).takes(0.335) && !number(0.33, 0.005).takes(0.336));
    assert!(number(0.3, 0.0).takes(0.1 + 0.2) && !number(0.3, 0.0).takes(0.301));
    assert!(!number(0.3, 1.0).takes(f64::NAN));
}

#[test]
fn prose_is_parted_at_empty_lines() {
    let parts: Vec<_> = paragraphs("\n\na\nb\r\n \n\nc\n").collect();
    assert_eq!(parts, ["a\nb", "c"]);
    assert_eq!(paragraphs("").count(), 0);
}
