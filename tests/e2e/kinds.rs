//! Kinds of networks that are more than a list of convolutions learn MNIST: on the CPU with one worker and with two, to
//! the same bits, and on the GPU along the same curve.

use crate::Test;
use crate::need::Need;
use crate::workers::{WATCH, emitted, outcome};
use receptive_e2e::page::Page;
use receptive_train::protocol::{Event, RunEvent, StepRecord};

pub(crate) const TESTS: &[Test] = &[
    ("a residual network learns MNIST on every engine", Need::MnistAndAdapter, residual),
    ("an inception network learns MNIST on every engine", Need::MnistAndAdapter, inception),
    ("a network with batch normalisation learns MNIST on every engine", Need::MnistAndAdapter, batch_norm),
    ("a network with dropout learns MNIST on every engine", Need::MnistAndAdapter, dropout),
];

/// Steps of a run.
const N_STEPS: usize = 60;

/// The distance that two engines' losses may have: rounding that grows from step to step, relative to the loss.
const CLOSE: f32 = 0.02;

fn link(network: &str) -> String {
    format!("/lab?data=mnist&net=28x28x1:{network}&ntrain={}&nval=200&seed=5", N_STEPS * 32)
}

fn train(page: &Page) {
    page.wait_until_ready();
    page.browser.click("#train");
}

/// The losses that remain when every step back is heeded.
fn curve(events: &[Event]) -> Vec<f32> {
    let mut curve: Vec<f32> = Vec::new();
    for event in events {
        match event {
            Event::Run { event: RunEvent::Steps(steps), .. } => curve.extend(steps.iter().map(|step| step.loss)),
            Event::Run { event: RunEvent::Rewound, step, .. } => curve.truncate(*step as usize),
            _ => {}
        }
    }
    curve
}

fn learns(network: &str) {
    let on_cpu = |n_workers: u32| {
        let page = Page::open_with(&format!("{}&engine=cpu&workers={n_workers}", link(network)), WATCH, "");
        train(&page);
        let outcome = outcome(&page);
        page.check_silence();
        outcome
    };
    let (want, measured) = on_cpu(1);
    assert_eq!(want.len(), N_STEPS);
    assert!(on_cpu(2) == (want.clone(), measured), "one worker and two differ in some bit");

    let page = Page::open_with_gpu(&format!("{}&engine=gpu", link(network)), WATCH, "");
    train(&page);
    // How it reads the test images would take a software adapter longer than to learn.
    page.wait("its steps", 300, |page| page.number("#iteration") == N_STEPS as f64);
    assert!(page.text("#engine-used").starts_with("GPU ("), "{}", page.text("#engine-used"));
    let got = curve(&emitted(&page));
    page.check_silence();
    assert_eq!(got.len(), N_STEPS);
    for (got, want) in got.iter().zip(&want) {
        let is_close = (got - want.loss).abs() <= CLOSE * want.loss.max(0.1);
        assert!(is_close, "step {}: {got} on the GPU, {} on the CPU", want.iteration, want.loss);
    }
    let mean = |steps: &[StepRecord]| steps.iter().map(|step| step.loss).sum::<f32>() / steps.len() as f32;
    let (first, last) = (mean(&want[..10]), mean(&want[N_STEPS - 10..]));
    println!("{network}: {first} in the first ten steps, {last} in the last ten");
    assert!(last < 0.8 * first, "{first} became {last}");
}

fn residual() {
    learns("c8x3s2,r,add(c8x3p1,r,c8x3p1;),r,add(c12x3s2p1,r;c12x1s2),f,d10");
}

fn inception() {
    learns("c8x3s2,r,cat(c4x1,r;c4x1,c6x3p1,r;m3s1p1,c4x1),m2,f,d10");
}

fn batch_norm() {
    learns("c8x3s2,n,r,c12x3s2,n,r,f,d10");
}

fn dropout() {
    learns("c8x3s2,r,m2,f,o0.25,d32,r,o,d10");
}
