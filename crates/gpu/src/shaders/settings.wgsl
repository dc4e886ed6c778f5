// What the host sets for each step of a submission.
struct Settings {
    // The learning rate; for Adam over 1 − beta1^t, t counting the steps from 1.
    rate: f32,
    // For Adam, √(1 − beta2^t).
    root: f32,
    // The key of the step's random choices.
    key: u32,
}
