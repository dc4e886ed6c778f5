//! Cuts a set of images into parts that each hold every class.

use receptive_core::Rng;

/// One image in this many of a learner's own files is kept for the test.
pub const TEST_SHARE: usize = 6;

/// An order of images with these classes by the seed: images of a class are shuffled among themselves and
/// stand as evenly as can be from the first place to the last. So every stretch of it holds the classes in about their
/// share, in whatever order the images came.
pub fn spread(labels: &[u8], seed: u64) -> Vec<u32> {
    let mut classes = vec![Vec::new(); 256];
    (0..).zip(labels).for_each(|(i, &label)| classes[usize::from(label)].push(i));
    let mut places: Vec<(f64, u32)> = Vec::with_capacity(labels.len());
    for (stream, class) in (0..).zip(&mut classes) {
        Rng::stream(seed, stream).shuffle(class);
        let n = class.len() as f64;
        places.extend(class.iter().enumerate().map(|(rank, &i)| ((rank as f64 + 0.5) / n, i)));
    }
    // Stable: where two classes want the same place, the smaller comes first.
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    places.into_iter().map(|(_, i)| i).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_file_sorted_by_class_holds_every_class() {
        let sorted: Vec<u8> = (0..10).flat_map(|class| vec![class; 60 + 9 * usize::from(class)]).collect();
        let order = spread(&sorted, 1);
        let mut all = order.clone();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..sorted.len() as u32), "each image stands there once");
        for part in order.chunks(order.len() / TEST_SHARE) {
            for class in 0..10 {
                let n = part.iter().filter(|&&i| sorted[i as usize] == class).count();
                let share = part.len() * (60 + 9 * usize::from(class)) / sorted.len();
                assert!(n.abs_diff(share) <= 2, "{n} of class {class} among {}, not {share}", part.len());
            }
        }
    }

    #[test]
    fn the_seed_decides_and_classes_do_not_go_in_step_with_the_file() {
        let labels = [3; 40];
        assert_eq!(spread(&labels, 1), spread(&labels, 1));
        assert_ne!(spread(&labels, 1), spread(&labels, 2));
        assert_ne!(spread(&labels, 1), (0..40).collect::<Vec<_>>());
        assert_eq!(spread(&[], 1), []);
    }
}
