//! The points of a curve that stay when it is thinned.

use std::array::from_fn;

/// Returns the indices of at most `n_most` items to keep: the lowest and the highest of every value in every stretch of
/// `at`, the first and the last. `at` rises. Stretches are as long as a power of two, so that what is thinned again
/// keeps the peaks of the longer ones.
pub fn peaks<T, const K: usize>(
    items: &[T],
    n_most: usize,
    at: impl Fn(&T) -> u32,
    values: impl Fn(&T) -> [f32; K],
) -> Vec<usize> {
    let (Some(first), Some(last)) = (items.first(), items.last()) else { return Vec::new() };
    if items.len() <= n_most {
        return (0..items.len()).collect();
    }
    // Stretches are cut off at both ends, and so may be one more.
    let n_stretches = (n_most.saturating_sub(2) / (2 * K)).saturating_sub(1).max(1);
    let length = (at(last) - at(first) + 1).div_ceil(n_stretches as u32).next_power_of_two();
    let mut kept = vec![0];
    let mut start = 0;
    for stretch in items.chunk_by(|a, b| at(a) / length == at(b) / length) {
        let extremes: [[usize; 2]; K] = from_fn(|k| {
            let value = |i: usize| values(&stretch[i])[k];
            let pick = |is_further: fn(f32, f32) -> bool| {
                (1..stretch.len()).fold(0, |best, i| if is_further(value(i), value(best)) { i } else { best })
            };
            [pick(|a, b| a < b), pick(|a, b| a > b)]
        });
        let is_kept = |i: &usize| extremes.iter().any(|ends| ends.contains(i));
        kept.extend((0..stretch.len()).filter(is_kept).map(|i| start + i));
        start += stretch.len();
    }
    kept.push(items.len() - 1);
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use receptive_core::Rng;

    #[test]
    fn peaks_stay_wherever_they_are() {
        let mut rng = Rng::new(4);
        for round in 0..40 {
            let n = 1000 + rng.below(5000);
            let spike = rng.below(n) as usize;
            let mut points: Vec<(u32, f32)> = (0..n).map(|i| (i * 3, rng.range(1.0, 2.0))).collect();
            points[spike].1 = if round % 2 == 0 { 9.0 } else { -9.0 };
            let kept = peaks(&points, 700, |point| point.0, |point| [point.1]);
            assert!(kept.len() <= 700 && kept.len() > 150, "{}", kept.len());
            assert!(kept.contains(&spike) && kept[0] == 0 && kept[kept.len() - 1] == n as usize - 1);
            assert!(kept.windows(2).all(|two| two[0] < two[1]), "in order, none twice");
        }
        let few = [(1, 0.5), (2, f32::NAN), (3, 0.25)];
        assert_eq!(peaks(&few, 700, |point| point.0, |point| [point.1]), [0, 1, 2]);
        assert!(peaks(&few[..0], 700, |point| point.0, |point| [point.1]).is_empty());
    }

    #[test]
    fn every_stretch_keeps_its_lowest_and_highest() {
        let mut rng = Rng::new(5);
        let points: Vec<(u32, [f32; 2])> =
            (1..=20_000).map(|i| (i, [rng.range(0.0, 1.0), rng.range(0.0, 1.0)])).collect();
        let kept = peaks(&points, 2000, |point| point.0, |point| point.1);
        for start in (0..20_000).step_by(64) {
            for k in 0..2 {
                let all = points.iter().filter(|point| (start..start + 64).contains(&point.0));
                let highest = all.map(|point| point.1[k]).fold(0.0, f32::max);
                let stays = kept.iter().map(|&i| &points[i]).filter(|point| (start..start + 64).contains(&point.0));
                assert_eq!(stays.map(|point| point.1[k]).fold(0.0, f32::max), highest, "from {start}");
            }
        }
    }
}
