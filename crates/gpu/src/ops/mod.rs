//! Every operation, under the names of `receptive_core::ops`: each records its shaders, cut up for its shape.
//!
//! Outputs come first and are overwritten. Lengths follow from the geometry; a buffer that is too short is refused when
//! the recording is [finished](crate::Recorder::finish) or its shaders run.

mod activation;
mod batch;
mod batch_norm;
mod branches;
mod conv2d;
mod dropout;
mod linear;
mod loss;
mod optim;
mod pad2d;
mod pool2d;
mod softmax;

pub use activation::{activation_backward, activation_forward, relu_backward, relu_forward};
pub use batch::{gather_batch, tally};
pub use batch_norm::{
    batch_norm_average, batch_norm_backward, batch_norm_fixed_backward, batch_norm_forward, batch_norm_moments,
};
pub use branches::{concat_backward, concat_forward, multiply_backward, multiply_forward, sum};
pub use conv2d::{conv2d_forward, conv2d_grad_b, conv2d_grad_w, conv2d_grad_x};
pub use dropout::dropout_forward;
pub use linear::{linear_forward, linear_grad_b, linear_grad_w, linear_grad_x};
pub use loss::{loss_backward, loss_forward};
pub use optim::{Settings, clip, update};
pub use pad2d::{pad2d_backward, pad2d_forward};
pub use pool2d::{
    avg_pool2d_backward, avg_pool2d_forward, max_pool2d_backward, max_pool2d_forward, sum_pool2d_backward,
    sum_pool2d_forward,
};
pub use softmax::{
    logit_backward, logit_forward, softmax_backward, softmax_cross_entropy_backward, softmax_cross_entropy_forward,
    softmax_forward,
};

use crate::recorder::Recorder;
use crate::shader::Shader;
use crate::step::Memory;
use wgpu::Buffer;

/// An instruction that can be recorded.
pub(crate) trait Operation {
    /// Records its shaders on the buffers that it names.
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>);
}

/// `sum` (len) of what lies in `of_parts` (parts, len); with `relu`, negative sums become zero.
fn sum_parts(recorder: &mut Recorder<'_>, sum: &Buffer, of_parts: &Buffer, [n_parts, len]: [usize; 2], relu: bool) {
    let constants = [("parts", n_parts as f64), ("len", len as f64), ("relu", f64::from(relu))];
    recorder.each(Shader::SumParts, &constants, &[sum, of_parts], len);
}
