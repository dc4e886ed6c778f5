//! The shaders, each with its twin on the CPU.

use crate::tile::Products;

/// Declares the shaders. `Name = name(bindings) with [files]` takes the source from `shaders/name.wgsl` and the files
/// that it shares with others; its entry point and label are `name` too, and `twins::name` must exist. A product is
/// built on one file or the other, whichever suits the adapter.
macro_rules! shaders {
    ($($(#[$doc:meta])* $Shader:ident = $name:ident($($binding:ident),+) $(with [$($shared:ident),+])?
        $(on [$tiles:ident or $blocks:ident])?;)+) => {
        /// A compute shader.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Shader {
            $($(#[$doc])* $Shader,)+
        }

        impl Shader {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$Shader),+];

            /// Name of its file, its entry point, its label on the device, and its twin.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Shader => stringify!($name),)+ }
            }

            /// The names of the buffers that it reads and writes, in the order of its bindings.
            pub const fn bindings(self) -> &'static [&'static str] {
                match self { $(Self::$Shader => &[$(stringify!($binding)),+],)+ }
            }

            /// Its source: its own file, and those that it shares with others.
            pub const fn source(self, products: Products) -> &'static str {
                match (self, products) {
                    $((Self::$Shader, Products::Tiles) => concat!(
                        $($(include_str!(concat!("shaders/", stringify!($shared), ".wgsl")), "\n",)+)?
                        $(include_str!(concat!("shaders/", stringify!($tiles), ".wgsl")), "\n",)?
                        include_str!(concat!("shaders/", stringify!($name), ".wgsl")),
                    ),
                    (Self::$Shader, Products::Blocks { .. }) => concat!(
                        $($(include_str!(concat!("shaders/", stringify!($shared), ".wgsl")), "\n",)+)?
                        $(include_str!(concat!("shaders/", stringify!($blocks), ".wgsl")), "\n",)?
                        include_str!(concat!("shaders/", stringify!($name), ".wgsl")),
                    ),)+
                }
            }
        }

        // A shader without a twin does not compile.
        const _: () = { $(let _ = crate::twins::$name;)+ };
    };
}

shaders! {
    /// The feature maps of a batch.
    Conv2dForward = conv2d_forward(y, x, w, b) with [divide, conv2d_geometry, product]
        on [product_tiles or product_blocks];
    /// The gradient with respect to a convolution's input.
    Conv2dGradX = conv2d_grad_x(grad_x, w, grad_y) with [divide, conv2d_geometry, product]
        on [product_tiles or product_blocks];
    /// The gradient with respect to its kernels, in parts.
    Conv2dGradW = conv2d_grad_w(grad_w_parts, x, grad_y) with [divide, conv2d_geometry, product]
        on [product_tiles or product_blocks];
    /// The gradient with respect to its biases.
    Conv2dGradB = conv2d_grad_b(grad_b, grad_y);
    /// The outputs of fully connected units, in parts.
    LinearForward = linear_forward(y_parts, x, w, b) with [product] on [product_tiles or product_blocks];
    /// The gradient with respect to their input.
    LinearGradX = linear_grad_x(grad_x, w, grad_y) with [product] on [product_tiles or product_blocks];
    /// The gradient with respect to their weights.
    LinearGradW = linear_grad_w(grad_w, x, grad_y) with [product] on [product_tiles or product_blocks];
    /// The gradient with respect to their biases.
    LinearGradB = linear_grad_b(grad_b, grad_y);
    /// The largest value of each window, and its position.
    MaxPool2dForward = max_pool2d_forward(y, argmax, x) with [divide, pool2d_geometry];
    /// Gradients sent back to the positions of the maxima.
    MaxPool2dBackward = max_pool2d_backward(grad_x, grad_y, argmax, y) with [divide, pool2d_geometry];
    /// Likewise, of windows that do not overlap.
    MaxPool2dBackwardApart = max_pool2d_backward_apart(grad_x, grad_y, argmax, y) with [divide, pool2d_geometry];
    /// The mean of each window.
    AvgPool2dForward = avg_pool2d_forward(y, x) with [divide, pool2d_geometry];
    /// Gradients shared by the windows' cells.
    AvgPool2dBackward = avg_pool2d_backward(grad_x, grad_y) with [divide, pool2d_geometry];
    /// The sum of each window.
    SumPool2dForward = sum_pool2d_forward(y, x) with [divide, pool2d_geometry];
    /// Gradients passed on to the windows' cells.
    SumPool2dBackward = sum_pool2d_backward(grad_x, grad_y) with [divide, pool2d_geometry];
    /// The rectifier.
    ReluForward = relu_forward(y, x);
    /// Its gradient.
    ReluBackward = relu_backward(grad_x, grad_y, x);
    /// Any activation function.
    ActivationForward = activation_forward(y, x) with [activation_function];
    /// Its gradient.
    ActivationBackward = activation_backward(grad_x, grad_y, x) with [activation_function];
    /// A border around every plane.
    Pad2dForward = pad2d_forward(y, x) with [pad2d_geometry];
    /// Its gradient.
    Pad2dBackward = pad2d_backward(grad_x, grad_y) with [pad2d_geometry];
    /// Logits to probabilities.
    SoftmaxForward = softmax_forward(p, z) with [softmax_row];
    /// Its gradient.
    SoftmaxBackward = softmax_backward(grad_z, grad_p, p);
    /// Logits to losses and probabilities.
    SoftmaxCrossEntropyForward = softmax_cross_entropy_forward(losses, p, z, targets) with [softmax_row];
    /// The gradient of the mean loss.
    SoftmaxCrossEntropyBackward = softmax_cross_entropy_backward(grad_z, p, targets);
    /// The mean and the variance of each channel.
    BatchNormMoments = batch_norm_moments(mean, variance, x);
    /// Each channel with mean 0 and variance 1.
    BatchNormForward = batch_norm_forward(y, x, mean, variance);
    /// Its gradient, through mean and variance as well.
    BatchNormBackward = batch_norm_backward(grad_x, grad_y, y, variance);
    /// Its gradient, where mean and variance are constants.
    BatchNormFixedBackward = batch_norm_fixed_backward(grad_x, grad_y, variance);
    /// Values dropped at random, forward and backward.
    DropoutForward = dropout_forward(y, x, settings, progress) with [settings];
    /// The sum of two tensors.
    AddForward = add_forward(y, a, b);
    /// A part in its place in the whole.
    ConcatForward = concat_forward(y, x);
    /// A part of a whole.
    ConcatBackward = concat_backward(grad_x, grad_y);
    /// The product of two tensors.
    MultiplyForward = multiply_forward(y, a, b) with [multiply_geometry];
    /// Its gradient.
    MultiplyBackward = multiply_backward(grad_a, grad_y, b) with [multiply_geometry];
    /// One logit of each image.
    LogitForward = logit_forward(picked, z, targets);
    /// Its gradient.
    LogitBackward = logit_backward(grad_z, targets);
    /// Any loss of a row of scores.
    LossForward = loss_forward(losses, x, targets) with [loss_function];
    /// Its gradient.
    LossBackward = loss_backward(grad_x, x, targets) with [loss_function];
    /// A batch out of the dataset.
    GatherBatch = gather_batch(x, targets, pixels, classes, picks, progress);
    /// The mean loss and the hits of a step.
    Tally = tally(results, progress, losses, p, targets);
    /// The sum of squares of one gradient.
    SquareSum = square_sum(squares, grad);
    /// The factor that shortens all gradients of a step.
    ClipFactor = clip_factor(scale, squares);
    /// An update by the gradient alone.
    UpdateSgd = update_sgd(w, grad, scale, settings, progress) with [settings, gradient];
    /// An update by a velocity.
    UpdateMomentum = update_momentum(w, velocity, grad, scale, settings, progress) with [settings, gradient];
    /// Likewise, looking ahead along it.
    UpdateNesterov = update_nesterov(w, velocity, grad, scale, settings, progress) with [settings, gradient];
    /// An update over the sum of squares.
    UpdateAdagrad = update_adagrad(w, total, grad, scale, settings, progress) with [settings, gradient];
    /// An update over the mean square.
    UpdateRmsprop = update_rmsprop(w, square, grad, scale, settings, progress) with [settings, gradient];
    /// Likewise, in units of the steps.
    UpdateAdadelta = update_adadelta(w, square, steps, grad, scale, settings, progress) with [settings, gradient];
    /// An update by two moments.
    UpdateAdam = update_adam(w, mean, square, grad, scale, settings, progress) with [settings, gradient];
    /// Likewise, over the largest mean square.
    UpdateAmsgrad = update_amsgrad(w, mean, square, largest, grad, scale, settings, progress) with [settings, gradient];
    /// Likewise, over the largest gradient.
    UpdateAdamax = update_adamax(w, mean, largest, grad, scale, settings, progress) with [settings, gradient];
    /// Likewise, looking ahead along the mean.
    UpdateNadam = update_nadam(w, mean, square, grad, scale, settings, progress) with [settings, gradient];
    /// Running averages moved towards what a batch had.
    UpdateAverage = update_average(w, found);
    /// Parts added up.
    SumParts = sum_parts(sum, of_parts);
}
