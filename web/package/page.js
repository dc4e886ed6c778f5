// @ts-check
/// <reference path="./types.d.ts" />
/// <reference path="../embed.d.ts" />
// The page of a package: it shows a chapter with its guide and exercises, counts, and has a reporter tell the platform.
import { Progress } from './progress.js';
import { texts } from './texts.js';

const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Shows the chapter that the address names, or all chapters of the package. @param {Reporter} reporter */
export const run = async (reporter) => {
  /** @type {PackedCourse} */
  const course = await (await fetch('./course.json')).json();
  const asked = new URLSearchParams(location.search).get('chapter');
  const chapters = course.chapters.filter(({ key }) => asked === null || key === asked);
  let [shown] = chapters;
  if (!shown) {
    at('reports').textContent = texts.noChapter(asked ?? '', course.chapters.map(({ key }) => key));
    return;
  }
  const progress = new Progress(chapters);

  const count = () => {
    const { right, of } = progress.standing([shown]);
    const open = shown.exercises.flatMap(({ key, more }, i) => (more || progress.has('right', shown, key) ? [] : [i + 1]));
    const hasMore = shown.exercises.some(({ more }) => more);
    const lines = [texts.standing(right, of, open, hasMore ? course.more : '')];
    const seen = shown.guide.filter((key) => progress.has('guide', shown, key)).length;
    if (shown.guide.length) lines.push(texts.guide(seen, shown.guide.length));
    const all = progress.standing();
    if (chapters.length > 1) lines.push(texts.inAll(all.right, all.of));
    at('standing').textContent = lines.join(' ');
  };

  const show = (/** @type {PackedChapter} */ chapter) => {
    shown = chapter;
    document.title = at('title').textContent = chapter.title;
    at('lead').textContent = chapter.lead;
    const figure = document.createElement('receptive-figure');
    // The page by its name: a learning platform sends none for a folder.
    for (const [name, value] of Object.entries({ chapter: chapter.key, part: 'stage,guide,exercises', base: './receptive/index.html', label: chapter.title })) figure.setAttribute(name, value);
    at('figure').replaceChildren(figure);
    for (const button of at('chapters').children) button.ariaCurrent = button.textContent === chapter.title ? 'true' : null;
    count();
  };

  at('chapters').hidden = chapters.length < 2;
  at('chapters').setAttribute('aria-label', texts.chapters);
  at('chapters').replaceChildren(...chapters.map((chapter) => {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: chapter.title });
    button.addEventListener('click', () => show(chapter));
    return button;
  }));

  // Answers given before the platform has said what it kept are reported after that.
  const begun = reporter.begin(course, (said) => { at('reports').textContent = said; }).then((kept) => {
    progress.read(kept);
    count();
    return true;
  }, (/** @type {Error} */ error) => {
    at('reports').textContent = `${texts.nothingIsReported} ${error.message}`;
    return false;
  });
  /** @param {GivenAnswer} [answer] */
  const report = async (answer) => {
    count();
    if (await begun) reporter.report(progress, answer);
  };
  at('figure').addEventListener('receptive-answer', ({ detail: { exercise, right, attempts } }) => {
    // A stage can ask too; that is play.
    const asked = shown.exercises.find(({ key }) => key === exercise);
    if (!asked) return;
    const isNew = right && progress.take('right', shown, exercise);
    report({ chapter: shown, exercise, right, attempts, counts: isNew && !asked.more });
  });
  at('figure').addEventListener('receptive-guide', ({ detail: { key } }) => {
    if (progress.take('guide', shown, key)) report();
  });
  addEventListener('pagehide', () => begun.then((isBegun) => { if (isBegun) reporter.end(progress); }));
  // The platform has been told that the learner left: a page that is brought back begins anew.
  addEventListener('pageshow', ({ persisted }) => { if (persisted) location.reload(); });
  show(shown);
};
