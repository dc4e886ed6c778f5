//! Messages between the engine worker and its replicas: one buffer, handed over and back, never copied on the way.

use js_sys::{ArrayBuffer, Float32Array, Uint8Array};
use receptive_train::Wire;
use wasm_bindgen::{JsCast, JsValue};

/// A message's buffer, read and written from a place that moves on.
pub(super) struct MessageBuffer {
    bytes: Uint8Array,
    floats: Float32Array,
    /// In bytes; a multiple of four.
    at: u32,
}

impl MessageBuffer {
    /// Creates a buffer of at least `n_bytes` bytes: `old` if it is large enough, as a fresh one has to be cleared first.
    pub(super) fn of(n_bytes: usize, old: Option<ArrayBuffer>) -> Self {
        let n_bytes = n_bytes.next_multiple_of(size_of::<f32>()) as u32;
        Self::over(old.filter(|old| old.byte_length() >= n_bytes).unwrap_or_else(|| ArrayBuffer::new(n_bytes)))
    }

    /// Takes the data of a browser's message event; anything but a pool's message becomes an empty buffer.
    pub(super) fn received(data: JsValue) -> Self {
        let whole = |buffer: &ArrayBuffer| buffer.byte_length().is_multiple_of(size_of::<f32>() as u32);
        Self::over(data.dyn_into::<ArrayBuffer>().ok().filter(whole).unwrap_or_else(|| ArrayBuffer::new(0)))
    }

    fn over(buffer: ArrayBuffer) -> Self {
        Self { bytes: Uint8Array::new(&buffer), floats: Float32Array::new(&buffer), at: 0 }
    }

    pub(super) fn into_buffer(self) -> ArrayBuffer {
        self.bytes.buffer()
    }

    fn next_floats(&mut self, n: usize) -> Float32Array {
        let start = self.at / size_of::<f32>() as u32;
        self.at += (n * size_of::<f32>()) as u32;
        self.floats.subarray(start, start + n as u32)
    }

    fn next_bytes(&mut self, n: usize) -> Uint8Array {
        let start = self.at;
        self.at += n.next_multiple_of(size_of::<f32>()) as u32;
        self.bytes.subarray(start, start + n as u32)
    }
}

impl Wire for MessageBuffer {
    fn n_bytes(&self) -> usize {
        self.bytes.byte_length() as usize
    }

    fn rewind(&mut self) {
        self.at = 0;
    }

    fn put_floats(&mut self, values: &[f32]) {
        self.next_floats(values.len()).copy_from(values);
    }

    fn put_bytes(&mut self, values: &[u8]) {
        self.next_bytes(values.len()).copy_from(values);
    }

    fn take_floats(&mut self, values: &mut [f32]) {
        self.next_floats(values.len()).copy_to(values);
    }

    fn take_bytes(&mut self, values: &mut [u8]) {
        self.next_bytes(values.len()).copy_to(values);
    }
}
