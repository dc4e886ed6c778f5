// Coupled weight decay: the multiple of a weight that is added to its gradient.
override decay: f32;

// The gradient that a rule gets, of weight i: shortened by clipping, with the weight's decay.
fn gradient(i: u32) -> f32 {
    return scale * grad[i] + decay * w[i];
}
