//! Every reader of what comes from outside, on thousands of inputs drawn at random and made from true ones by damage: each
//! refuses what it cannot read, and what it takes it writes and reads again as it was. `PROPTEST_CASES` draws more.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, FileFailurePersistence};
use receptive_data::digits;
use receptive_data::idx::{self, Kind};
use receptive_data::manifest::Manifest;
use receptive_lessons::Matrix;
use receptive_nn::{Checkpoint, Spec};
use receptive_train::archive::{ArchiveCard, ArchiveError, ArchiveHead, Block, PREFIX_BYTES, START_BYTES};
use receptive_train::protocol::{Command, Event, decode};
use receptive_web::drawing::Drawing;
use receptive_web::embed::HostCommand;
use receptive_web::state::{Progress, from_address, to_address};

/// Inputs of each reader.
const N_CASES: u32 = 1000;

fn config() -> Config {
    // A failure prints the input that it shrank to, which becomes a test of its own.
    let failure_persistence = Some(Box::new(FileFailurePersistence::Off) as _);
    Config { cases: Config::default().cases.max(N_CASES), failure_persistence, ..Config::default() }
}

/// Something done to bytes.
#[derive(Clone, Debug)]
enum Damage {
    Set(Index, u8),
    Cut(Index),
    Insert(Index, Vec<u8>),
    /// What stands at one place is repeated at another.
    Repeat(Index, Index),
}

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let one = prop_oneof![
        8 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        1 => any::<Index>().prop_map(Damage::Cut),
        2 => (any::<Index>(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        2 => any::<[Index; 2]>().prop_map(|[from, to]| Damage::Repeat(from, to)),
    ];
    prop::collection::vec(one, 0..4)
}

fn damaged(bytes: &[u8], damage: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for one in damage {
        let place = |at: &Index| at.index(bytes.len() + 1);
        match one {
            Damage::Set(at, byte) => {
                let at = place(at);
                bytes.get_mut(at).into_iter().for_each(|old| *old = *byte);
            }
            Damage::Cut(at) => bytes.truncate(place(at)),
            Damage::Insert(at, new) => {
                let at = place(at);
                bytes.splice(at..at, new.iter().copied()).for_each(drop);
            }
            Damage::Repeat(from, to) => {
                let (from, to) = (place(from), place(to));
                let new = bytes[from..bytes.len().min(from + 12)].to_vec();
                bytes.splice(to..to, new).for_each(drop);
            }
        }
    }
    bytes
}

/// One of these texts, damaged.
fn like(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    (prop::sample::select(texts), damage())
        .prop_map(|(text, damage)| String::from_utf8_lossy(&damaged(text.as_bytes(), &damage)).into_owned())
}

const NETWORKS: &[&str] = &[
    "28x28x1:c8x3p1,r,m2,f,d10",
    "32x32x3:c4x3p1,add(c4x3p1,r;),cat(c2x1;c2x3p1),n,o0.5,v,d10",
    "28x28x1:w3s2,a2,u2,f,d32,r,d10",
    "9x9x2:mul(c2x1;v,d2),f,d3",
];

const ADDRESSES: &[&str] = &[
    "/lesson/padding?pad=1&at=3&kernel=own&weights=1,2,3;4,5,6;7,8,9",
    "/lab?net=28x28x1:c8x3,r,m2,f,d10&lr=0.01&opt=adam&batch=32&epochs=3&seed=7&ntrain=1000",
    "/lab?look=conv-1.12&dir=backward&watch=conv-1.weight.3&data=digits",
    "/draw?digit=4&netfrom=run",
    "/work",
];

const COMMANDS: &[&str] = &[
    r#"{"receptive":1,"type":"set","state":"pad=1&stride=2"}"#,
    r#"{"receptive":1,"type":"step","step":3}"#,
    r#"{"receptive":1,"type":"visible","visible":false}"#,
    r#"{"receptive":1,"type":"theme","theme":"dark"}"#,
];

const STORED: &[&str] = &[
    "receptive 1\nlast padding\nstep padding one\nanswer padding two 7 right 3.5\nanswer stride one 9 tried\n\
     lesson lesson-00d1ce00c0ffee00\nanswer lesson-00d1ce00c0ffee00 0123456789abcdef 0 right 12,5\n",
    "receptive-drawing 1\n22 3.0,4.0 5.5,6.0\n14 1,1 2,2 3,3\n",
];

const CHUNKS: &[&str] =
    &["receptive mnist 2\ntraining 6000 train-00 00001234 ffffffff\ntest 5000 test-00 0badcafe 00000000\n"];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_network_is_refused_or_read_as_it_is_written(text in prop_oneof![like(NETWORKS), "[0-9a-z(),;:x.]{0,60}", ".{0,40}"]) {
        if let Ok(spec) = Spec::read(&text) {
            let again = Spec::read(&spec.to_text());
            prop_assert_eq!(again.as_ref(), Ok(&spec));
            // Its shapes are worked out, or a layer is named that cannot be.
            let _ = spec.outputs();
        }
    }

    #[test]
    fn an_address_opens_the_page_and_is_written_as_it_is_read(text in prop_oneof![like(ADDRESSES), ".{0,60}", "/[a-z]{0,9}[?]([a-z]{1,6}=[0-9a-z.,;:%-]{0,12}&){0,5}"]) {
        let (state, messages) = from_address(&text);
        prop_assert!(messages.len() <= 40 && messages.iter().all(|message| message.len() < 1000), "{:?}", messages);
        let address = to_address(&state);
        prop_assert_eq!(to_address(&from_address(&address).0), address);
    }

    #[test]
    fn a_host_s_message_is_a_command_or_none(text in prop_oneof![like(COMMANDS), ".{0,80}", r#"[\[{]{0,4000}"#]) {
        if let Err(error) = HostCommand::read(&text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn what_the_storage_of_the_browser_holds_is_read_as_far_as_it_goes(text in prop_oneof![".{0,200}", like(STORED)]) {
        let progress = Progress::read(&text);
        prop_assert_eq!(Progress::read(&progress.text()), progress);
        let drawing = Drawing::read(&text).text();
        prop_assert_eq!(Drawing::read(&drawing).text(), drawing);
    }

    #[test]
    fn typed_numbers_are_a_matrix_or_get_a_sentence(text in prop_oneof!["[-0-9.,; e]{0,40}", ".{0,40}"]) {
        match Matrix::read(&text) {
            Ok(matrix) => prop_assert!(matrix.values.iter().all(|value| value.is_finite())),
            Err(why) => prop_assert!(!why.is_empty()),
        }
    }

    #[test]
    fn a_file_of_images_or_labels_is_read_or_refused(is_images: bool, damage in damage(), noise in prop::collection::vec(any::<u8>(), 0..40)) {
        let (images, labels) = idx::write_pair(&digits::generate(5, 0, 2));
        let (kind, whole) = if is_images { (Kind::Images, images) } else { (Kind::Labels, labels) };
        for bytes in [damaged(&whole, &damage), noise] {
            let _ = idx::read(kind, &bytes);
        }
    }

    #[test]
    fn a_list_of_chunks_is_read_or_refused(text in prop_oneof![".{0,80}", like(CHUNKS)]) {
        if let Ok(manifest) = Manifest::parse(&text) {
            prop_assert_eq!(Manifest::parse(&manifest.to_string()), Ok(manifest));
        }
    }

    #[test]
    fn messages_of_workers_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (decode::<Command>(&bytes).is_ok(), decode::<Event>(&bytes).is_ok());
    }

    #[test]
    fn shipped_weights_are_read_or_refused(damage in damage()) {
        let whole = include_bytes!("../crates/train/checkpoints/reader.bin");
        if let Ok(read) = Checkpoint::read_compact(&damaged(whole, &damage)) {
            prop_assert!(read.is_finite() && read.parameters().is_ok());
        }
    }

    #[test]
    fn what_is_taken_elsewhere_comes_back_and_a_change_of_any_byte_is_noticed(
        progress in ".{0,60}",
        cards in prop::collection::vec(("[a-z0-9-]{1,40}", prop::option::of("[a-zA-Zäß ]{0,30}"), prop::collection::vec(any::<u8>(), 0..50)), 0..4),
        damage in damage(),
    ) {
        let head = ArchiveHead { n_runs: cards.len() as u32, progress };
        let mut file = head.to_bytes();
        for (key, name, state) in &cards {
            file.extend(ArchiveCard { key: key.clone(), name: name.clone() }.to_bytes(state.len() as u64));
            file.extend(state);
        }
        let whole = contents(&file);
        prop_assert_eq!(whole.as_ref().map(|(read, _)| read), Ok(&head));
        let found = whole.map(|(_, runs)| runs).unwrap_or_default();
        prop_assert!(found.iter().zip(&cards).all(|((card, state), run)| (&card.key, &card.name, state) == (&run.0, &run.1, &run.2)));
        let changed = damaged(&file, &damage);
        if let Ok((read, runs)) = contents(&changed) {
            // A run's own bytes have a checksum of their own.
            let is_whole = changed.len() == file.len();
            prop_assert!(changed == file || (read == head && is_whole && runs.len() == cards.len()), "{:?}", read);
        }
    }
}

/// Takes a piece of a file.
fn piece<'a>(file: &mut &'a [u8], len: usize) -> Result<&'a [u8], ArchiveError> {
    let (piece, rest) = file.split_at_checked(len).ok_or(ArchiveError::Damaged)?;
    *file = rest;
    Ok(piece)
}

/// A file's head, and its runs: the card and the bytes of each.
type Contents = (ArchiveHead, Vec<(ArchiveCard, Vec<u8>)>);

/// Reads a file of kept runs through, as `docs/kept-runs.md` lays it out.
fn contents(mut file: &[u8]) -> Result<Contents, ArchiveError> {
    let block: Block = ArchiveHead::start(piece(&mut file, START_BYTES)?)?;
    let head = ArchiveHead::read(block, piece(&mut file, block.len)?)?;
    let mut runs = vec![];
    for _ in 0..head.n_runs {
        let block = ArchiveCard::start(piece(&mut file, PREFIX_BYTES)?)?;
        let card = ArchiveCard::read(block, piece(&mut file, block.len)?)?;
        runs.push((card, piece(&mut file, block.state_len)?.to_vec()));
    }
    if file.is_empty() { Ok((head, runs)) } else { Err(ArchiveError::Damaged) }
}
