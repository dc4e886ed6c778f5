//! Every operation, forward and backward beside each other.
//!
//! Slices are row-major. Outputs are overwritten, never added to. Lengths follow from the geometry;
//! a wrong one is a bug of the caller and is checked in debug builds.

mod activation;
mod add;
mod avg_pool2d;
mod batch_norm;
mod concat;
mod conv2d;
mod cosine;
mod dropout;
mod linear;
mod logit;
mod loss;
mod max_pool2d;
mod multiply;
mod pad2d;
mod patches;
mod pool2d;
mod quantise;
mod relu;
mod softmax;
mod softmax_cross_entropy;
mod sum_pool2d;
mod update;

pub use activation::{Activation, activation_backward, activation_forward, activation_grad_x_terms, activation_terms};
pub use add::{add_backward, add_forward, add_part};
pub use avg_pool2d::{avg_pool2d_backward, avg_pool2d_forward};
pub use batch_norm::{
    BatchNormGeom, batch_norm_average, batch_norm_backward, batch_norm_fixed_backward, batch_norm_fixed_grad_x_terms,
    batch_norm_forward, batch_norm_grad_x_terms, batch_norm_mean_terms, batch_norm_moments, batch_norm_terms,
    batch_norm_variance_terms,
};
pub use concat::{ConcatGeom, concat_backward, concat_connections, concat_forward};
pub use conv2d::{
    conv2d_connections, conv2d_forward, conv2d_forward_relu, conv2d_grad_b, conv2d_grad_w, conv2d_grad_x,
    conv2d_scratch_len,
};
pub use cosine::{Cosine, cosine};
pub use dropout::{Draw, Dropout, dropout_backward, dropout_forward, dropout_terms};
pub use linear::{
    LinearGeom, linear_connections, linear_forward, linear_grad_b, linear_grad_w, linear_grad_x, linear_scratch_len,
};
pub use logit::{logit_backward, logit_forward, logit_grad_z_terms, logit_terms};
pub use loss::{Loss, loss_backward, loss_forward, loss_grad_x_terms, loss_terms};
pub use max_pool2d::{max_pool2d_backward, max_pool2d_backward_relu, max_pool2d_forward};
pub use multiply::{MultiplyGeom, multiply_backward, multiply_connections, multiply_forward};
pub use pad2d::{Border, PadError, PadGeom, PadParams, pad2d_backward, pad2d_connections, pad2d_forward};
pub use pool2d::{
    avg_pool2d_grad_x_terms, avg_pool2d_terms, max_pool2d_argmax_terms, max_pool2d_grad_x_terms, max_pool2d_terms,
    pool2d_connections,
};
pub use quantise::{quantise, quantise_level};
pub use relu::{relu_backward, relu_backward_in_place, relu_forward, relu_forward_in_place};
pub use softmax::{softmax_backward, softmax_forward, softmax_grad_z_terms, softmax_terms};
pub use softmax_cross_entropy::{
    softmax_cross_entropy_backward, softmax_cross_entropy_forward, softmax_cross_entropy_grad_z_terms,
    softmax_cross_entropy_terms,
};
pub use sum_pool2d::{sum_pool2d_backward, sum_pool2d_forward};
pub use update::{
    AdaMaxStep, AdadeltaStep, AdagradStep, AdamStep, AmsGradStep, MOST_MOMENTS, MomentumStep, NadamStep, NesterovStep,
    RmsPropStep, RuleStep, SgdStep, UpdateStep, Updated, clip_factor, square_sum, update_terms, update_weights,
};
