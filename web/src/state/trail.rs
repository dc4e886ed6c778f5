//! The scroll positions of the entries in the browser's history.

/// The scroll position of each entry when it was left, by its number, and the entry that is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trail {
    here: usize,
    scrolls: Vec<f64>,
}

impl Trail {
    /// The number of the entry that is shown.
    pub fn here(&self) -> usize {
        self.here
    }

    /// The entry that is shown was scrolled down to here.
    pub fn leave(&mut self, y: f64) {
        if self.scrolls.len() <= self.here {
            self.scrolls.resize(self.here + 1, 0.0);
        }
        self.scrolls[self.here] = y;
    }

    /// Goes on to a new entry after the one that is shown. What came after that one is gone, as in the browser.
    pub fn push(&mut self) {
        self.here += 1;
        self.scrolls.truncate(self.here);
    }

    /// Goes to an entry of this number, or to a new one.
    pub fn turn(&mut self, entry: Option<usize>) {
        match entry {
            Some(entry) => self.here = entry,
            None => self.push(),
        }
    }

    /// Returns the scroll position of the entry that is shown.
    pub fn scroll(&self) -> f64 {
        self.scrolls.get(self.here).copied().unwrap_or(0.0)
    }

    /// As it is kept over a reload.
    pub fn text(&self) -> String {
        self.scrolls.iter().map(|y| format!("{y:.0}")).collect::<Vec<_>>().join(" ")
    }

    /// Reads a kept text, with the entry that is shown: a new one after all the others if it has no number.
    pub fn read(text: &str, entry: Option<usize>) -> Self {
        let scrolls: Vec<f64> = text.split(' ').map_while(|y| y.parse::<u32>().ok()).map(f64::from).collect();
        Self { here: entry.unwrap_or(scrolls.len()), scrolls }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scroll_at(trail: &mut Trail, entry: Option<usize>) -> f64 {
        trail.turn(entry);
        trail.scroll()
    }

    #[test]
    fn back_and_forward_find_each_entry_where_it_was_left() {
        let mut trail = Trail::default();
        trail.leave(1772.0);
        trail.push();
        assert_eq!((trail.here(), trail.scroll()), (1, 0.0));
        trail.leave(300.0);
        assert_eq!(scroll_at(&mut trail, Some(0)), 1772.0);
        assert_eq!(scroll_at(&mut trail, Some(1)), 300.0);
    }

    #[test]
    fn a_new_entry_begins_at_its_top_and_ends_what_came_after() {
        let mut trail = Trail::default();
        for y in [10.0, 20.0, 30.0] {
            trail.leave(y);
            trail.push();
        }
        assert_eq!(scroll_at(&mut trail, Some(0)), 10.0);
        assert_eq!(scroll_at(&mut trail, None), 0.0);
        assert_eq!((trail.here(), trail.text()), (1, "10".into()));
    }

    #[test]
    fn what_was_kept_is_read_again_and_damage_only_forgets() {
        let trail = Trail::read("10 20 30", Some(1));
        assert_eq!((trail.here(), trail.scroll(), trail.text()), (1, 20.0, "10 20 30".into()));
        assert_eq!(Trail::read("10 20", None).here(), 2);
        for damaged in ["", "x", "NaN 3", "inf", "10,20"] {
            assert_eq!(Trail::read(damaged, Some(3)).scroll(), 0.0, "{damaged}");
        }
    }
}
