//! A training step with one worker touches the allocator no more than its engine does: not at all.
#![expect(unsafe_code, reason = "the allocator's own trait is unsafe; every call is passed on as it came")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use receptive_data::{digits, idx};
use receptive_nn::{Optimiser, Preset, Schedule};
use receptive_train::Session;
use receptive_train::protocol::{Command, DatasetKind, Event, RunConfig};

/// The system's allocator, counting what each thread asks of it: tests run beside each other.
struct Counting;

thread_local! {
    static N_CALLS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes on to the system's allocator unchanged; counting allocates nothing. The trait's other
// methods come down to these.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        N_CALLS.set(N_CALLS.get() + 1);
        // SAFETY: the caller keeps the promises of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        N_CALLS.set(N_CALLS.get() + 1);
        // SAFETY: the caller keeps the promises of `GlobalAlloc::dealloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often this thread asked for memory or gave some back while `work` ran.
fn n_calls(work: impl FnOnce()) -> usize {
    let before = N_CALLS.get();
    work();
    N_CALLS.get() - before
}

#[test]
fn the_count_sees_memory_come_and_go() {
    assert_eq!(n_calls(|| drop(black_box(vec![1]))), 2);
}

#[test]
fn steps_of_one_worker_allocate_nothing() {
    for (preset, batch) in [(Preset::Small, 20), (Preset::Mlp, 8)] {
        let mut session = Session::new();
        let (images, labels) = idx::write_pair(&digits::generate(3, 0, 240));
        session.handle(Command::OpenFiles { images, labels });
        session.handle(Command::Open(RunConfig {
            dataset: DatasetKind::Own,
            spec: preset.spec(),
            optimiser: Optimiser::ADAM,
            learning_rate: 0.001,
            schedule: Schedule::Linear,
            batch,
            epochs: 2,
            seed: 1,
            n_training: None,
            n_validation: 0,
        }));
        session.handle(Command::Train);
        session.drain();
        assert_eq!(n_calls(|| (0..9).for_each(|i| assert!(session.tick(f64::from(i))))), 0, "{preset:?}");
        let events = session.drain();
        let n_steps: usize =
            events.iter().map(|event| if let Event::Steps(steps) = event { steps.len() } else { 0 }).sum();
        assert_eq!(9, n_steps);
    }
}
