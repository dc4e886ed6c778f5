//! A lesson while it is written: each change, and the way back from a deletion.

use super::{Block, LessonFile, MOST_BLOCKS, MOST_BYTES};

/// A change.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Gives the lesson another title.
    Title(String),
    /// Names its author.
    Author(String),
    /// Names the language of its texts.
    Lang(String),
    /// Puts a block at the end, and opens it.
    Add(Block),
    /// Replaces the block of this name.
    Set(u32, Block),
    /// Moves the block of this name so far down.
    Move(u32, isize),
    /// Takes the block of this name away.
    Remove(u32),
    /// Brings back the block that was taken away last.
    Undo,
    /// Opens the fields of the block of this name, or closes them.
    Toggle(u32),
}

/// The reason that a change was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoom {
    /// The lesson has as many blocks as it can have.
    Blocks,
    /// Its file would be longer than one that is read.
    Bytes,
}

/// A lesson while it is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Editing {
    /// The lesson; its blocks stand in the other field.
    head: LessonFile,
    /// The blocks in order, each with a name that stays.
    blocks: Vec<(u32, Block)>,
    /// The name of the next block.
    next: u32,
    /// The block that was taken away last, and its place.
    removed: Option<(usize, (u32, Block))>,
    /// The block whose fields are open.
    open: Option<u32>,
    /// The reason that the last change was not made.
    refused: Option<NoRoom>,
}

impl Editing {
    /// Begins with a lesson.
    pub fn new(mut lesson: LessonFile) -> Self {
        let blocks: Vec<_> = (0..).zip(std::mem::take(&mut lesson.blocks)).collect();
        Self { head: lesson, next: blocks.len() as u32, blocks, ..Self::default() }
    }

    /// The lesson as it is now.
    pub fn lesson(&self) -> LessonFile {
        LessonFile { blocks: self.blocks.iter().map(|(_, block)| block.clone()).collect(), ..self.head.clone() }
    }

    /// Title, author and language; no blocks.
    pub fn head(&self) -> &LessonFile {
        &self.head
    }

    /// The blocks in order, each with its name.
    pub fn blocks(&self) -> &[(u32, Block)] {
        &self.blocks
    }

    /// True if a block can be brought back.
    pub fn can_undo(&self) -> bool {
        self.removed.is_some()
    }

    /// The block whose fields are open.
    pub fn open(&self) -> Option<u32> {
        self.open
    }

    /// The reason that the last change was not made.
    pub fn refused(&self) -> Option<NoRoom> {
        self.refused
    }

    /// Returns the lesson after a change; as it was where there is no room for that, which is noted.
    pub fn after(self, edit: Edit) -> Self {
        let before = self.clone();
        let mut next = self;
        next.refused = None;
        next.take(edit);
        let refused = if next.blocks.len() > MOST_BLOCKS {
            Some(NoRoom::Blocks)
        } else {
            (next.lesson().write().len() > MOST_BYTES).then_some(NoRoom::Bytes)
        };
        if refused.is_some() { Self { refused, ..before } } else { next }
    }

    fn place(&self, name: u32) -> Option<usize> {
        self.blocks.iter().position(|(other, _)| *other == name)
    }

    fn take(&mut self, edit: Edit) {
        match edit {
            Edit::Title(text) => self.head.title = text,
            Edit::Author(text) => self.head.author = text,
            Edit::Lang(text) => {
                self.head.lang = text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(35).collect();
            }
            Edit::Add(block) => {
                self.blocks.push((self.next, block));
                self.open = Some(self.next);
                self.next += 1;
            }
            Edit::Set(name, block) => {
                if let Some(place) = self.place(name) {
                    self.blocks[place].1 = block;
                }
            }
            Edit::Move(name, by) => {
                let from = self.place(name);
                let to = from.and_then(|from| from.checked_add_signed(by)).filter(|to| *to < self.blocks.len());
                if let Some((from, to)) = from.zip(to) {
                    let block = self.blocks.remove(from);
                    self.blocks.insert(to, block);
                }
            }
            Edit::Remove(name) => {
                if let Some(place) = self.place(name) {
                    self.removed = Some((place, self.blocks.remove(place)));
                }
            }
            Edit::Undo => {
                if let Some((place, block)) = self.removed.take() {
                    self.blocks.insert(place.min(self.blocks.len()), block);
                }
            }
            Edit::Toggle(name) => self.open = (self.open != Some(name)).then_some(name),
        }
    }
}
