//! Packs bytes as gzip, so that tests can make files that are packed, and damaged.

use miniz_oxide::deflate::compress_to_vec;

/// A gzip file with these contents (RFC 1952).
pub fn pack(bytes: &[u8]) -> Vec<u8> {
    wrap(&compress_to_vec(bytes, 6), crc32(bytes), bytes.len())
}

/// A gzip file that unpacks to this many zeros. Its checksum is wrong: nobody should get that far.
pub fn zeros(len: usize) -> Vec<u8> {
    wrap(&compress_to_vec(&vec![0; len], 6), 0, len)
}

fn wrap(deflated: &[u8], checksum: u32, len: usize) -> Vec<u8> {
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    [&header[..], deflated, &checksum.to_le_bytes(), &(len as u32).to_le_bytes()].concat()
}

/// The checksum of gzip, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
        }
    }
    !crc
}
