//! Packs bytes as gzip, so that tests can make files that are packed, and damaged.

use miniz_oxide::deflate::compress_to_vec;

/// A gzip file with these contents (RFC 1952).
pub fn pack(bytes: &[u8]) -> Vec<u8> {
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let length = bytes.len() as u32;
    [&header[..], &compress_to_vec(bytes, 6), &crc32(bytes).to_le_bytes(), &length.to_le_bytes()].concat()
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
