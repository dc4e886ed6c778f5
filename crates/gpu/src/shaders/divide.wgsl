// Quotient and remainder: a division costs far more than a product.
fn divide(value: u32, by: u32) -> vec2<u32> {
    let quotient = value / by;
    return vec2(quotient, value - quotient * by);
}
