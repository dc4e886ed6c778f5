//! A set as a sorted list: little code for each kind of element, and no slower where elements come nearly in order.

use std::ops::Deref;

/// Elements in order, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorted<T>(Vec<T>);

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Self(vec![])
    }
}

impl<T: Ord> Sorted<T> {
    /// Adds an element. True if it was not there.
    pub fn insert(&mut self, element: T) -> bool {
        let at = if self.0.last().is_none_or(|last| *last < element) {
            Err(self.0.len())
        } else {
            self.0.binary_search(&element)
        };
        at.map_err(|at| self.0.insert(at, element)).is_err()
    }

    /// True if an element is there.
    pub fn contains(&self, element: &T) -> bool {
        self.0.binary_search(element).is_ok()
    }
}

impl<T> Deref for Sorted<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Ord> Extend<T> for Sorted<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        elements.into_iter().for_each(|element| _ = self.insert(element));
    }
}

impl<T: Ord> FromIterator<T> for Sorted<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut sorted = Self::default();
        sorted.extend(elements);
        sorted
    }
}

impl<T> IntoIterator for Sorted<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_stand_in_order_and_once() {
        let mut sorted: Sorted<_> = [3, 1, 4, 1, 5].into_iter().collect();
        assert!(!sorted.insert(4) && sorted.insert(2) && sorted.contains(&2) && !sorted.contains(&6));
        assert_eq!(sorted[..], [1, 2, 3, 4, 5]);
    }
}
