//! Calls to the allocator: a training step of one worker makes none, and a large file takes no more memory than what is
//! kept.
#![expect(unsafe_code, reason = "the allocator's own trait is unsafe; every call is passed on as it came")]
#![expect(clippy::print_stdout, reason = "measured figures are part of the tests' output")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use receptive_data::digits::{self, PIXELS};
use receptive_data::idx::{self, IdxReader, Kind, Read};
use receptive_data::{FileReading, OwnFiles};
use receptive_nn::{Head, Optimiser, Preset, Schedule};
use receptive_tests::gzip;
use receptive_train::Session;
use receptive_train::protocol::{
    Command, DatasetKind, Event, Query, RequestId, RunCommand, RunConfig, RunEvent, RunId,
};

/// The system's allocator, counting what each thread asks of it: tests run beside each other.
struct Counting;

thread_local! {
    static N_CALLS: Cell<usize> = const { Cell::new(0) };
    static N_BYTES: Cell<isize> = const { Cell::new(0) };
    static MOST_BYTES: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: every call goes on to the system's allocator unchanged; counting allocates nothing. The trait's other
// methods come down to these.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the promises of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller keeps the promises of `GlobalAlloc::dealloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}

fn count(n_bytes: isize) {
    N_CALLS.set(N_CALLS.get() + 1);
    N_BYTES.set(N_BYTES.get() + n_bytes);
    MOST_BYTES.set(MOST_BYTES.get().max(N_BYTES.get()));
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Returns the number of allocations and deallocations of this thread while `work` ran.
fn n_calls(work: impl FnOnce()) -> usize {
    let before = N_CALLS.get();
    work();
    N_CALLS.get() - before
}

/// The most bytes that this thread held at once while `work` ran, beyond those that it held before.
fn most_bytes<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = N_BYTES.get();
    MOST_BYTES.set(before);
    let result = work();
    (result, (MOST_BYTES.get() - before) as usize)
}

#[test]
fn a_file_as_large_as_emnists_takes_no_more_memory_than_its_images_packed_by_frames() {
    const N_PIECE: usize = 500;
    const N_PIECES: usize = 480;
    let n = (N_PIECE * N_PIECES) as u32;
    let header: Vec<u8> = [0x0803, n, 28, 28].into_iter().flat_map(u32::to_be_bytes).collect();
    let digits = digits::generate(4, 0, N_PIECE);
    // A gzip file of many members, made as it is read: 188 MB of pixels are nowhere at once.
    let (header, piece) = (gzip::pack(&header), gzip::pack(&digits.pixels()));
    let size = (header.len() + N_PIECES * piece.len()) as u64;
    let (read, most) = most_bytes(|| {
        let mut reader = IdxReader::new(Kind::Images, size).expect("a size that is taken");
        reader.push(&header).expect("a header");
        (0..N_PIECES).for_each(|_| reader.push(&piece).expect("a piece"));
        reader.finish().expect("all of it")
    });
    let labels: Vec<u8> =
        [0x0801, n].into_iter().flat_map(u32::to_be_bytes).chain(digits.labels().repeat(N_PIECES)).collect();
    let Read::Done(images) = read else { panic!("bytes are read once") };
    let files = OwnFiles::new(images, idx::read(Kind::Labels, &labels).expect("labels")).expect("a pair");
    let unpacked = n as usize * PIXELS;
    println!(
        "{} MB of images, {} MB packed by frames, at most {} MB at once",
        unpacked >> 20,
        files.n_bytes() >> 20,
        most >> 20
    );
    assert!(files.n_bytes() < unpacked / 2, "{} bytes are kept", files.n_bytes());
    // Each image has a frame and a label beside its ink, and their lists grow by doubling.
    assert!(most < files.n_bytes() + n as usize * 40 + (1 << 20), "{most} bytes at once, {} kept", files.n_bytes());
    let (opened, most) = most_bytes(|| {
        let mut session = Session::new();
        session.open_files(files, FileReading::default());
        session
    });
    println!("shared out: at most {} MB more", most >> 20);
    assert!(most < n as usize * 60, "{most} bytes to share out the images: they are shared, not copied");
    drop(opened);
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
        let read = |kind, bytes: &[u8]| idx::read(kind, bytes).expect("a good file");
        let files = OwnFiles::new(read(Kind::Images, &images), read(Kind::Labels, &labels)).expect("a good pair");
        session.open_files(files, FileReading::default());
        session.handle(Command::Open(
            RunId(1),
            RunConfig {
                dataset: DatasetKind::Own,
                spec: preset.spec(),
                optimiser: Optimiser::ADAM,
                loss: Head::CrossEntropy,
                learning_rate: 0.001,
                schedule: Schedule::LINEAR,
                batch,
                epochs: 2,
                seed: 1,
                n_training: None,
                n_validation: 0,
                validate_every: None,
            },
        ));
        session.handle(Command::Run(RunId(1), RunCommand::Train));
        session.drain();
        assert_eq!(n_calls(|| (0..7).for_each(|i| assert!(session.tick(f64::from(i))))), 0, "{preset:?}");
        // The first step that is kept for a look at it takes the memory for all of them.
        session.handle(Command::Ask(RequestId(1), Query::Step { run: RunId(1), names: vec![], example: None }));
        session.tick(7.0);
        assert_eq!(n_calls(|| assert!(session.tick(8.0))), 0, "{preset:?}, kept");
        let events = session.drain();
        let n_steps: usize = events
            .iter()
            .map(|event| if let Event::Run { event: RunEvent::Steps(steps), .. } = event { steps.len() } else { 0 })
            .sum();
        assert_eq!(9, n_steps);
    }
}
