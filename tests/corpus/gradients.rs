//! Gradients of whole programs against differences of the same program's forward pass in f64: of a class's logit with
//! respect to the image and to a layer's output, and of the loss with respect to every parameter.

use libtest_mimic::{Failed, Trial};
use receptive_core::Rng;
use receptive_data::digits;
use receptive_nn::{CpuEngine, Head, Optimiser, Parameters, Program, Purpose, Spec, Target};
use receptive_tests::{
    close::{Tolerance, compare},
    fill::widen,
    program,
};

/// Half the distance between the two points of a difference: so small that hardly a rectifier turns between them.
const STEP: f64 = 1e-6;
const CLOSE: Tolerance = Tolerance { abs: 2e-5, rel: 2e-3 };
const N_CLASSES: usize = 10;

/// Networks whose gradients take every way that there is.
pub(super) const NETWORKS: [(&str, &str); 9] = [
    ("small", "28x28x1:c8x5p2,r,m2,c16x5p2,r,m2,f,d10"),
    ("residual", "28x28x1:c4x3s2,r,add(c4x3p1,r,c4x3p1;),r,add(c6x3s2p1,r;c6x1s2),v,f,d10"),
    ("inception", "28x28x1:a2,c4x3,r,cat(c3x1,r;c2x1,c3x3p1,r;m3s1p1,c2x1;),m2,f,d10"),
    ("squeeze and excite", "28x28x1:c4x3s2,t,mul(;v,f,d2,r,d4,g),m2,f,d10"),
    ("dense", "28x28x1:c3x3s3,r,cat(;c2x3p1,e),cat(;c2x3p1,l0.1),v,f,d10"),
    ("nested", "28x28x1:u4,add(add(c3x3p1,t;c3x1),r,cat(;c1x1);c4x1),a3,f,d10"),
    ("batch norm", "28x28x1:c4x3s2,n,r,add(c4x3p1,n;),n,m2,f,d8,n,t,d10"),
    ("dropout", "28x28x1:c4x3s2,r,o0.25,m3,f,o,d10"),
    ("depthwise", "28x28x1:c4x3s2,r,w3p1,c5x1,r,m3,f,d10"),
];

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, text) in NETWORKS {
        let of_input = move || of_logits(text);
        trials
            .push(Trial::test(format!("network {name} · any class's logit by the image is the difference"), of_input));
        let of_parameters = move || of_loss(text, Head::CrossEntropy);
        trials.push(Trial::test(
            format!("network {name} · the loss by every parameter is the difference"),
            of_parameters,
        ));
    }
    for loss in Head::LOSSES {
        let name = format!("network small · {} by every parameter is the difference", loss.key());
        trials.push(Trial::test(name, move || of_loss(NETWORKS[0].1, loss)));
    }
    trials.push(Trial::test("gradients with respect to a layer's output are those of the pass behind it", of_a_layer));
    trials
}

/// Weights that are not those of the start: biases are not zero.
fn parameters(spec: &Spec) -> Result<Parameters, Failed> {
    let mut parameters = Parameters::init(spec, 11)?;
    let mut rng = Rng::new(12);
    parameters.values_mut_in_order().flatten().for_each(|value| *value += rng.range(-0.1, 0.1));
    Ok(parameters)
}

/// One digit of each class, in front of noise: where neighbours are equal, a maximum has no derivative.
fn digits() -> Vec<f32> {
    let images = digits::generate(5, 0, 200);
    let of_class = |class: usize| images.labels().iter().position(|label| usize::from(*label) == class);
    let pixels = (0..N_CLASSES).filter_map(|class| images.get(of_class(class)?)).flat_map(|(pixels, _)| pixels);
    let mut rng = Rng::new(6);
    pixels.map(|pixel| f32::from(pixel) / 255.0 + rng.range(-0.2, 0.2)).collect()
}

fn of_logits(text: &str) -> Result<(), Failed> {
    let spec = Spec::read(text)?;
    let parameters = parameters(&spec)?;
    let compiled = Program::compile_for(&spec, N_CLASSES, Purpose::Gradients, Head::Logit, &[Target::Input])?;
    let mut engine = CpuEngine::new(compiled.clone());
    let images = digits();
    let (wide, weights) = (widen(&images), program::wide(&parameters));
    let mut rng = Rng::new(7);
    // Every class is asked of every digit, as its neighbours' are asked of them.
    for turn in 0..N_CLASSES {
        let labels: Vec<u8> = (0..N_CLASSES).map(|i| ((i + turn) % N_CLASSES) as u8).collect();
        engine.gradients(&parameters, &images, &labels);
        compare("logits", engine.losses(), &program::forward(&compiled, &weights, &wide, &labels), CLOSE)?;
        let grads = engine.named("grad input").ok_or("the gradient of the images is kept")?;
        for _ in 0..3 {
            // A pixel of each image at a time: images do not meet.
            let pixel = rng.below(784) as usize;
            let moved = |by: f64| {
                let mut images = wide.clone();
                images.iter_mut().skip(pixel).step_by(784).for_each(|value| *value += by);
                program::forward(&compiled, &weights, &images, &labels)
            };
            let (up, down) = (moved(STEP), moved(-STEP));
            let quotients: Vec<f64> = up.iter().zip(&down).map(|(up, down)| (up - down) / (2.0 * STEP)).collect();
            let got: Vec<f32> = grads.iter().skip(pixel).step_by(784).copied().collect();
            compare(&format!("grad input, pixel {pixel}, turn {turn}"), &got, &quotients, CLOSE)?;
        }
        if !grads.iter().any(|grad| *grad != 0.0) {
            return Err("no gradient reached the image".into());
        }
    }
    Ok(())
}

fn of_loss(text: &str, loss: Head) -> Result<(), Failed> {
    let spec = Spec::read(text)?;
    let parameters = parameters(&spec)?;
    let images = &digits()[..3 * 784];
    let (wide, weights) = (widen(images), program::wide(&parameters));
    let labels = [4, 0, 9];
    let mut rng = Rng::new(8);
    for purpose in [Purpose::Inspect(Optimiser::SGD), Purpose::Training(Optimiser::SGD)] {
        let compile = |purpose| Program::compile_for(&spec, 3, purpose, loss, &[]);
        let (compiled, inspected) = (compile(purpose)?, compile(Purpose::Inspect(Optimiser::SGD))?);
        let mut engine = CpuEngine::new(compiled.clone());
        engine.gradients(&parameters, images, &labels);
        for (i, tensor) in parameters.tensors().iter().enumerate().filter(|(_, tensor)| tensor.is_learnt) {
            let grads = engine.named(&format!("grad {}", tensor.name)).ok_or("every parameter has a gradient")?;
            for _ in 0..3 {
                let at = rng.below(grads.len() as u32) as usize;
                let moved = |by: f64| {
                    let mut weights = weights.clone();
                    weights[i][at] += by;
                    program::forward(&inspected, &weights, &wide, &labels).iter().sum::<f64>() / 3.0
                };
                let quotient = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                compare(&format!("grad {} at {at}", tensor.name), &[grads[at]], &[quotient], CLOSE)?;
            }
        }
    }
    Ok(())
}

/// Grad-CAM's gradient: what comes back to a layer is the same whatever else is asked for, and it and the layer's output
/// are kept.
fn of_a_layer() -> Result<(), Failed> {
    let spec = Spec::read(NETWORKS[0].1)?;
    let parameters = parameters(&spec)?;
    let target = [Target::Layer("relu 2".into())];
    let labels: Vec<u8> = (0..N_CLASSES as u8).collect();
    let run = |purpose, targets: &[Target]| -> Result<CpuEngine, Failed> {
        let mut engine = CpuEngine::new(Program::compile_for(&spec, N_CLASSES, purpose, Head::Logit, targets)?);
        engine.gradients(&parameters, &digits(), &labels);
        Ok(engine)
    };
    let (alone, all) = (run(Purpose::Gradients, &target)?, run(Purpose::Inspect(Optimiser::SGD), &[])?);
    for name in ["relu 2", "grad relu 2"] {
        if alone.named(name).is_none() || alone.named(name) != all.named(name) {
            return Err(format!("{name} differs, or is gone").into());
        }
    }
    if alone.program().backward().len() >= all.program().backward().len() {
        return Err("what nobody asks for is left out".into());
    }
    match Program::compile_for(&spec, 1, Purpose::Gradients, Head::Logit, &[Target::Layer("conv 9".into())]) {
        Err(error) if error.to_string().contains("conv 9") => Ok(()),
        other => Err(format!("a layer that is not there: {other:?}").into()),
    }
}
