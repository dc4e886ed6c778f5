// The sizes of a border around planes. x is (planes, height, width), y is (planes, out_height, out_width).

override planes: u32;
override height: u32;
override width: u32;
override out_height: u32;
override out_width: u32;
override above: u32;
override before: u32;
// What the border holds: 0 zeros, 1 the nearest cell, 2 the plane mirrored at its outermost row or column.
override border: u32;

// The cell of an axis of n whose value stands at `at` of the padded axis; n itself for a zero.
fn source(at: u32, ahead: u32, n: u32) -> u32 {
    if at >= ahead && at - ahead < n {
        return at - ahead;
    }
    switch border {
        case 0u: { return n; }
        case 1u: { return select(n - 1, 0u, at < ahead); }
        default: { return select(2 * (n - 1) - (at - ahead), ahead - at, at < ahead); }
    }
}
