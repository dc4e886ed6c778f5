// An activation function of one value, with the constants that belong to it, and its slope.

// Which one: 0 rectifier, 1 sigmoid, 2 tanh, 3 leaky rectifier (a: slope), 4 ELU (a: alpha), 5 maxout of two lines
// (a · x + b and c · x + d), 6 radial (a: centre, b: epsilon).
override function: u32;
override a: f32;
override b: f32;
override c: f32;
override d: f32;

// Which of maxout's lines is on top. Where they meet it is the one that comes from the left.
fn second_is_upper(v: f32) -> bool {
    let first = a * v + b;
    let second = c * v + d;
    return second > first || (second == first && c < a);
}

fn value(v: f32) -> f32 {
    switch function {
        case 0u: { return select(v, 0.0, v < 0.0); }
        case 1u: {
            // The exponential of a number below zero cannot overflow.
            let e = exp(-abs(v));
            return select(1.0, e, v < 0.0) / (1.0 + e);
        }
        case 2u: {
            let e = exp(-2.0 * abs(v));
            return sign(v) * (1.0 - e) / (1.0 + e);
        }
        case 3u: { return v * select(a, 1.0, v > 0.0); }
        case 4u: { return select(a * (exp(min(v, 0.0)) - 1.0), v, v > 0.0); }
        case 5u: { return select(a * v + b, c * v + d, second_is_upper(v)); }
        default: {
            let distance = b * (v - a);
            return exp(-distance * distance);
        }
    }
}

// The slope. At a kink it is that of the left side.
fn slope(v: f32) -> f32 {
    switch function {
        case 0u: { return select(0.0, 1.0, v > 0.0); }
        case 1u: {
            let e = exp(-abs(v));
            return e / ((1.0 + e) * (1.0 + e));
        }
        case 2u: {
            let e = exp(-2.0 * abs(v));
            return 4.0 * e / ((1.0 + e) * (1.0 + e));
        }
        case 3u: { return select(a, 1.0, v > 0.0); }
        case 4u: { return select(a * exp(min(v, 0.0)), 1.0, v > 0.0); }
        case 5u: { return select(a, c, second_is_upper(v)); }
        default: { return -2.0 * b * b * (v - a) * value(v); }
    }
}
