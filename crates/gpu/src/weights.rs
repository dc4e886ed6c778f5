//! A network's parameters on the device.

use crate::device::Gpu;
use crate::fault::GpuError;
use receptive_nn::Parameters;
use wgpu::Buffer;

/// Weights and biases, which every program of one network can share.
#[derive(Debug)]
pub struct Weights {
    pub(crate) buffers: Vec<Buffer>,
}

impl Weights {
    /// Copies a network's parameters to the device.
    ///
    /// # Errors
    /// When the device allows no memory so large.
    pub fn new(gpu: &Gpu, parameters: &Parameters) -> Result<Self, GpuError> {
        let tensors = parameters.tensors().iter();
        let buffers = tensors.map(|tensor| gpu.buffer(&tensor.name, tensor.values.len())).collect::<Result<_, _>>()?;
        let weights = Self { buffers };
        weights.write(gpu, parameters);
        Ok(weights)
    }

    /// Copies parameters of the same network to the device, before whatever is submitted next.
    pub fn write(&self, gpu: &Gpu, parameters: &Parameters) {
        for (buffer, tensor) in self.buffers.iter().zip(parameters.tensors()) {
            gpu.write(buffer, &tensor.values);
        }
    }

    /// The values after everything submitted so far, tensor by tensor, in the order of [`Parameters::tensors`].
    ///
    /// # Errors
    /// When the device fails first.
    pub fn read(&self, gpu: &Gpu) -> impl Future<Output = Result<Vec<Vec<f32>>, GpuError>> + use<> {
        let lens: Vec<usize> = self.buffers.iter().map(|buffer| buffer.size() as usize / size_of::<f32>()).collect();
        let all = gpu.read_all::<f32>(&self.buffers);
        async move {
            let mut rest = all.await?;
            let tensors = lens.into_iter().map(|len| {
                let behind = rest.split_off(len);
                std::mem::replace(&mut rest, behind)
            });
            Ok(tensors.collect())
        }
    }
}
