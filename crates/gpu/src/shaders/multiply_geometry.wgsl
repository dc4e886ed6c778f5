// Two tensors of as many images, and their product: channels, rows, columns. Where an axis of a tensor is 1, it is repeated
// along the product's.

override images: u32;
override a_channels: u32;
override a_height: u32;
override a_width: u32;
override b_channels: u32;
override b_height: u32;
override b_width: u32;
override channels: u32;
override height: u32;
override width: u32;

// Image, channel, row and column of a cell.
fn place_in(i: u32, c: u32, h: u32, w: u32) -> vec4<u32> {
    return vec4(i / (c * h * w), i / (h * w) % c, i / w % h, i % w);
}

// The cell of a tensor of this shape that a cell of the product reads.
fn source(place: vec4<u32>, c: u32, h: u32, w: u32) -> u32 {
    return ((place[0] * c + min(place[1], c - 1)) * h + min(place[2], h - 1)) * w + min(place[3], w - 1);
}

// How often an axis of this size is repeated along the product's.
fn repeats(all: u32, own: u32) -> u32 {
    return all / own;
}
