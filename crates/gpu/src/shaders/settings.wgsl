// What the host sets for each step of a submission.
struct Settings {
    // The learning rate; for Adam and its relatives over 1 − beta1^t, t counting the steps from 1; for Nadam the share of the
    // gradient.
    rate: f32,
    // For Nadam the share of the mean.
    mean_rate: f32,
    // For Adam and its relatives √(1 − beta2^t).
    root: f32,
    // The share of a weight that stays before the rule: below 1 where weight decay is decoupled.
    keep: f32,
    // The key of the step's random choices.
    key: u32,
}
