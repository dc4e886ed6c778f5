//! Images on the device, as bytes.

use crate::device::Gpu;
use crate::fault::GpuError;
use wgpu::Buffer;

/// Images of one size with their classes. Steps take their batches from here without the host's help.
#[derive(Debug)]
pub struct Dataset {
    pub(crate) pixels: Buffer,
    pub(crate) classes: Buffer,
    n_images: usize,
    image_len: usize,
}

impl Dataset {
    /// Room for `n_images` images of `image_len` bytes, all of them black and of class 0.
    ///
    /// # Errors
    /// When the device allows no memory so large.
    pub fn new(gpu: &Gpu, n_images: usize, image_len: usize) -> Result<Self, GpuError> {
        let pixels = gpu.buffer("pixels", n_images.saturating_mul(image_len.div_ceil(4)))?;
        let classes = gpu.buffer("classes", n_images)?;
        Ok(Self { pixels, classes, n_images, image_len })
    }

    /// Images that there is room for.
    pub fn n_images(&self) -> usize {
        self.n_images
    }

    /// Bytes of an image.
    pub fn image_len(&self) -> usize {
        self.image_len
    }

    /// Writes images, one after the other in `pixels`, and their classes, from image `first` on. Those for which there is
    /// no room are left out.
    pub fn write(&self, gpu: &Gpu, first: usize, pixels: &[u8], classes: &[u8]) {
        let room = self.n_images.saturating_sub(first);
        let words_per_image = self.image_len.div_ceil(4);
        let words = pixels.chunks_exact(self.image_len).take(room).flat_map(|image| {
            image.chunks(4).map(|bytes| {
                let at = |i: usize| bytes.get(i).copied().unwrap_or_default();
                u32::from_le_bytes([at(0), at(1), at(2), at(3)])
            })
        });
        let classes: Vec<u32> = classes.iter().take(room).map(|&class| class.into()).collect();
        gpu.write_at(&self.pixels, first * words_per_image, &words.collect::<Vec<u32>>());
        gpu.write_at(&self.classes, first, &classes);
    }
}
