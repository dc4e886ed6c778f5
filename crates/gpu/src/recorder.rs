//! Recording: shaders with their shapes and buffers, to be replayed any number of times.

use crate::device::Gpu;
use crate::fault::{Fault, GpuError, Quantity};
use crate::shader::Shader;
use crate::tile::{Products, Size, Tile};
use std::collections::HashMap;

/// Invocations of a workgroup in the shaders that go value by value.
const INVOCATIONS: usize = 256;

/// A shader with everything that it needs to run.
#[derive(Clone, Debug)]
pub struct Dispatch {
    name: &'static str,
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    n_bytes: u64,
    workgroups: [u32; 3],
}

impl Dispatch {
    /// Name of the shader.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Bytes of the memory that it reads and writes, each counted once.
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    pub(crate) fn encode(&self, pass: &mut wgpu::ComputePass<'_>) {
        let [x, y, z] = self.workgroups;
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.dispatch_workgroups(x, y, z);
    }
}

/// Numbers that a shader is compiled with, by name: sizes, and settings of update rules.
pub(crate) type Constants = Vec<(&'static str, f64)>;

/// A list of dispatches that is being recorded.
#[derive(Debug)]
pub struct Recorder<'a> {
    gpu: &'a Gpu,
    modules: HashMap<&'static str, wgpu::ShaderModule>,
    dispatches: Vec<Dispatch>,
    too_large: Option<GpuError>,
    scopes: Vec<wgpu::ErrorScopeGuard>,
}

impl<'a> Recorder<'a> {
    /// A recorder without a dispatch.
    pub fn new(gpu: &'a Gpu) -> Self {
        let filters = [wgpu::ErrorFilter::Validation, wgpu::ErrorFilter::OutOfMemory, wgpu::ErrorFilter::Internal];
        Self {
            gpu,
            modules: HashMap::new(),
            dispatches: Vec::new(),
            too_large: None,
            scopes: filters.into_iter().map(|filter| gpu.device.push_error_scope(filter)).collect(),
        }
    }

    /// Memory that a dispatch needs for itself, of `len` values.
    pub(crate) fn scratch(&mut self, label: &str, len: usize) -> wgpu::Buffer {
        self.gpu.buffer(label, len).unwrap_or_else(|error| {
            self.too_large.get_or_insert(error);
            // Nothing of this recording will run.
            self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: 4,
                usage: wgpu::BufferUsages::STORAGE,
                mapped_at_creation: false,
            })
        })
    }

    /// The form of matrix products on this device.
    pub(crate) fn products(&self) -> Products {
        self.gpu.products()
    }

    /// The tile of a product of this size on this device.
    pub(crate) fn tile(&self, size: Size) -> Tile {
        Tile::choose(self.products(), size)
    }

    /// Records a shader with its constants, its buffers in the order of its bindings, and its workgroups.
    pub(crate) fn record(
        &mut self,
        shader: Shader,
        constants: &[(&'static str, f64)],
        buffers: &[&wgpu::Buffer],
        workgroups: [usize; 3],
    ) {
        self.custom(shader.name(), shader.source(self.products()), constants, buffers, workgroups);
    }

    /// Records a shader of the caller's own, by the name of its entry point: a benchmark, say.
    pub fn custom(
        &mut self,
        name: &'static str,
        source: &'static str,
        constants: &[(&'static str, f64)],
        buffers: &[&wgpu::Buffer],
        workgroups: [usize; 3],
    ) {
        let limit = self.gpu.device.limits().max_compute_workgroups_per_dimension;
        if let Some(&needed) = workgroups.iter().find(|&&n| n > limit as usize) {
            let what = Quantity::Workgroups;
            self.too_large.get_or_insert(GpuError::TooLarge { what, needed: needed as u64, limit: limit.into() });
            return;
        }
        let device = &self.gpu.device;
        let module = self.modules.entry(name).or_insert_with(|| {
            device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(name),
                source: wgpu::ShaderSource::Wgsl(source.into()),
            })
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(name),
            layout: None,
            module,
            entry_point: Some(name),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants,
                // Every shader writes its workgroup memory before it reads it.
                zero_initialize_workgroup_memory: false,
            },
            cache: None,
        });
        let resources = (0..).zip(buffers.iter().map(|buffer| buffer.as_entire_binding()));
        let entries: Vec<_> = resources.map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(name),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let n_bytes = buffers.iter().map(|buffer| buffer.size()).sum();
        let workgroups = workgroups.map(|n| n as u32);
        self.dispatches.push(Dispatch { name, pipeline, bindings, n_bytes, workgroups });
    }

    /// Records a shader with one invocation per value.
    pub(crate) fn each(
        &mut self,
        shader: Shader,
        constants: &[(&'static str, f64)],
        buffers: &[&wgpu::Buffer],
        n_values: usize,
    ) {
        let n = n_values.div_ceil(INVOCATIONS);
        // One axis alone may be too short.
        let rows = n.div_ceil(1 << 15);
        self.record(shader, constants, buffers, [n.div_ceil(rows), rows, 1]);
    }

    /// Returns the recorded dispatches.
    ///
    /// # Errors
    /// When the device allows no dispatch so large, refused a shader, or has not enough memory.
    pub async fn finish(mut self) -> Result<Vec<Dispatch>, GpuError> {
        let mut fault = None;
        while let Some(scope) = self.scopes.pop() {
            fault = scope.pop().await.map(Fault::from).or(fault);
        }
        match (self.too_large, fault.or(self.gpu.fault())) {
            (Some(error), _) => Err(error),
            (None, Some(fault)) => Err(fault.into()),
            (None, None) => Ok(self.dispatches),
        }
    }
}

impl Gpu {
    /// Runs what was recorded, in order, as one submission. Returns at once.
    pub fn submit(&self, dispatches: &[Dispatch]) {
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            dispatches.iter().for_each(|dispatch| dispatch.encode(&mut pass));
        }
        self.queue.submit([encoder.finish()]);
    }
}
