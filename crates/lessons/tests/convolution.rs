//! The steps of the chapter on convolution, taken as a learner takes them.

use receptive_lessons::scene::Item;
use receptive_lessons::settings::Settings;
use receptive_lessons::world::World;
use receptive_lessons::{Chapter, Watch};

fn chapter() -> &'static Chapter {
    Chapter::find("convolution").unwrap()
}

/// Returns the text of a step after these settings were looked at, each at these moments.
fn found(step: &str, looks: &[(Settings, &[usize])]) -> Option<String> {
    let mut watch = Watch::default();
    for (settings, moments) in looks {
        let Ok(trace) = (chapter().trace)(settings, &World::default()) else { panic!("{settings:?}") };
        moments.iter().for_each(|&moment| watch.saw(settings, moment, &trace.scene(moment), None));
    }
    let step = chapter().steps.iter().find(|other| other.key == step).unwrap();
    (step.notice)(&watch)
}

#[test]
fn three_windows_are_three_whichever_way_is_stepped() {
    let start = chapter().settings();
    assert_eq!(found("weights", &[(start.clone(), &[0, 1])]), None);
    assert!(found("weights", &[(start.clone(), &[0, 1, 2])]).is_some_and(|text| text.contains("9 weights")));
    let by_product = start.with("by", "term");
    assert_eq!(found("weights", &[(by_product.clone(), &[0, 1, 2, 3])]), None, "products of one window");
    assert!(found("weights", &[(by_product, &[0, 10, 20])]).is_some());
}

/// By hand: 2 1 −1, −1 1 3, 2 1 1 as the kernel is, 0 3 1, 1 −1 1, 0 3 1 when it is turned: one of nine agrees.
#[test]
fn a_turned_kernel_changes_outputs_unless_it_is_its_own_mirror() {
    let start = chapter().settings();
    let turned = found("turn", &[(start.clone(), &[0]), (start.clone().with("flip", "turn"), &[0])]).unwrap();
    assert!(turned.starts_with("8 of 9 outputs changed"), "{turned}");
    let turning = [(start.clone(), &[0][..]), (start.clone().with("flip", "turn"), &[0])];
    assert_eq!(found("change", &turning), None, "no weight was changed");
    assert_eq!(found("turn", &[(start.clone().with("flip", "turn"), &[0])]), None, "nothing to compare with");
    let other = start.clone().with("flip", "turn").with("pad", "1");
    assert_eq!(found("turn", &[(start.clone(), &[0]), (other, &[0])]), None, "more than the kernel was changed");
    let box_blur = start.with("kernel", "box");
    let alike = found("turn", &[(box_blur.clone(), &[0]), (box_blur.with("flip", "turn"), &[0])]).unwrap();
    assert!(alike.contains("the same as before"), "{alike}");
}

/// The example's picture under one other weight: the middle one, which lies on a 0 in five of nine windows.
#[test]
fn a_change_counts_the_outputs_that_it_reached() {
    let start = chapter().settings();
    let other = |kernel: &str| start.clone().with("kernel", "own").with("weights", kernel);
    let [before, middle] = ["1,1,1;1,1,1;1,1,1", "1,1,1;1,7,1;1,1,1"].map(other);
    let text = found("change", &[(before.clone(), &[0]), (middle, &[0])]).unwrap();
    assert!(text.starts_with("4 of 9 outputs.") && text.contains("adds nothing"), "{text}");
    let all = found("change", &[(before, &[0]), (other("9,8,7;9,8,7;9,8,7"), &[0])]).unwrap();
    assert!(all.starts_with("All 9 outputs") && !all.contains("adds nothing"), "{all}");
}

#[test]
fn what_a_kernel_is_for_is_said_of_it_as_it_stands() {
    let texts = |pairs: &[(&str, &str)]| {
        let settings = pairs.iter().fold(chapter().settings(), |settings, (key, value)| settings.with(key, value));
        let Ok(trace) = (chapter().trace)(&settings, &World::default()) else { panic!("{pairs:?}") };
        let board = trace.scene(0).board;
        let texts = board.into_iter().flatten().filter_map(|item| match item {
            Item::Text(text) => Some(text),
            _ => None,
        });
        texts.collect::<Vec<_>>().join(" ")
    };
    let purpose = texts(&[("kernel", "vertical")]);
    assert!(!purpose.is_empty());
    assert!(!texts(&[("kernel", "vertical"), ("flip", "turn")]).contains(&purpose));
    // A kernel that is its own mirror is for the same either way.
    assert!(texts(&[("kernel", "box"), ("flip", "turn")]).contains(&texts(&[("kernel", "box")])));
}
