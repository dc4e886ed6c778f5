//! Once an engine is made, neither running nor training it touches the allocator.
#![expect(unsafe_code, reason = "the allocator's own trait is unsafe; every call is passed on as it came")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use receptive_core::ops::{Activation, Border, PadParams};
use receptive_core::{ConvParams, PoolParams};
use receptive_nn::{CpuEngine, Layer, Optimiser, OptimiserState, Parameters, Preset, Program, Purpose, Spec, Tally};

/// The system's allocator, counting what each thread asks of it: tests run beside each other.
struct Counting;

thread_local! {
    static N_CALLS: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    N_CALLS.set(N_CALLS.get() + 1);
}

// SAFETY: every call goes on to the system's allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the promises of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count();
        // SAFETY: the caller keeps the promises of `GlobalAlloc::dealloc`.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the promises of `GlobalAlloc::alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the promises of `GlobalAlloc::realloc`.
        unsafe { System.realloc(memory, layout, new_size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Returns the number of allocations, reallocations and deallocations of this thread while `work` ran.
fn n_calls(work: impl FnOnce()) -> usize {
    let before = N_CALLS.get();
    work();
    N_CALLS.get() - before
}

#[test]
fn the_count_sees_memory_come_grow_and_go() {
    let mut values: Vec<u8> = Vec::new();
    assert_eq!(n_calls(|| values = black_box(vec![1])), 1, "comes");
    assert_eq!(n_calls(|| values.reserve_exact(1000)), 1, "grows");
    assert_eq!(n_calls(|| drop(values)), 1, "goes");
    assert_eq!(n_calls(|| drop(black_box(vec![0_u64; 9]))), 2, "comes as zeros, and goes");
}

#[test]
fn no_step_of_any_preset_allocates_not_even_the_first() {
    for preset in Preset::ALL {
        for rule in Optimiser::ALL {
            allocates_nothing(&preset.spec(), rule, &format!("{} with {}", preset.key(), rule.key()));
        }
    }
}

#[test]
fn no_kind_of_layer_allocates() {
    let conv = |kernels, size, params| Layer::Conv2d { kernels, size, params };
    let layers = vec![
        Layer::AvgPool2d(PoolParams::square(2)),
        conv(6, [3, 2], ConvParams { stride: [1, 2], padding: [2, 0], dilation: [2, 1], groups: 3 }),
        Layer::Relu,
        Layer::MaxPool2d(PoolParams { window: [3, 2], stride: [2, 1], padding: [1, 0], ceil: true }),
        Layer::Activation(Activation::LeakyRelu { slope: 0.1 }),
        Layer::Pad2d(PadParams { before: [1, 0], after: [1, 2], border: Border::Replicate }),
        Layer::SumPool2d(PoolParams::square(2)),
        Layer::Flatten,
        Layer::Linear { units: 9 },
        Layer::Relu,
        Layer::Linear { units: 10 },
    ];
    let spec = Spec { input: [3, 11, 15], layers };
    let blocks = Spec::read("11x15x3:c4x3p1,add(c4x3p1,r;),cat(w3p1;a3s1p1),mul(;v,f,d8,g),f,d10").expect("a network");
    for rule in Optimiser::ALL {
        allocates_nothing(&spec, rule, rule.key());
        allocates_nothing(&blocks, rule, rule.key());
    }
}

fn allocates_nothing(spec: &Spec, rule: Optimiser, what: &str) {
    const N: usize = 2;
    let images = vec![0.5; N * spec.input.iter().product::<usize>()];
    let labels = [3, 9];
    let program = Program::compile(spec, N, Purpose::Training(rule)).expect("a network");
    let mut tally = Tally::new(program.n_classes());
    let mut engine = CpuEngine::new(program);
    let mut parameters = Parameters::init(spec, 1).expect("a network");
    let mut state = OptimiserState::new(rule, &parameters);
    let (mut kept_parameters, mut kept_state) = (parameters.clone(), OptimiserState::new(rule, &parameters));

    let mut finite = true;
    let n_trained = n_calls(|| {
        for _ in 0..3 {
            finite &= engine.train_step(&mut parameters, &mut state, &images, &labels, 0.001).loss.is_finite();
        }
    });
    assert!(finite, "{what}: a loss that is no number proves little");
    assert_eq!(n_trained, 0, "{what}: training");
    assert_eq!(n_calls(|| _ = black_box(engine.forward(&parameters, &images))), 0, "{what}: forward");
    let mut inference = CpuEngine::new(Program::compile(spec, N, Purpose::Inference).expect("a network"));
    assert_eq!(n_calls(|| _ = black_box(inference.forward(&parameters, &images))), 0, "{what}: inference");
    let n_evaluated = n_calls(|| {
        engine.evaluate(&parameters, &images, &labels);
        tally.add(engine.probabilities(), &labels, engine.losses());
        finite &= parameters.all_finite();
    });
    assert_eq!(n_evaluated, 0, "{what}: evaluating and counting");
    assert_ne!(kept_parameters, parameters, "{what}: three steps change something");
    let n_kept = n_calls(|| {
        kept_parameters.clone_from(&parameters);
        kept_state.clone_from(&state);
    });
    assert_eq!(n_kept, 0, "{what}: keeping the last good weights");
    assert!(kept_parameters == parameters && kept_state == state && finite, "{what}: and they are the same");
}
