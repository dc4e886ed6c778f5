//! English says what shapes and texts have against them, word for word.

use super::*;
use receptive_core::{ConvParams, PoolParams};
use receptive_nn::{Layer, Optimiser, Program, Purpose, Spec};

fn refusal(network: &str) -> String {
    Spec::read(network).expect(network).geometries(1).expect_err(network).reason()
}

#[test]
fn a_batch_norm_says_why_one_value_is_not_enough() {
    let spec = Spec::read("28x28x1:f,d8,n,d10").expect("a network");
    let train = |batch| Program::compile(&spec, batch, Purpose::Training(Optimiser::SGD));
    assert!(train(2).is_ok());
    assert_eq!(
        train(1).expect_err("one value").reason(),
        "a batch norm needs at least two values of each channel, and a batch of one image has one; use a larger batch"
    );
}

#[test]
fn a_refusal_names_the_layer_and_what_would_help() {
    let refusals = [
        (
            "28x28x1:c8x29,f,d10",
            "layer 1, conv 29×29 · 8: a 29×29 kernel does not fit a 28×28 input with padding 0; padding 1 would",
        ),
        (
            "28x28x1:c8x3,r,c4x3y30p1,f,d10",
            "layer 3, conv 3×30 · 4, padding 1: a 3×30 kernel does not fit a 26×26 input with padding 1; \
             padding 2 would",
        ),
        (
            "5x11x1:c1x8y7p1y0,f,d10",
            "layer 1, conv 8×7 · 1, padding 1×0: an 8×7 kernel does not fit a 5×11 input with padding 1 by 0; \
             padding 2 would",
        ),
        (
            "28x28x1:c8x3,c9x3g2,f,d10",
            "layer 2, conv 3×3 · 9, 2 groups: 8 channels and 9 kernels cannot both be split into 2 groups; \
             choose a number that divides both",
        ),
        (
            "28x28x1:m3p2,f,d10",
            "layer 1, max-pool 3: padding 2 is more than half of a window of 3: such a window could see no input \
             at all; padding 1 is the most",
        ),
        (
            "28x28x1:c8x5,d10",
            "layer 2, linear: it needs a flat row of values, but 24×24×8 feature maps come in; \
             put a flatten before it",
        ),
        (
            "28x28x1:f,c8x5,d10",
            "layer 2, conv 5×5 · 8: it needs feature maps, but the values were flattened; move it before the flatten",
        ),
        (
            "28x28x1:f,d10,a2",
            "layer 3, average-pool 2: it needs feature maps, but the values were flattened; move it before the flatten",
        ),
        (
            "2x9x1:r,b3m,f,d10",
            "layer 2, pad 3, mirrored: a mirrored border of 3 needs an input of at least 4 cells on that axis, but it \
             has 2; padding 1 is the most",
        ),
        (
            "28x28x1:f,o1,d10",
            "layer 2, dropout: its rate must be 0 or more and less than 1; at 1 nothing would be left",
        ),
        ("28x28x1:r", "the network must end in a linear layer with one unit per class"),
        ("60000x60000x1:f,d10", "the input must have at least one value and not be too large to hold"),
        (
            "28x28x1:f,d65536,d65536",
            "layer 3: its sizes must be at least 1 and small enough to hold; use fewer kernels, units or images",
        ),
        (
            "8x8x4:add(c4x3,r;),f,d10",
            "layer 1, add of 2 branches: branch 1 makes 6×6×4, but branch 2 8×8×4; padding and strides that make 6×6 in \
             branch 2 would make them equal",
        ),
        (
            "8x8x4:add(;c6x1),f,d10",
            "layer 1, add of 2 branches: branch 1 makes 8×8×4, but branch 2 8×8×6; a convolution of 1×1 with 4 kernels at \
             its end would make them equal",
        ),
        (
            "8x8x4:r,cat(c2x1;m2),f,d10",
            "layer 2, cat of 2 branches: branch 1 makes 8×8×2, but branch 2 4×4×4; padding and strides that make 8×8 in \
             branch 2 would make them equal",
        ),
        (
            "8x8x4:add(;c3x3),f,d10",
            "layer 1, add of 2 branches: branch 1 makes 8×8×4, but branch 2 6×6×3; padding and strides that make 8×8 in \
             branch 2 and a convolution of 1×1 with 4 kernels at its end would make them equal",
        ),
        (
            "8x8x4:add(f;),d10",
            "layer 1, add of 2 branches: branch 1 makes 256, but branch 2 8×8×4; padding and strides that make 1×1 in \
             branch 2 and a convolution of 1×1 with 256 kernels at its end would make them equal",
        ),
        ("8x8x4:mul(;r;t),f,d10", "layer 1, mul of 3 branches: a product is of two branches, but there are 3"),
        ("8x8x4:add(;),f,d10", "layer 1, add of 2 branches: it is empty; put a layer into one of its branches"),
        (
            "8x8x4:add(r,c9x99;),f,d10",
            "layer 1, branch 1: layer 2, conv 99×99 · 9: a 99×99 kernel does not fit an 8×8 input with padding 0; \
             padding 46 would",
        ),
    ];
    for (network, words) in refusals {
        assert_eq!(refusal(network), words);
        let error = Spec::read(network).unwrap().geometries(1).unwrap_err();
        assert!(words.ends_with(&cause(&error)), "{words}");
    }
    let deep = SpecError::Block { layer: 1, join: Join::Add, n_branches: 2, error: BlockError::TooDeep };
    assert_eq!(deep.reason(), "layer 1, add of 2 branches: blocks lie in each other more than 8 deep; use fewer");
    let unknown = SpecError::NoSuchLayer { name: "conv 9".into() };
    assert_eq!(unknown.reason(), "no layer with values of its own is called conv 9");
}

#[test]
fn zero_of_anything_is_named() {
    let conv = |kernels, size, params| Layer::Conv2d { kernels, size, params };
    let params = ConvParams::default();
    let pool = PoolParams::square(2);
    let zeros = [
        (conv(0, [3, 3], params), "the number of kernels must be at least 1"),
        (conv(8, [0, 3], params), "the kernel's height must be at least 1"),
        (conv(8, [3, 0], params), "the kernel's width must be at least 1"),
        (conv(8, [3, 3], params.stride(0)), "the stride must be at least 1"),
        (conv(8, [3, 3], params.dilation(0)), "the dilation must be at least 1"),
        (conv(8, [3, 3], params.groups(0)), "the number of groups must be at least 1"),
        (Layer::MaxPool2d(PoolParams { window: [0, 2], ..pool }), "the window's height must be at least 1"),
        (Layer::AvgPool2d(PoolParams { window: [2, 0], ..pool }), "the window's width must be at least 1"),
        (Layer::AvgPool2d(PoolParams { stride: [2, 0], ..pool }), "the stride must be at least 1"),
    ];
    for (layer, reason) in zeros {
        let words = layers::layer(&layer);
        let spec = Spec { input: [1, 28, 28], layers: vec![Layer::Relu, layer] };
        assert_eq!(spec.geometries(1).unwrap_err().reason(), format!("layer 2, {words}: {reason}"));
    }
    let others = [
        (Extent::Images, "the number of images"),
        (Extent::Channels, "the number of channels"),
        (Extent::InputHeight, "the input's height"),
        (Extent::InputWidth, "the input's width"),
        (Extent::KernelChannels, "the number of channels each kernel reads"),
        (Extent::WindowWidth, "the window's width"),
    ];
    for (what, words) in others {
        assert_eq!(GeomError::Empty { what }.reason(), format!("{words} must be at least 1"));
    }
}

#[test]
fn what_no_network_leads_to_is_said_as_well() {
    let channels = GeomError::Channels { input: 3, kernel: 4 };
    assert_eq!(channels.reason(), "each kernel reads 4 channels, but the input has 3; the two must be equal");
    assert_eq!(
        GeomError::TooLarge.reason(),
        "the result would be too large to hold; use a smaller input, batch or kernel count"
    );
    assert_eq!(PadError::Empty.reason(), "the input must have at least one row and one column");
    assert_eq!(PadError::TooLarge.reason(), "the padded input would be too large to hold; use less padding");
}

#[test]
fn a_text_that_is_no_network_is_told_what_is_understood() {
    let told = |text: &str| Spec::read(text).unwrap_err().reason();
    let layers = "c32x3 (convolution; p1 padding, s2 stride, i2 dilation, g2 groups), r (ReLU), m2, a2, u2 (max, average, \
                  sum pooling), f (flatten), d10 (dense), b1 (border), v (global mean), w3 (depthwise), n (batch norm), \
                  o0.5 (dropout), g, t, l, e (sigmoid, tanh, leaky ReLU, ELU)";
    assert_eq!(told("28x28x1:c8x3,q5"), format!("layer 2, “q5”, is unknown; layers are {layers}"));
    assert_eq!(told("28x28x1:r,c8x0"), "layer 2, “c8x0”: the kernel size must be from 1 to 65536");
    assert_eq!(
        told("28x28"),
        "“28x28” is no input size; a network starts with rows x columns x channels, each from 1 to 65536, and a colon, \
         such as 28x28x1:"
    );
    assert_eq!(
        told("8x8x4:r)"),
        "the brackets do not fit at “)”; a block is add(…;…), cat(…;…) or mul(…;…), with its branches inside, as in \
         add(c8x3p1,r,c8x3p1;)"
    );
    assert_eq!(told(&format!("8x8x4:{}", "add(".repeat(30))), "blocks lie in each other too deep; 8 is the most");
    assert_eq!(told(&format!("8x8x4:{}", "r,".repeat(60))), "the network has too many layers; 40 is the most");
    let numbers = [
        ("c0x3", "the number of kernels", 1),
        ("c1x1p99999", "the padding", 0),
        ("c1x1s0", "the stride", 1),
        ("c1x1i0", "the dilation", 1),
        ("c1x1g0", "the number of groups", 1),
        ("m0", "the window", 1),
        ("b99999", "the border", 0),
        ("b1a99999", "the border below and to the right", 0),
        ("d0", "the number of units", 1),
    ];
    for (layer, what, low) in numbers {
        let words = format!("layer 1, “{layer}”: {what} must be from {low} to 65536");
        assert_eq!(told(&format!("8x8x4:{layer}")), words);
    }
    // What is recommended can be read.
    let examples = layers.split("), ").filter_map(|layer| layer.split(" (").next());
    for example in examples.flat_map(|several| several.split(", ")) {
        assert!(Spec::read(&format!("28x28x1:{example}")).is_ok(), "{example}");
    }
}
