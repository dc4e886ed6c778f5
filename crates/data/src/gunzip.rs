//! Unpacks gzip (RFC 1952) piece by piece: one member or several, and zeros after the last.

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};
use serde::{Deserialize, Serialize};
use std::mem;

/// The bytes that gzip files begin with.
const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Bytes unpacked at a time.
const ROOM: usize = 1 << 16;
/// No header is longer: its two texts are a name and a remark.
const LONGEST_HEADER: usize = 1 << 18;

/// The part that is expected next.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Header,
    Body,
    /// Checksum and length.
    Trailer,
    /// Another header, zeros, or the end.
    Between,
    /// Zeros, or the end.
    Padding,
}

/// An unpacker that has got so far.
struct Gunzip {
    part: Part,
    /// The beginning of a header or trailer that is not complete yet.
    kept: Vec<u8>,
    inflater: Box<InflateState>,
    room: Box<[u8]>,
    checksum: crc32fast::Hasher,
    length: u32,
}

/// The damage of a packed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are named as what they are")]
pub enum Damage {
    HeaderCut,
    ContentsCut,
    EndCut,
    EndlessHeader,
    Checksum,
    Length,
    UnknownHeader,
    Trailing,
    Contents,
}

/// The reason that unpacking stopped: the packed bytes are damaged, or the receiver of the unpacked ones refused them.
pub(crate) enum Stop<E> {
    Damaged(Damage),
    Refused(E),
}

/// The bytes of a file as they come, unpacked if they are gzip. The first two say so.
pub(crate) struct Unpacker {
    first: Vec<u8>,
    gunzip: Option<Gunzip>,
    is_begun: bool,
}

impl Unpacker {
    pub(crate) fn new() -> Self {
        Self { first: Vec::new(), gunzip: None, is_begun: false }
    }

    /// Takes the next bytes, and hands on what they unpack to, and whether they were packed.
    pub(crate) fn push<E>(
        &mut self,
        bytes: &[u8],
        take: impl FnMut(&[u8], bool) -> Result<(), E>,
    ) -> Result<(), Stop<E>> {
        if self.is_begun {
            return self.unpack(bytes, take);
        }
        self.first.extend_from_slice(bytes);
        if self.first.len() < MAGIC.len() {
            return Ok(());
        }
        self.begin(take)
    }

    /// Ends the file: hands on what is left of it, and checks that it may end here.
    pub(crate) fn finish<E>(&mut self, take: impl FnMut(&[u8], bool) -> Result<(), E>) -> Result<(), Stop<E>> {
        if !self.is_begun {
            self.begin(take)?;
        }
        self.gunzip.as_ref().map_or(Ok(()), |gunzip| gunzip.finish().map_err(Stop::Damaged))
    }

    fn begin<E>(&mut self, take: impl FnMut(&[u8], bool) -> Result<(), E>) -> Result<(), Stop<E>> {
        self.is_begun = true;
        let first = mem::take(&mut self.first);
        self.gunzip = first.starts_with(&MAGIC).then(Gunzip::new);
        self.unpack(&first, take)
    }

    fn unpack<E>(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8], bool) -> Result<(), E>) -> Result<(), Stop<E>> {
        match &mut self.gunzip {
            None => take(bytes, false).map_err(Stop::Refused),
            Some(gunzip) => gunzip.push(bytes, |unpacked| take(unpacked, true)),
        }
    }
}

impl Gunzip {
    fn new() -> Self {
        Self {
            part: Part::Header,
            kept: Vec::new(),
            inflater: InflateState::new_boxed(DataFormat::Raw),
            room: vec![0; ROOM].into_boxed_slice(),
            checksum: crc32fast::Hasher::new(),
            length: 0,
        }
    }

    /// Takes the next packed bytes, and hands on what they unpack to.
    fn push<E>(&mut self, mut bytes: &[u8], mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), Stop<E>> {
        while !bytes.is_empty() {
            bytes = match self.part {
                Part::Header => self.header(bytes).map_err(Stop::Damaged)?,
                Part::Body => self.body(bytes, &mut take)?,
                Part::Trailer => self.trailer(bytes).map_err(Stop::Damaged)?,
                Part::Between if bytes[0] == MAGIC[0] => {
                    self.part = Part::Header;
                    bytes
                }
                Part::Between | Part::Padding => {
                    self.part = Part::Padding;
                    if bytes.iter().any(|&byte| byte != 0) {
                        return Err(Stop::Damaged(Damage::Trailing));
                    }
                    &[]
                }
            };
        }
        Ok(())
    }

    /// Checks that the packed bytes may end here.
    fn finish(&self) -> Result<(), Damage> {
        match self.part {
            Part::Between | Part::Padding => Ok(()),
            Part::Header => Err(Damage::HeaderCut),
            Part::Body => Err(Damage::ContentsCut),
            Part::Trailer => Err(Damage::EndCut),
        }
    }

    fn header<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], Damage> {
        let n_kept = self.kept.len();
        self.kept.extend_from_slice(bytes);
        match header_length(&self.kept)? {
            Some(length) => {
                self.kept.clear();
                self.inflater.reset(DataFormat::Raw);
                self.checksum = crc32fast::Hasher::new();
                self.length = 0;
                self.part = Part::Body;
                Ok(&bytes[length - n_kept..])
            }
            None if self.kept.len() > LONGEST_HEADER => Err(Damage::EndlessHeader),
            None => Ok(&[]),
        }
    }

    fn body<'a, E>(
        &mut self,
        bytes: &'a [u8],
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<&'a [u8], Stop<E>> {
        let result = inflate(&mut self.inflater, bytes, &mut self.room, MZFlush::None);
        let unpacked = &self.room[..result.bytes_written];
        self.checksum.update(unpacked);
        self.length = self.length.wrapping_add(unpacked.len() as u32);
        take(unpacked).map_err(Stop::Refused)?;
        match result.status {
            Ok(MZStatus::StreamEnd) => self.part = Part::Trailer,
            Ok(_) | Err(MZError::Buf) if result.bytes_consumed + result.bytes_written > 0 => {}
            _ => return Err(Stop::Damaged(Damage::Contents)),
        }
        Ok(&bytes[result.bytes_consumed..])
    }

    fn trailer<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], Damage> {
        let n = (8 - self.kept.len()).min(bytes.len());
        let (trailer, rest) = bytes.split_at(n);
        self.kept.extend_from_slice(trailer);
        if let [c0, c1, c2, c3, n0, n1, n2, n3] = self.kept[..] {
            self.kept.clear();
            self.part = Part::Between;
            if mem::take(&mut self.checksum).finalize() != u32::from_le_bytes([c0, c1, c2, c3]) {
                return Err(Damage::Checksum);
            }
            if self.length != u32::from_le_bytes([n0, n1, n2, n3]) {
                return Err(Damage::Length);
            }
        }
        Ok(rest)
    }
}

/// The length of a header, optional fields included; nothing while it is incomplete.
fn header_length(bytes: &[u8]) -> Result<Option<usize>, Damage> {
    const DEFLATE: u8 = 8;
    if bytes.iter().zip(MAGIC.iter().chain(&[DEFLATE])).any(|(byte, wanted)| byte != wanted) {
        return Err(Damage::UnknownHeader);
    }
    let Some((&[_, _, _, flags, ..], mut rest)) = bytes.split_first_chunk::<10>() else { return Ok(None) };
    if flags & 0b100 != 0 {
        let Some((length, after)) = rest.split_first_chunk::<2>() else { return Ok(None) };
        let Some(after) = after.get(u16::from_le_bytes(*length).into()..) else { return Ok(None) };
        rest = after;
    }
    for text in [0b1000, 0b1_0000] {
        if flags & text != 0 {
            let Some(end) = rest.iter().position(|&byte| byte == 0) else { return Ok(None) };
            rest = &rest[end + 1..];
        }
    }
    if flags & 0b10 != 0 {
        let Some(after) = rest.get(2..) else { return Ok(None) };
        rest = after;
    }
    Ok(Some(bytes.len() - rest.len()))
}
