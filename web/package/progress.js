// @ts-check
/// <reference path="./types.d.ts" />

/** How far a learner has come in some chapters. What counts is each exercise that was answered right at last. */
export class Progress {
  #chapters;
  /** Names such as "padding/border". @type {{ right: Set<string>, guide: Set<string> }} */
  #done = { right: new Set(), guide: new Set() };

  /** @param {PackedChapter[]} chapters */
  constructor(chapters) { this.#chapters = chapters; }

  /** Takes note of an exercise answered right, or of a step of the guide. Returns true if it is new. @param {'right' | 'guide'} what @param {PackedChapter} chapter @param {string} key */
  take(what, chapter, key) {
    const [done, name] = [this.#done[what], `${chapter.key}/${key}`];
    return !done.has(name) && !!done.add(name);
  }

  /** @param {'right' | 'guide'} what @param {PackedChapter} chapter @param {string} key */
  has(what, chapter, key) { return this.#done[what].has(`${chapter.key}/${key}`); }

  /** What counts of these chapters, or of all: so many are right of so many. */
  standing(chapters = this.#chapters) {
    const counting = chapters.flatMap((chapter) => chapter.exercises.filter(({ more }) => !more).map(({ key }) => this.has('right', chapter, key)));
    return { right: counting.filter(Boolean).length, of: counting.length };
  }

  /** The share of what counts, from 0 to 1. */
  share(chapters = this.#chapters) {
    const { right, of } = this.standing(chapters);
    return right / of;
  }

  /** What a platform keeps of it. */
  get kept() { return { right: [...this.#done.right], guide: [...this.#done.guide] }; }

  /** Adds what a platform has kept, as far as this package knows it. @param {unknown} kept */
  read(kept) {
    const has = (/** @type {string} */ what, /** @type {string} */ name) => {
      const names = Object(Object(kept)[what]);
      return Array.isArray(names) && names.includes(name);
    };
    for (const chapter of this.#chapters) {
      for (const { key } of chapter.exercises) if (has('right', `${chapter.key}/${key}`)) this.take('right', chapter, key);
      for (const key of chapter.guide) if (has('guide', `${chapter.key}/${key}`)) this.take('guide', chapter, key);
    }
  }
}
