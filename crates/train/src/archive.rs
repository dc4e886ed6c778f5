//! The file in which a learner takes kept runs elsewhere. `docs/kept-runs.md` describes it.
//!
//! It is written and read piece by piece: a head, then for each run its card and its bytes. Nothing is allocated for what a
//! length claims before it is known that the file has so much.

use crate::protocol::{decode, encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The first bytes, before the digit of the format.
const MAGIC: &[u8; 7] = b"receptW";
const FORMAT: u8 = b'1';
/// Bytes of the longest head, and of the longest card.
const MOST_HEAD_BYTES: u32 = 1 << 20;
const MOST_CARD_BYTES: u32 = 1 << 12;
/// The longest name, in bytes.
const MOST_NAME: usize = 200;
/// The most runs of a file.
pub const MOST_ARCHIVED: u32 = 1000;

/// Bytes of the piece that a file begins with.
pub const START_BYTES: usize = 16;
/// Bytes of the piece that each run begins with.
pub const PREFIX_BYTES: usize = 16;

/// What a file holds beside its runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ArchiveHead {
    /// The number of its runs.
    pub n_runs: u32,
    /// The learner's ticks and answers, as the page writes them.
    pub progress: String,
}

/// What is said of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArchiveCard {
    /// The name by which it is told from all others.
    pub key: String,
    /// What the learner calls it.
    pub name: Option<String>,
}

/// The reason that something is no such file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveError {
    /// It does not begin like one.
    Other,
    /// It was written by a version of this program that lays such files out in another way.
    OtherFormat,
    /// It is cut short, or changed.
    Damaged,
}

/// The piece before a block: its length and the checksum of the block.
fn lengths(block: &[u8]) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&(block.len() as u32).to_le_bytes());
    bytes[4..].copy_from_slice(&crc32fast::hash(block).to_le_bytes());
    bytes
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | u32::from(byte))
}

/// Reads a block whose checksum stands before it.
fn checked<T: DeserializeOwned>(block: &[u8], sum: u32) -> Result<T, ArchiveError> {
    if crc32fast::hash(block) != sum {
        return Err(ArchiveError::Damaged);
    }
    decode(block).map_err(|_| ArchiveError::Damaged)
}

/// A block that comes next in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its length in bytes.
    pub len: usize,
    sum: u32,
    /// The length of the run behind it; 0 behind a head.
    pub state_len: usize,
}

impl ArchiveHead {
    /// Returns the bytes that a file begins with.
    pub fn to_bytes(&self) -> Vec<u8> {
        let block = encode(self);
        [&MAGIC[..], &[FORMAT], &lengths(&block), &block].concat()
    }

    /// Reads the first [`START_BYTES`] of a file: how long the head behind them is.
    ///
    /// # Errors
    /// When it is no such file.
    pub fn start(bytes: &[u8]) -> Result<Block, ArchiveError> {
        if bytes.len() < START_BYTES || bytes[..7] != *MAGIC {
            return Err(ArchiveError::Other);
        }
        if bytes[7] != FORMAT {
            return Err(ArchiveError::OtherFormat);
        }
        block(&bytes[8..], MOST_HEAD_BYTES, 0)
    }

    /// Reads the head.
    ///
    /// # Errors
    /// When it is damaged, or names more runs than are taken.
    pub fn read(block: Block, bytes: &[u8]) -> Result<Self, ArchiveError> {
        let head: Self = checked(bytes, block.sum)?;
        if head.n_runs <= MOST_ARCHIVED { Ok(head) } else { Err(ArchiveError::Damaged) }
    }
}

impl ArchiveCard {
    /// Returns the bytes that stand before those of a run, which are so many.
    pub fn to_bytes(&self, state_len: u64) -> Vec<u8> {
        let block = encode(self);
        [&lengths(&block)[..], &state_len.to_le_bytes(), &block].concat()
    }

    /// Reads the first [`PREFIX_BYTES`] of a run.
    ///
    /// # Errors
    /// When its card is too long, or its length is none.
    pub fn start(bytes: &[u8]) -> Result<Block, ArchiveError> {
        if bytes.len() < PREFIX_BYTES || number(&bytes[12..16]) != 0 {
            return Err(ArchiveError::Damaged);
        }
        block(bytes, MOST_CARD_BYTES, number(&bytes[8..12]) as usize)
    }

    /// Reads the card.
    ///
    /// # Errors
    /// When it is damaged, or says what no card says.
    pub fn read(block: Block, bytes: &[u8]) -> Result<Self, ArchiveError> {
        let card: Self = checked(bytes, block.sum)?;
        let is_key = (1..=40).contains(&card.key.len())
            && card.key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let is_name = |name: &String| name.len() <= MOST_NAME && !name.chars().any(char::is_control);
        if is_key && card.name.as_ref().is_none_or(is_name) { Ok(card) } else { Err(ArchiveError::Damaged) }
    }
}

fn block(bytes: &[u8], most: u32, state_len: usize) -> Result<Block, ArchiveError> {
    let (len, sum) = (number(&bytes[..4]), number(&bytes[4..8]));
    if len <= most { Ok(Block { len: len as usize, sum, state_len }) } else { Err(ArchiveError::Damaged) }
}
