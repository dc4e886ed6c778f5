//! The adapter and its device: which one, what it allows, and what became of it.

use crate::fault::{Fault, FirstFault, GpuError, Quantity};
use crate::tile::Products;
use std::fmt;

/// The adapter that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The fastest there is; a software adapter if there is nothing else.
    Fastest,
    /// A software adapter.
    Software,
}

/// The description of an adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterInfo {
    /// Its name; browsers may keep it to themselves.
    pub name: String,
    /// Vulkan, Metal, WebGPU …
    pub backend: String,
    /// True if it is a program on the CPU that only behaves like a GPU.
    pub is_software: bool,
}

impl fmt::Display for AdapterInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { "an adapter without a name" } else { &self.name };
        let kind = if self.is_software { "software" } else { "hardware" };
        write!(f, "{name} ({kind}, {})", self.backend)
    }
}

/// An open device. Clones are handles of the same one.
#[derive(Clone, Debug)]
pub struct Gpu {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    products: Products,
    info: AdapterInfo,
    faults: FirstFault,
}

impl Gpu {
    /// Opens an adapter.
    ///
    /// # Errors
    /// When there is none, or it gives no device.
    pub async fn open(choice: Choice) -> Result<Self, GpuError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            force_fallback_adapter: choice == Choice::Software,
            ..Default::default()
        };
        let adapter = instance.request_adapter(&options).await.map_err(|_| GpuError::NoAdapter)?;
        let offered = adapter.limits();
        // Large batches need large buffers; of everything else the least that any adapter has is enough.
        let required_limits = wgpu::Limits {
            max_buffer_size: offered.max_buffer_size,
            max_storage_buffer_binding_size: offered.max_storage_buffer_binding_size,
            ..wgpu::Limits::default()
        };
        let descriptor = wgpu::DeviceDescriptor { label: Some("receptive"), required_limits, ..Default::default() };
        let opened = adapter.request_device(&descriptor).await;
        let (device, queue) = opened.map_err(|error| GpuError::NoDevice(error.to_string()))?;

        let faults = FirstFault::default();
        let reported = faults.clone();
        device.set_device_lost_callback(move |_, why| reported.report(Fault::Lost(why)));
        let reported = faults.clone();
        device.on_uncaptured_error(std::sync::Arc::new(move |error| reported.report(Fault::from(error))));

        let info = adapter.get_info();
        let is_software = info.device_type == wgpu::DeviceType::Cpu;
        let products = Products::of(is_software, info.subgroup_max_size);
        let info = AdapterInfo { name: info.name, backend: info.backend.to_string(), is_software };
        Ok(Self { device, queue, products, info, faults })
    }

    /// The form of matrix products on it.
    pub fn products(&self) -> Products {
        self.products
    }

    /// The same device with its matrix products in this form, whatever suits its adapter.
    #[must_use]
    pub fn with_products(self, products: Products) -> Self {
        Self { products, ..self }
    }

    /// The adapter that was opened.
    pub fn info(&self) -> &AdapterInfo {
        &self.info
    }

    /// The first thing that went wrong, if anything did.
    pub fn fault(&self) -> Option<Fault> {
        self.faults.get()
    }

    /// Gives the device up; whatever is computed on it ends in [`Fault::Lost`].
    pub fn destroy(&self) {
        self.faults.report(Fault::Lost("given up".to_owned()));
        self.device.destroy();
    }

    /// Memory for `len` values of 4 bytes that shaders read and write, all zero.
    ///
    /// # Errors
    /// When one buffer cannot be so large.
    pub fn buffer(&self, label: &str, len: usize) -> Result<wgpu::Buffer, GpuError> {
        let (size, limits) = ((len as u64).saturating_mul(4), self.device.limits());
        let limit = limits.max_buffer_size.min(limits.max_storage_buffer_binding_size);
        if size > limit {
            return Err(GpuError::TooLarge { what: Quantity::Bytes, needed: size, limit });
        }
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
        let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
        Ok(self.device.create_buffer(&descriptor))
    }

    /// Writes values to the start of a buffer, before whatever is submitted next.
    pub fn write<T: bytemuck::NoUninit>(&self, buffer: &wgpu::Buffer, values: &[T]) {
        self.write_at(buffer, 0, values);
    }

    /// Writes values of 4 bytes from position `first` on, likewise.
    pub(crate) fn write_at<T: bytemuck::NoUninit>(&self, buffer: &wgpu::Buffer, first: usize, values: &[T]) {
        self.queue.write_buffer(buffer, 4 * first as u64, bytemuck::cast_slice(values));
    }
}
