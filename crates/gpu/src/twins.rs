//! The twin of each shader on the CPU, under the same name.
//!
//! Most are the operations of `receptive_core`; those that only a GPU needs stand here.

use receptive_core::ops::{
    AdaMaxStep, AdadeltaStep, AdagradStep, AdamStep, AmsGradStep, MOST_MOMENTS, MomentumStep, NadamStep, NesterovStep,
    RmsPropStep, RuleStep, SgdStep, UpdateStep, update_weights,
};
use receptive_nn::{StepResult, Tally};

pub use receptive_core::ops::{
    activation_backward, activation_forward, add_forward, avg_pool2d_backward, avg_pool2d_forward,
    batch_norm_average as update_average, batch_norm_backward, batch_norm_fixed_backward, batch_norm_forward,
    batch_norm_moments, clip_factor, concat_backward, concat_forward, conv2d_forward, conv2d_grad_b, conv2d_grad_w,
    conv2d_grad_x, dropout_forward, linear_forward, linear_grad_b, linear_grad_w, linear_grad_x, logit_backward,
    logit_forward, loss_backward, loss_forward, max_pool2d_backward, max_pool2d_backward as max_pool2d_backward_apart,
    max_pool2d_forward, multiply_backward, multiply_forward, pad2d_backward, pad2d_forward, relu_backward,
    relu_forward, softmax_backward, softmax_cross_entropy_backward, softmax_cross_entropy_forward, softmax_forward,
    square_sum, sum_pool2d_backward, sum_pool2d_forward,
};

/// `sum[i] = Σ of_parts[part, i]`, part after part. `of_parts` is (parts, len), `sum` is (len).
pub fn sum_parts(sum: &mut [f32], of_parts: &[f32]) {
    sum.fill(0.0);
    for part in of_parts.chunks_exact(sum.len()) {
        sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
    }
}

/// `x` (n, image) and `targets` (n): the images and classes that `picks` (n) names, bytes to numbers between 0 and 1.
pub fn gather_batch(x: &mut [f32], targets: &mut [u8], pixels: &[u8], classes: &[u8], picks: &[u32]) {
    let image_len = x.len() / picks.len();
    for ((x, target), &image) in x.chunks_exact_mut(image_len).zip(targets).zip(picks) {
        let image = image as usize;
        let bytes = &pixels[image * image_len..][..image_len];
        x.iter_mut().zip(bytes).for_each(|(x, &byte)| *x = f32::from(byte) / 255.0);
        *target = classes[image];
    }
}

/// The mean of `losses` (n), and how many rows of `p` (n, classes) are largest at their `targets` (n).
pub fn tally(losses: &[f32], p: &[f32], targets: &[u8]) -> StepResult {
    let mut counts = Tally::new(p.len() / targets.len());
    counts.add(p, targets, losses);
    StepResult { loss: counts.mean_loss(), n_correct: counts.n_correct() as usize }
}

/// Declares the twins of the updates: each is the rule's own arithmetic.
macro_rules! updates {
    ($($name:ident($Step:ident) = $Rule:ident),+ $(,)?) => {
        $(
            /// `w` and what the rule remembers of it, moved by `grad`; gradient and weight as they are.
            pub fn $name(w: &mut [f32], moments: [&mut [f32]; MOST_MOMENTS], grad: &[f32], rule: $Step) {
                let rule = RuleStep::$Rule(rule);
                update_weights(w, moments, grad, UpdateStep { scale: 1.0, decay: 0.0, keep: 1.0, rule });
            }
        )+
    };
}

updates! {
    update_sgd(SgdStep) = Sgd,
    update_momentum(MomentumStep) = Momentum,
    update_nesterov(NesterovStep) = Nesterov,
    update_adagrad(AdagradStep) = Adagrad,
    update_rmsprop(RmsPropStep) = RmsProp,
    update_adadelta(AdadeltaStep) = Adadelta,
    update_adam(AdamStep) = Adam,
    update_amsgrad(AmsGradStep) = AmsGrad,
    update_adamax(AdaMaxStep) = AdaMax,
    update_nadam(NadamStep) = Nadam,
}
