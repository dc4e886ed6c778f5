// A loss of a row of scores and its class, and its slope.

// Which one: 0 squared error, 1 absolute error, 2 hinge, 3 binary cross-entropy.
override loss: u32;
override n_rows: u32;
override n_classes: u32;

// What class i adds to the sum of a row that begins at `first`.
fn part(first: u32, wanted: u32, i: u32) -> f32 {
    let v = x[first + i];
    let t = select(0.0, 1.0, i == wanted);
    switch loss {
        case 0u: { return (v - t) * (v - t); }
        case 1u: { return abs(v - t); }
        case 2u: { return select(max(0.0, 1.0 - x[first + wanted] + v), 0.0, i == wanted); }
        // The exponential of a number below zero cannot overflow.
        default: { return max(v, 0.0) + log(1.0 + exp(-abs(v))) - t * v; }
    }
}

// The slope of that sum with respect to x[first + i].
fn slope(first: u32, wanted: u32, i: u32) -> f32 {
    let v = x[first + i];
    let t = select(0.0, 1.0, i == wanted);
    switch loss {
        case 0u: { return 2.0 * (v - t); }
        case 1u: { return sign(v - t); }
        case 2u: {
            if i != wanted {
                return select(0.0, 1.0, 1.0 - x[first + wanted] + v > 0.0);
            }
            var n_short = 0.0;
            for (var other = 0u; other < n_classes; other++) {
                n_short += select(0.0, 1.0, other != wanted && 1.0 - v + x[first + other] > 0.0);
            }
            return -n_short;
        }
        default: {
            let e = exp(-abs(v));
            return select(1.0, e, v < 0.0) / (1.0 + e) - t;
        }
    }
}
