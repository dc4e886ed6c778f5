//! The state in a link: every state survives the way into an address and back, and no address breaks the page.
//!
//! The module is the page's own, compiled here without a browser.

#[path = "../web/src"]
#[expect(dead_code, unused_imports, unreachable_pub, reason = "the page's module, of which this test uses a part")]
mod page {
    pub mod state;
}

use page::state::{
    AppState, Direction, Falling, Look, Net, OpenLesson, ROWS, RaceSettings, Route, Tuning, from_address, to_address,
    warning,
};
use receptive_core::Rng;
use receptive_lessons::settings::{Kind, Settings, Value};
use receptive_lessons::{Chapter, Matrix, chapters};
use receptive_nn::{Betas, Course, Head, Optimiser, Preset, Rule};
use receptive_train::protocol::DatasetKind;

/// One of a few.
fn any<T: Clone>(rng: &mut Rng, choices: &[T]) -> T {
    choices[rng.below(choices.len() as u32) as usize].clone()
}

/// Any number that a cell can hold.
fn cell(rng: &mut Rng) -> f32 {
    match rng.below(4) {
        0 => rng.below(19) as f32 - 9.0,
        1 => rng.range(-1.0, 1.0),
        2 => rng.range(-1e6, 1e6),
        _ => any(rng, &[0.0, 0.5, -0.25, 1e6, -1e6, 0.1, 1e-7]),
    }
}

fn matrix(rng: &mut Rng) -> Matrix {
    let (rows, columns) = (1 + rng.below(12) as usize, 1 + rng.below(12) as usize);
    Matrix::new(rows, columns, (0..rows * columns).map(|_| cell(rng)).collect::<Vec<_>>())
}

/// Settings that a learner could reach in a chapter.
fn settings(chapter: &Chapter, rng: &mut Rng) -> Settings {
    let mut settings = chapter.settings();
    for param in chapter.params.iter().filter(|_| rng.below(3) > 0).collect::<Vec<_>>() {
        let value = match param.kind {
            Kind::Count { low, high, .. } => Value::Count(low + rng.below((high - low + 1) as u32) as usize),
            Kind::Real { low, high, .. } => Value::Real(rng.range(low, high)),
            Kind::Choice(options) => Value::Choice(any(rng, options)),
            Kind::Numbers => Value::Numbers(matrix(rng)),
            Kind::Text => Value::Text(any(rng, &["28x28x1:c8x3,r,f,d10", "ä=&#? %", ""]).into()),
        };
        settings.set(param.key, value);
    }
    settings.at = any(rng, &[None, Some(0), Some(1_000_000)]);
    settings
}

/// A state that a learner could reach, with nothing set that its address would not carry.
fn reachable(rng: &mut Rng) -> AppState {
    let routes: Vec<_> = Route::all().collect();
    let mut state = AppState { route: any(rng, &routes), ..AppState::default() };
    state.lab.dataset = any(rng, &[DatasetKind::Mnist, DatasetKind::BuiltIn]);
    state.lab.network = match rng.below(3) {
        0 => Net::read("28x28x1:c4x3p1,r,m2,f,d10").unwrap(),
        _ => Net::Preset(any(rng, &Preset::ALL)),
    };
    state.lab.optimiser = any(rng, &Optimiser::ALL);
    state.lab.loss = any(rng, &Head::LOSSES);
    state.lab.course = any(rng, &Course::ALL);
    state.lab.falling = Falling {
        factor: any(rng, &[None, Some(0.5), Some(1.0), Some(0.001)]),
        stairs: any(rng, &[None, Some(1), Some(100)]),
        patience: any(rng, &[None, Some(0), Some(12)]),
        threshold: any(rng, &[None, Some(0.0), Some(0.015)]),
        lowest: any(rng, &[None, Some(0.0), Some(1e-6)]),
    };
    state.lab.validate_every = any(rng, &[None, Some(1), Some(250)]);
    state.lab.warm_up = rng.below(101);
    state.lab.tuning = Tuning {
        settings: [(); 5].map(|()| any(rng, &[None, Some(0.0), Some(0.5), Some(1e-7), Some(0.999_9), Some(2.0)])),
        weight_decay: any(rng, &[None, Some(0.0), Some(5e-5), Some(0.1)]),
        max_norm: any(rng, &[None, Some(1.0), Some(0.125)]),
    };
    state.lab.learning_rate = any(rng, &[0.002, 0.1, 1e-6, 3e-5, 0.333_333_34, 1.0, 123.456]) * rng.range(0.5, 1.0);
    state.lab.batch = 1 + rng.below(1024);
    state.lab.epochs = 1 + rng.below(1000);
    state.lab.seed = any(rng, &[None, Some(0), Some(7), Some(u32::MAX)]);
    state.lab.n_training = any(rng, &[None, Some(1), Some(6000), Some(1_000_000)]);
    state.lab.n_validation = rng.below(100_001);
    state.workers = any(rng, &[None, Some(1), Some(8)]);
    match state.route {
        Route::Draw => state.raw_drawing = rng.below(2) == 0,
        Route::Chapter(i) => {
            state.chapters[i] = settings(chapters::ALL[i], rng);
            state.digit = rng.below(10_000);
            state.exercise_seed = rng.below(1_000_000);
        }
        Route::Lab => {
            state.direction = any(rng, &Direction::ALL);
            state.race = RaceSettings {
                rules: [None, Some(vec![]), Some(Optimiser::ALL.to_vec()), Some(vec![Optimiser::ALL[1]])]
                    [rng.below(4) as usize]
                    .clone(),
                n_steps: 1 + rng.below(10_000),
                rate: any(rng, &[None, Some(0.5), Some(1e-6)]),
            };
            let outputs = state.lab.network.spec().outputs().unwrap();
            let output = &outputs[rng.below(outputs.len() as u32) as usize];
            state.look = match rng.below(3) {
                0 => Look::Network,
                1 => Look::Layer(output.name.clone()),
                _ => Look::Cell(output.name.clone(), rng.below(output.shape.iter().product::<usize>() as u32) as usize),
            };
        }
        Route::Course => {
            let open = [
                OpenLesson::None,
                OpenLesson::File("lessons/first steps-1.toml".into()),
                OpenLesson::Draft("1764470000000-000042".into()),
            ];
            state.lesson = any(rng, &open);
        }
        Route::Contents | Route::Work => {}
    }
    state
}

#[test]
fn every_reachable_state_survives_the_way_into_a_link_and_back() {
    let mut rng = Rng::new(1);
    for _ in 0..3000 {
        let state = reachable(&mut rng);
        let address = to_address(&state);
        assert_eq!(from_address(&address), (state, vec![]), "{address}");
        assert!(address.is_ascii() && !address.contains([' ', '#', '"', '<', '>']), "{address}");
    }
}

#[test]
fn no_chapter_calls_a_setting_as_the_page_calls_one() {
    for chapter in chapters::ALL {
        for param in chapter.params {
            assert!(ROWS.iter().all(|row| row.key != param.key), "{} in {}", param.key, chapter.key);
        }
    }
}

#[test]
fn a_fragment_mark_before_the_address_changes_nothing() {
    let mut rng = Rng::new(2);
    for _ in 0..200 {
        let address = to_address(&reachable(&mut rng));
        assert_eq!(from_address(&format!("#{address}")), from_address(&address));
    }
}

#[test]
fn an_address_damaged_anywhere_opens_the_page_with_at_most_a_few_short_sentences() {
    let mut rng = Rng::new(3);
    let fragments = [
        "",
        "%",
        "%zz",
        "%00",
        "%f0%9f%98%80",
        "é",
        "−",
        "\u{202e}",
        "\u{0}",
        "&",
        "=",
        "?",
        "/",
        "#",
        ";",
        ",",
        "1e99",
        "-",
        "NaN",
    ];
    for _ in 0..20_000 {
        let mut text: Vec<char> = to_address(&reachable(&mut rng)).chars().collect();
        for _ in 0..1 + rng.below(4) {
            let at = rng.below(text.len() as u32 + 1) as usize;
            let end = (at + rng.below(5) as usize).min(text.len());
            text.splice(at..end, any(&mut rng, &fragments).chars());
        }
        let address: String = text.into_iter().collect();
        let (state, messages) = from_address(&address);
        assert!(messages.len() <= 5, "{address:?} gave {messages:?}");
        for message in &messages {
            let has_control = message.chars().any(|c| c.is_control());
            assert!((10..400).contains(&message.chars().count()) && !has_control, "{address:?} gave {message:?}");
        }
        // What was understood can be linked to again.
        let again = to_address(&state);
        assert_eq!(to_address(&from_address(&again).0), again, "{address:?}");
        assert_eq!(from_address(&again).1, [""; 0], "{address:?}");
    }
}

#[test]
fn no_row_takes_nonsense_and_each_says_what_it_wants() {
    let nonsense = [
        "NaN",
        "nan",
        "inf",
        "-inf",
        "-1e9",
        "1e99",
        "99999999999999999999",
        "−−1",
        "<b>",
        "\u{0}",
        "💥",
        "1;2,3",
        ";",
        "0x10",
        "1_000",
    ];
    for row in ROWS {
        for text in nonsense {
            let mut state = AppState::default();
            let Err(reason) = (row.read)(&mut state, text) else {
                panic!("{} took {text:?} and is {:?}", row.key, (row.print)(&state))
            };
            assert!(reason.ends_with('.') && reason.len() > 15, "{}: {reason:?}", row.key);
            assert_eq!(state, AppState::default(), "{} changed something at {text:?}", row.key);
        }
    }
}

#[test]
fn a_rule_takes_of_what_was_chosen_what_it_has_wherever_the_link_says_so() {
    for link in
        ["/lab?opt=nadam&beta1=0.5&mom=0.3&decay=0.1&clip=2", "/lab?clip=2&beta1=0.5&decay=0.1&mom=0.3&opt=nadam"]
    {
        let lab = opened(link).lab;
        let betas = Betas { beta1: 0.5, ..Betas::USUAL };
        let want = Optimiser { rule: Rule::Nadam(betas), weight_decay: 0.1, max_norm: Some(2.0) };
        assert_eq!(lab.config(1).optimiser, want, "{link}");
    }
    assert_eq!(opened("/lab?opt=adamw").lab.tuned().weight_decay, 0.01);
    for refused in ["eps=-1", "clip=0", "beta1=x", "decay=1e9"] {
        assert_eq!(from_address(&format!("/lab?{refused}")).1.len(), 1, "{refused}");
    }
}

#[test]
fn a_setting_outside_sense_is_taken_with_a_warning() {
    let warned = |link: &str, key: &str| warning(&opened(link).lab, key);
    for (link, key, says) in [
        ("/lab?opt=momentum&mom=1", "mom", "run away"),
        ("/lab?beta2=1", "beta2", "forgotten"),
        ("/lab?eps=0", "eps", "0 / 0"),
        ("/lab?eps=1", "eps", "plain SGD"),
        ("/lab?decay=10", "decay", "1 %"),
        ("/lab?lr=1", "lr", "0.05"),
        ("/lab?opt=adadelta", "lr", "Adadelta"),
    ] {
        assert!(warned(link, key).is_some_and(|text| text.contains(says)), "{link}");
    }
    for key in ["mom", "beta1", "beta2", "rho", "eps", "decay", "clip", "lr"] {
        assert_eq!(warned("/lab?mom=3", key), None, "{key}: Adam as it is usually set, which has no momentum");
    }
}

#[test]
fn rows_have_names_of_their_own_and_read_what_they_print() {
    let mut keys: Vec<&str> = ROWS.iter().map(|row| row.key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), ROWS.len());
    let mut rng = Rng::new(4);
    for _ in 0..300 {
        let state = reachable(&mut rng);
        for row in ROWS {
            let text = (row.print)(&state);
            let mut read = AppState::default();
            if text != (row.print)(&read) {
                assert_eq!((row.read)(&mut read, &text), Ok(()), "{}", row.key);
                assert_eq!((row.print)(&read), text, "{}", row.key);
            }
        }
    }
}

/// The state that a link is read as.
fn opened(link: &str) -> AppState {
    let (state, messages) = from_address(link);
    assert_eq!(messages, [""; 0], "{link}");
    state
}

#[test]
fn a_link_that_people_and_programs_have_handled_is_read_as_it_was_meant() {
    let meant = "/lab?net=slides&lr=0.001";
    for handled in [
        // Written by a web page.
        "/lab?net=slides&amp;lr=0.001",
        "/lab?net=slides&amp;amp;lr=0.001",
        "/lab?net=slides&AMP;lr=0.001",
        "/lab?net=slides&#38;lr=0.001",
        "/lab?net=slides&amp%3Blr=0.001",
        "/lab?net=slides&lr=0.001&quot;",
        "/lab?net=slides&lr=0.001&gt;",
        // Escaped, in part or as a whole, once or more often.
        "/lab%3Fnet%3Dslides%26lr%3D0.001",
        "%2Flab%3Fnet%3Dslides%26lr%3D0.001",
        "%23/lab%3Fnet%3Dslides%26lr%3D0.001",
        "/lab%253Fnet%253Dslides%2526lr%253D0.001",
        "/lab%3Fnet=slides&lr=0.001",
        "/lab?net%3Dslides%26lr%3D0.001",
        "/lab?net=slides%26lr%3D0.001",
        "/lab?net=slides%26lr=0.001",
        "/lab?net%3Dslides&lr=0.001",
        "/lab?n%65t=slides&lr=0%2E001",
        "/lab?net=%2573lides&lr=0.001",
        "/l%61b?net=slides&lr=0.001",
        // The end of a sentence, and what stands around a link in a text.
        "/lab?net=slides&lr=0.001.",
        "/lab?net=slides&lr=0.001,",
        "/lab?net=slides&lr=0.001)",
        "/lab?net=slides&lr=0.001).",
        "/lab?net=slides&lr=0.001]",
        "/lab?net=slides&lr=0.001>",
        "/lab?net=slides&lr=0.001\"",
        "/lab?net=slides&lr=0.001%22",
        "/lab?net=slides&lr=0.001%29.",
        "/lab?net=slides&lr=0.001”.",
        "/lab?net=slides&lr=0.001%E2%80%9D",
        "/lab?net=slides&lr=0.001**",
        "/lab?net=slides&lr=0.001?",
        "/lab?net=slides&lr=0.001;",
        "/lab?net=slides.&lr=0.001",
        "</lab?net=slides&lr=0.001>",
        // Capitals.
        "/LAB?NET=SLIDES&LR=0.001",
        "/Lab?Net=Slides&Lr=0.001",
        // Blanks, seen and unseen.
        " /lab?net=slides&lr=0.001 ",
        "/lab?net= slides & lr = 0.001",
        "/lab?net=+slides+&lr=+0.001",
        "/lab?net=slides&lr=0.001%20",
        "/lab?net=slides&lr=0.001%0A",
        "/lab?net=sli\ndes&lr=0.0\n01",
        "/lab?net=slides&lr=0.001\u{200b}",
        "/lab?net=sli\u{ad}des&lr=0.001",
        "/lab?net=slides&\nlr=0.001",
        // Marks that are missing or too many.
        "lab?net=slides&lr=0.001",
        "/lab/?net=slides&lr=0.001",
        "//lab?net=slides&lr=0.001",
        "##/lab?net=slides&lr=0.001",
        "!/lab?net=slides&lr=0.001",
        "/lab&net=slides&lr=0.001",
        "/lab?&net=slides&&lr=0.001&",
        // Mail that writes `=` as `=3D`.
        "/lab?net=3Dslides&lr=3D0.001",
    ] {
        assert_eq!(to_address(&opened(handled)), meant, "{handled:?}");
        assert_eq!(to_address(&opened(&format!("#{handled}"))), meant, "#{handled:?}");
    }
}

#[test]
fn names_of_chapters_and_their_settings_are_read_in_any_form() {
    for (handled, meant) in [
        ("/Lesson/Kernel-Size.", "/lesson/kernel-size"),
        ("/lesson/kernel\u{2011}size", "/lesson/kernel-size"),
        ("/lesson/kernel–size", "/lesson/kernel-size"),
        ("/lesson/kernel%2Dsize", "/lesson/kernel-size"),
        ("lesson/padding/", "/lesson/padding"),
        ("/lesson%2Fpadding%3Fpad%3D2", "/lesson/padding?pad=2"),
        ("/lesson/convolution?On=Digit&amp;AT=7)", "/lesson/convolution?on=digit&at=7"),
        ("/lesson/convolution?weights=1,–2;3,−4", "/lesson/convolution?weights=1,-2;3,-4"),
        ("/lesson/convolution?weights=1,2;3,4.", "/lesson/convolution?weights=1,2;3,4"),
        ("/lab?net=28X28X1:C4X3P1,R,F,D10", "/lab?net=28x28x1:c4x3p1,r,f,d10"),
        ("/lab?net=28x28x1%253Ac4x3p1%252Cr%252Cf%252Cd10", "/lab?net=28x28x1:c4x3p1,r,f,d10"),
        ("/lab?batch=16.", "/lab?batch=16"),
        ("/lab?data=Digits&batch=16\u{a0}", "/lab?data=digits&batch=16"),
    ] {
        assert_eq!(to_address(&opened(handled)), to_address(&opened(meant)), "{handled:?}");
    }
    assert_eq!(to_address(&opened("/lesson/padding?pad=2")), "/lesson/padding?pad=2");
}

#[test]
fn a_link_changes_nothing_that_it_cannot_carry() {
    let mut rng = Rng::new(5);
    for _ in 0..500 {
        let mut state = reachable(&mut rng);
        state.lab.dataset = DatasetKind::Own;
        let other = chapters::ALL.iter().position(|chapter| chapter.key == "stride").expect("a chapter");
        state.chapters[other].set("stride", Value::Count(3));
        let linked = reachable(&mut rng);
        let mut link = to_address(&linked);
        if linked.lab.dataset == DatasetKind::Mnist && rng.below(2) == 0 {
            link = format!("{link}{}data=mnist", if link.contains('?') { '&' } else { '?' });
        }
        let mut read = state.clone();
        assert_eq!(read.open(&link), [""; 0], "{link}");
        let mut wanted = linked.clone();
        if !link.contains("data=") {
            wanted.lab.dataset = DatasetKind::Own;
        }
        // The settings of another chapter, and what belongs to other places.
        for i in (0..chapters::ALL.len()).filter(|i| linked.route != Route::Chapter(*i)) {
            wanted.chapters[i] = state.chapters[i].clone();
        }
        if linked.route != Route::Draw {
            wanted.raw_drawing = state.raw_drawing;
        }
        if linked.route != Route::Course {
            wanted.lesson = state.lesson.clone();
        }
        if linked.route != Route::Lab {
            wanted.race = state.race.clone();
            wanted.direction = state.direction;
            // A part of the network that is not there any more is not looked at.
            let fits = state.look.fits(&linked.lab.network.spec());
            wanted.look = if fits { state.look.clone() } else { Look::Network };
        }
        if !matches!(linked.route, Route::Chapter(_)) {
            (wanted.digit, wanted.exercise_seed) = (state.digit, state.exercise_seed);
        }
        assert_eq!(read, wanted, "{link}");
    }
}
