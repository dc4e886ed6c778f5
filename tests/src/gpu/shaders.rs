//! Shaders that no case of the corpus names, against their twins.

use super::Proved;
use crate::{
    close::{Tolerance, compare},
    fill::widen,
};
use receptive_core::{PoolGeom, PoolParams, Rng, Shape4, ops::max_pool2d_backward_relu};
use receptive_gpu::{Buffer, Dataset, Gpu, GpuError, Recorder, ops, twins};

fn unwritten(gpu: &Gpu, len: usize) -> Result<Buffer, GpuError> {
    let buffer = gpu.buffer("unwritten", len)?;
    gpu.write(&buffer, &vec![f32::NAN; len]);
    Ok(buffer)
}

fn holding<T: Copy + Into<u32>>(gpu: &Gpu, values: &[T]) -> Result<Buffer, GpuError> {
    let buffer = gpu.buffer("numbers", values.len())?;
    gpu.write(&buffer, &values.iter().map(|&value| value.into()).collect::<Vec<u32>>());
    Ok(buffer)
}

pub(super) async fn gather_batch(gpu: &Gpu) -> Proved {
    const N_IMAGES: usize = 9;
    let mut rng = Rng::new(3);
    for image_len in [1, 4, 7, 300] {
        let pixels: Vec<u8> = (0..N_IMAGES * image_len).map(|_| rng.below(256) as u8).collect();
        let classes: Vec<u8> = (0..N_IMAGES).map(|_| rng.below(10) as u8).collect();
        let dataset = Dataset::new(gpu, N_IMAGES, image_len)?;
        dataset.write(gpu, 0, &pixels, &classes);
        // Two steps of three images; the second is at hand.
        let picks = [4_u32, 0, 1, 8, 2, 8];
        let (x, targets) = (unwritten(gpu, 3 * image_len)?, unwritten(gpu, 3)?);
        let mut recorder = Recorder::new(gpu);
        let now = [&holding(gpu, &picks)?, &holding(gpu, &[1_u32])?];
        ops::gather_batch(&mut recorder, &x, &targets, &dataset, now, 3);
        gpu.submit(&recorder.finish().await?);

        let (mut want, mut want_targets) = (vec![f32::NAN; 3 * image_len], [0; 3]);
        twins::gather_batch(&mut want, &mut want_targets, &pixels, &classes, &picks[3..]);
        compare("x", &gpu.read::<f32>(&x).await?, &widen(&want), Tolerance { abs: 0.0, rel: 2e-7 })?;
        let targets = gpu.read::<u32>(&targets).await?;
        if targets != want_targets.map(u32::from) {
            return Err(format!("classes {targets:?} where {want_targets:?} were wanted").into());
        }
    }
    Ok(())
}

pub(super) async fn tally(gpu: &Gpu) -> Proved {
    const N_CLASSES: usize = 4;
    let mut rng = Rng::new(4);
    for n in [1, 30, 300, 1000] {
        // Few values, so that maxima tie.
        let p: Vec<f32> = (0..n * N_CLASSES).map(|_| rng.below(5) as f32 / 4.0).collect();
        let targets: Vec<u8> = (0..n).map(|_| rng.below(4) as u8).collect();
        let losses: Vec<f32> = (0..n).map(|_| rng.range(0.0, 3.0)).collect();
        let given = |values: &[f32]| {
            let buffer = gpu.buffer("numbers", values.len())?;
            gpu.write(&buffer, values);
            Ok::<Buffer, GpuError>(buffer)
        };
        let (results, progress) = (unwritten(gpu, 6)?, holding(gpu, &[2_u32])?);
        let mut recorder = Recorder::new(gpu);
        let (losses_given, p_given, targets_given) = (given(&losses)?, given(&p)?, holding(gpu, &targets)?);
        let shape = [n, N_CLASSES];
        ops::tally(&mut recorder, [&results, &progress], &losses_given, &p_given, &targets_given, shape);
        gpu.submit(&recorder.finish().await?);

        let want = twins::tally(&losses, &p, &targets);
        let want = [f64::from(want.loss), want.n_correct as f64];
        let results = gpu.read::<f32>(&results).await?;
        compare("mean loss and hits", &results[4..], &want, Tolerance { abs: 0.0, rel: 1e-6 })?;
        let progress = gpu.read::<u32>(&progress).await?;
        if progress != [3] || !results[..4].iter().all(|value| value.is_nan()) {
            return Err(format!("progress {progress:?}, results {results:?}").into());
        }
    }
    Ok(())
}

/// Windows side by side, with cells between them, and overlapping ones.
pub(super) async fn rectified_pool(gpu: &Gpu) -> Proved {
    let mut rng = Rng::new(5);
    for (window, stride, padding, ceil) in [(2, 2, 0, true), (2, 3, 1, false), (3, 2, 1, false)] {
        let params = PoolParams { window: [window; 2], stride: [stride; 2], padding: [padding; 2], ceil };
        let geom = PoolGeom::new(Shape4 { n: 2, c: 3, h: 11, w: 7 }, params)?;
        let (x_len, y_len) = (geom.x().len(), geom.y().len());
        let x: Vec<f32> = (0..x_len).map(|_| rng.range(-1.0, 1.0).max(0.0)).collect();
        let grad_y: Vec<f32> = (0..y_len).map(|_| rng.range(-1.0, 1.0)).collect();
        let (mut y, mut argmax, mut want) = (vec![f32::NAN; y_len], vec![0; y_len], vec![f32::NAN; x_len]);
        twins::max_pool2d_forward(&mut y, &mut argmax, &x, &geom);
        max_pool2d_backward_relu(&mut want, &grad_y, &argmax, &y, &geom);

        let given = |values: &[f32]| {
            let buffer = gpu.buffer("numbers", values.len())?;
            gpu.write(&buffer, values);
            Ok::<Buffer, GpuError>(buffer)
        };
        let grad_x = unwritten(gpu, x_len)?;
        let mut recorder = Recorder::new(gpu);
        let (grad_y, argmax, y) = (given(&grad_y)?, holding(gpu, &argmax)?, given(&y)?);
        ops::max_pool2d_backward(&mut recorder, &grad_x, &grad_y, &argmax, Some(&y), &geom);
        gpu.submit(&recorder.finish().await?);
        let what = format!("grad_x, window {window}, stride {stride}");
        compare(&what, &gpu.read::<f32>(&grad_x).await?, &widen(&want), Tolerance { abs: 0.0, rel: 1e-6 })?;
    }
    Ok(())
}
