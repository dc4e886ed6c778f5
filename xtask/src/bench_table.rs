//! The table of what was measured, and its place in the README.

use crate::shell::Result;
use std::collections::BTreeMap;

const BEGIN: &str = "<!-- `cargo xtask bench --write` writes from here … -->\n";
const END: &str = "<!-- … to here -->\n";

/// The networks that are trained, by the names under which they were measured.
const NETWORKS: [(&str, &str); 3] = [("small", "small network"), ("slides", "slides network"), ("lenet5", "LeNet-5")];
/// The chapters that were watched while they follow a network that trains, by the names under which they were measured.
const LIVE: [(&str, &str); 3] = [("flatten", "Flatten"), ("volumes", "Volumes"), ("building", "Building a CNN")];
/// A frame, in milliseconds.
const FRAME: f64 = 1000.0 / 60.0;
/// The ceiling moves by less than this on a quiet machine.
const QUIET: f64 = 0.1;
/// Percent of the test images that have to be right, as the measurements' names say.
const GOALS: [u32; 2] = [98, 99];

/// The measurements: the values of each figure, in the order in which they were found.
#[derive(Default)]
pub(crate) struct Found(BTreeMap<String, Vec<String>>);

impl Found {
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.0.entry(name.into()).or_default().push(value.into());
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(|values| values.first()).map_or("unknown", String::as_str)
    }

    fn all(&self, name: &str) -> Vec<f64> {
        self.0.get(name).into_iter().flatten().map(|value| value.parse().unwrap_or(f64::NAN)).collect()
    }

    fn median(&self, name: &str) -> f64 {
        median(self.all(name))
    }

    /// The median of one figure over another, pass by pass.
    fn ratio(&self, name: &str, over: &str) -> f64 {
        median(self.all(name).into_iter().zip(self.all(over)).map(|(a, b)| a / b).collect())
    }
}

/// The middle value; NaN of none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let at = |i: usize| values.get(i).copied().unwrap_or(f64::NAN);
    (at(values.len().saturating_sub(1) / 2) + at(values.len() / 2)) / 2.0
}

/// The least and the greatest value.
fn bounds(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)))
}

/// Everything as Markdown. A figure that was not found is a dash.
pub(crate) fn table(found: &Found, n_workers: usize) -> String {
    let ceilings = found.all("ceiling");
    let (low, high) = bounds(&ceilings);
    let mut rows = vec![row(
        "ceiling: one core multiplies and adds in its registers, in 128-bit lanes",
        &or_dash(found.median("ceiling"), |x| format!("{x:.1} GFLOP/s")),
        "1",
        "",
    )];
    let numbers = if n_workers > 1 { vec![1, n_workers] } else { vec![1] };
    for (mode, what) in [("train", "training"), ("infer", "reading batches of 256 that the page hands over")] {
        for (key, name) in NETWORKS {
            let alone = format!("{key} {mode} 1");
            for &n in &numbers {
                let figure = format!("{key} {mode} {n}");
                let over_one = or_dash(found.ratio(&figure, &alone), |x| format!("{x:.2}"));
                rows.push(speed_row(found, &format!("{name}, {what}"), &figure, n, &over_one));
            }
        }
    }
    rows.extend(GOALS.map(|percent| goal_row(found, percent)));
    rows.extend([
        row(
            "the first page’s network reads 95 % of 1,000 test images, from the click on its button",
            &or_dash(found.median("teach seconds"), |x| {
                format!("{x:.1} s, at most {:.1} s", bounds(&found.all("teach seconds")).1)
            }),
            "",
            "",
        ),
        row("first view, compressed", &or_dash(found.median("first view"), |x| format!("{:.0} kB", x / 1e3)), "", ""),
        row(
            "the Lab’s button to train can be pressed, after opening the page",
            &or_dash(found.median("ready millis"), |x| format!("{:.2} s", x / 1e3)),
            "",
            "",
        ),
        row(
            "memory of the tab while the slides network trains",
            &or_dash(bounds(&found.all("memory")).1, |x| format!("{:.0} MB", x / 1e6)),
            "",
            "",
        ),
        row("tasks of the main thread over 50 ms meanwhile", &tasks(&found.all("long task")), "", ""),
    ]);
    rows.extend(NETWORKS.iter().filter(|(key, _)| *key != "lenet5").map(|(key, name)| {
        let share = found.ratio(&format!("{key} view"), &format!("{key} view hidden"));
        let share = or_dash(share, |x| format!("{:.1} %", 100.0 * x));
        row(
            &format!("{name} shown as a whole while 1 worker trains it: of its speed when it is hidden"),
            &share,
            "",
            "",
        )
    }));
    rows.extend([
        row(
            "a cell of the slides network is pointed at: until what it is made of is shown",
            &times(&found.all("point millis")),
            "",
            "",
        ),
        row(
            "the slides network slides to a layer and back: between two frames",
            &times(&found.all("zoom frame")),
            "",
            "",
        ),
    ]);
    rows.extend(LIVE.iter().map(|(key, name)| live_row(found, key, name)));
    rows.extend(numbers.iter().map(|n| {
        let seconds = or_dash(found.median(&format!("surface 512 {n}")), |x| format!("{x:.1} s"));
        row(
            &format!("the loss around the small network, 33 × 33 points over 512 images, {}", workers(*n)),
            &seconds,
            "",
            "",
        )
    }));
    rows.extend([
        row(
            "the slides network while 1 worker trains it and the browser keeps it: of its speed when nothing is kept",
            &or_dash(found.ratio("slides kept", "slides not kept"), |x| format!("{:.1} %", 100.0 * x)),
            "",
            "",
        ),
        row(
            "its run is in the Lab again after a reload, from the click",
            &or_dash(found.median("restore millis"), |x| format!("{:.2} s", x / 1e3)),
            "",
            "",
        ),
        row(
            "20 figures of four chapters on somebody’s page, all of them loaded: memory of page and figures",
            &or_dash(found.median("figures memory"), |x| format!("{:.0} MB", x / 1e6)),
            "",
            "",
        ),
        row("that page scrolls: between two frames", &times(&found.all("figures frame")), "", ""),
        row(
            "none of its figures is in sight: of a processor’s time",
            &or_dash(found.median("figures at rest"), |x| format!("{:.1} %", 100.0 * x)),
            "",
            "",
        ),
    ]);
    let spread = or_dash(low, |_| format!("The ceiling was {low:.1} to {high:.1} GFLOP/s"));
    let noise = if low >= (1.0 - QUIET) * high {
        "the machine was quiet"
    } else {
        "the machine was busy with other things too, so read speeds as lower bounds"
    };
    format!(
        "`cargo xtask bench`, {date}: {processor}, {cores} cores, {browser}, no GPU. Medians of interleaved passes, each \
         speed beside a ceiling measured just before it. {spread}: {noise}.\n\n\
         | what | figure | of the ceiling | over 1 worker |\n| --- | ---: | ---: | ---: |\n{rows}",
        date = found.text("date"),
        processor = found.text("processor"),
        cores = found.text("cores"),
        browser = found.text("browser"),
        rows = rows.concat()
    )
}

/// The time to so many percent of the test images.
fn goal_row(found: &Found, percent: u32) -> String {
    let figure = |name: &str| format!("learn{percent} {name}");
    let (worst, _) = bounds(&found.all(&figure("accuracy")));
    let is_reached = 100.0 * worst >= f64::from(percent);
    let goal = if is_reached { format!("{percent} %") } else { or_dash(worst, |x| format!("only {:.2} %", 100.0 * x)) };
    let learnt = or_dash(found.median(&figure("images")), grouped);
    row(
        &format!(
            "the recipe of the Lab, from the start to {goal} of MNIST’s 10,000 test images, measuring them included \
             ({learnt} training images)"
        ),
        &or_dash(found.median(&figure("seconds")), |x| format!("{x:.1} s")),
        "",
        "",
    )
}

/// The costs of a chapter that follows a network: of the page, and of the trainer.
fn live_row(found: &Found, key: &str, name: &str) -> String {
    let millis = found.all(&format!("{key} task"));
    let over: Vec<_> = millis.iter().copied().filter(|millis| *millis > FRAME).collect();
    let bytes = or_dash(found.median(&format!("{key} bytes")), |x| format!("{:.0} kB", x / 1e3));
    let share = found.ratio(&format!("{key} speed"), &format!("{key} speed at rest"));
    let share = or_dash(share, |x| format!("{:.1} %", 100.0 * x));
    let figure = format!("{}; at most {bytes} for each update; {share} of the trainer’s speed", tasks(&over));
    row(
        &format!(
            "{name}, live, while one worker trains the slides network: tasks of the main thread over a frame in 5 s"
        ),
        &figure,
        "",
        "",
    )
}

/// A speed by its name in what was found, measured with so many workers.
fn speed_row(found: &Found, what: &str, figure: &str, n_workers: usize, over_one: &str) -> String {
    let n_used = found.median(&format!("{figure} workers"));
    let fewer = if n_used < n_workers as f64 { format!(", of which {n_used:.0} worked") } else { String::new() };
    let of = if n_workers == 1 { String::new() } else { format!(" of {n_workers} cores’") };
    let speed = or_dash(found.median(figure), |x| format!("{} images/s", grouped(x)));
    let share = or_dash(found.median(&format!("{figure} of ceiling")), |x| format!("{:.0} %{of}", 100.0 * x));
    row(&format!("{what}, {}{fewer}", workers(n_workers)), &speed, &share, over_one)
}

/// A number of workers in words.
fn workers(n: usize) -> String {
    if n == 1 { "1 worker".into() } else { format!("{n} workers") }
}

fn row(what: &str, figure: &str, of_ceiling: &str, over_one: &str) -> String {
    format!("| {what} | {figure} | {of_ceiling} | {over_one} |\n")
}

/// A number as text; a dash where there is none.
fn or_dash(value: f64, write: impl Fn(f64) -> String) -> String {
    if value.is_finite() { write(value) } else { "–".into() }
}

/// The median and the longest of some times.
fn times(millis: &[f64]) -> String {
    or_dash(median(millis.to_vec()), |x| format!("{x:.0} ms, at most {:.0} ms", bounds(millis).1))
}

fn tasks(millis: &[f64]) -> String {
    match millis {
        [] => "none".into(),
        _ => format!("{}, the longest {:.0} ms", millis.len(), bounds(millis).1),
    }
}

/// A whole number with its thousands set apart.
fn grouped(x: f64) -> String {
    let digits = format!("{x:.0}");
    let (head, tail) = digits.split_at(digits.len().saturating_sub(3));
    if head.is_empty() { tail.into() } else { format!("{head},{tail}") }
}

/// A text with what stands between the markers replaced.
pub(crate) fn between_markers(old: &str, new: &str) -> Result<String> {
    let parts = old.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.ok_or("README.md has lost the markers between which measurements are written")?;
    Ok(format!("{before}{BEGIN}\n{new}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Found {
        let mut found = Found::default();
        for (name, value) in [
            ("date", "2020-01-02"),
            ("processor", "A processor"),
            ("cores", "4"),
            ("browser", "Chromium 1"),
            ("ceiling", "40"),
            ("ceiling", "41"),
            ("ceiling", "43"),
            ("small train 1", "5000"),
            ("small train 1", "1000"),
            ("small train 1", "6000"),
            ("small train 2", "9000"),
            ("small train 2", "1500"),
            ("small train 2", "9600"),
            ("small train 1 of ceiling", "0.5"),
            ("small train 2 workers", "2"),
            ("lenet5 infer 1", "20000"),
            ("lenet5 infer 2", "30000"),
            ("slides train 2", "800"),
            ("slides train 2 workers", "1"),
            ("learn98 accuracy", "0.985"),
            ("learn98 accuracy", "0.9799"),
            ("learn98 seconds", "4.25"),
            ("learn98 images", "11968"),
            ("first view", "371234"),
            ("memory", "90000000"),
            ("memory", "123400000"),
            ("long task", "51"),
            ("long task", "80.4"),
            ("surface 512 2", "2.34"),
            ("slides kept", "99"),
            ("slides not kept", "100"),
            ("restore millis", "420"),
            ("point millis", "3"),
            ("point millis", "14"),
            ("point millis", "4"),
            ("figures memory", "200000000"),
            ("figures at rest", "0.002"),
        ] {
            found.add(name, value);
        }
        found
    }

    #[test]
    fn a_table_tells_medians_ratios_and_what_is_missing() {
        let text = table(&found(), 2);
        for line in [
            "`cargo xtask bench`, 2020-01-02: A processor, 4 cores, Chromium 1, no GPU. Medians",
            "The ceiling was 40.0 to 43.0 GFLOP/s: the machine was quiet.",
            "lanes | 41.0 GFLOP/s | 1 |  |\n",
            "| small network, training, 1 worker | 5,000 images/s | 50 % | 1.00 |\n",
            // The median of 1.8, 1.5 and 1.6.
            "| small network, training, 2 workers | 9,000 images/s | – | 1.60 |\n",
            "| LeNet-5, reading batches of 256 that the page hands over, 2 workers | 30,000 images/s | – | 1.50 |\n",
            "| slides network, training, 2 workers, of which 1 worked | 800 images/s | – | – |\n",
            "to only 97.99 % of MNIST’s 10,000 test images, measuring them included (11,968 training images) | 4.2 s |  |  |\n",
            "| first view, compressed | 371 kB |  |  |\n",
            "| memory of the tab while the slides network trains | 123 MB |  |  |\n",
            "| tasks of the main thread over 50 ms meanwhile | 2, the longest 80 ms |  |  |\n",
            "over 512 images, 2 workers | 2.3 s |  |  |\n",
            "when nothing is kept | 99.0 % |  |  |\n",
            "from the click | 0.42 s |  |  |\n",
            "until what it is made of is shown | 4 ms, at most 14 ms |  |  |\n",
            "to a layer and back: between two frames | – |  |  |\n",
            "memory of page and figures | 200 MB |  |  |\n",
            "of a processor’s time | 0.2 % |  |  |\n",
        ] {
            assert!(text.contains(line), "no {line} in\n{text}");
        }
        let n_bars = |line: &str| line.matches('|').count();
        assert!(text.lines().filter(|line| line.starts_with('|')).all(|line| n_bars(line) == 5), "{text}");
    }

    #[test]
    fn noise_and_nothing_at_all_are_told() {
        let mut noisy = found();
        noisy.add("ceiling", "30");
        assert!(table(&noisy, 2).contains("busy"));
        let nothing = table(&Found::default(), 1);
        assert!(nothing.contains("trains | – |") && !nothing.contains("NaN") && !nothing.contains("inf"), "{nothing}");
    }

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let old = format!("before\n{BEGIN}old\n{END}after\n");
        let new = between_markers(&old, "new\n").unwrap();
        assert_eq!(new, format!("before\n{BEGIN}\nnew\n\n{END}after\n"));
        assert_eq!(between_markers(&new, "new\n").unwrap(), new);
        for broken in ["", "before after", &format!("{END}{BEGIN}")] {
            assert!(between_markers(broken, "new").is_err());
        }
    }

    #[test]
    fn the_readme_has_the_markers() {
        let readme = std::fs::read_to_string(crate::shell::root().join("README.md")).unwrap();
        assert!(between_markers(&readme, "").is_ok());
    }
}
