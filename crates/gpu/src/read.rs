//! Reading back, without waiting.

use crate::device::Gpu;
use crate::fault::{Fault, GpuError};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

/// The result of a mapping, and the waker of its future.
#[derive(Default)]
struct Mapping {
    result: Option<Result<(), wgpu::BufferAsyncError>>,
    waker: Option<Waker>,
}

impl Gpu {
    /// Memory of this many bytes that the CPU can read.
    pub(crate) fn staging(&self, size: u64) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("read back"),
            size,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// Copies the start of staging memory once everything submitted so far is done. The request is made at once.
    ///
    /// # Errors
    /// When the device fails first.
    pub(crate) fn map<T: bytemuck::Pod>(
        &self,
        staging: wgpu::Buffer,
        size: u64,
    ) -> impl Future<Output = Result<Vec<T>, GpuError>> + use<T> {
        let gpu = self.clone();
        let mapping = Arc::new(Mutex::new(Mapping::default()));
        let shared = Arc::clone(&mapping);
        staging.map_async(wgpu::MapMode::Read, ..size, move |result| {
            let mut mapping = shared.lock().unwrap_or_else(PoisonError::into_inner);
            mapping.result = Some(result);
            if let Some(waker) = mapping.waker.take() {
                waker.wake();
            }
        });
        async move {
            let mapped = poll_fn(|context| {
                let mut mapping = mapping.lock().unwrap_or_else(PoisonError::into_inner);
                match mapping.result.take() {
                    Some(result) => Poll::Ready(result),
                    None => {
                        mapping.waker = Some(context.waker().clone());
                        Poll::Pending
                    }
                }
            });
            // Of a lost device the memory may be refused before its loss is reported.
            let lost = || gpu.fault().unwrap_or(Fault::Lost(String::new()));
            mapped.await.map_err(|_| lost())?;
            let view = staging.get_mapped_range(..size).map_err(|_| lost())?;
            let values = bytemuck::pod_collect_to_vec(&view);
            drop(view);
            staging.unmap();
            match gpu.fault() {
                Some(fault) => Err(fault.into()),
                None => Ok(values),
            }
        }
    }

    /// Copies what a buffer holds after everything submitted so far.
    ///
    /// # Errors
    /// When the device fails first.
    pub fn read<T: bytemuck::Pod>(
        &self,
        buffer: &wgpu::Buffer,
    ) -> impl Future<Output = Result<Vec<T>, GpuError>> + use<T> {
        self.read_all(std::slice::from_ref(buffer))
    }

    /// Copies what several buffers hold, one after the other, in one request.
    pub(crate) fn read_all<T: bytemuck::Pod>(
        &self,
        buffers: &[wgpu::Buffer],
    ) -> impl Future<Output = Result<Vec<T>, GpuError>> + use<T> {
        let size = buffers.iter().map(wgpu::Buffer::size).sum();
        let staging = self.staging(size);
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut at = 0;
        for buffer in buffers {
            encoder.copy_buffer_to_buffer(buffer, 0, &staging, at, buffer.size());
            at += buffer.size();
        }
        self.queue.submit([encoder.finish()]);
        self.map(staging, size)
    }
}
