// @ts-check
/// <reference path="./types.d.ts" />
// Reports a chapter to a platform for SCORM 1.2.
import { run } from './page.js';
import { texts } from './texts.js';

/** The most windows around this one that are asked for the platform's script. */
const MOST_WINDOWS = 500;

/** The platform's script in a window or in one around it. @param {Window | null | undefined} window */
const around = (window) => {
  try {
    for (let n = 0; window && n < MOST_WINDOWS; n++) {
      if (window.API) return window.API;
      if (window.parent === window) return;
      window = window.parent;
    }
  } catch {
    // A window of another origin: the platform's script is not in it.
  }
};
const opener = (/** @type {Window | null} */ window) => /** @type {Window | null | undefined} */ (window?.opener);
const api = around(window) ?? around(opener(window)) ?? around(opener(window.top));

const begun = performance.now();
/** The time since this page was opened, as the standard writes it: HHHH:MM:SS.SS. */
const sessionTime = () => {
  const hundredths = Math.round((performance.now() - begun) / 10);
  const part = (/** @type {number} */ unit, /** @type {number} */ of, width = 2) => String(Math.floor(hundredths / unit) % of).padStart(width, '0');
  return `${part(360_000, 10_000, 4)}:${part(6000, 60)}:${part(100, 60)}.${part(1, 100)}`;
};

/** Calls the platform. Fails with a sentence where it refuses. @param {(api: ScormApi) => string} call */
const ask = (call) => {
  if (!api) throw new Error(texts.noApi);
  let answer;
  try {
    answer = String(call(api));
  } catch (error) {
    throw new Error(texts.broken(error));
  }
  if (answer !== 'false') return answer;
  const code = String(api.LMSGetLastError());
  throw new Error(texts.refused(code, api.LMSGetErrorString(code)));
};
/** @param {string} element */
const get = (element) => ask((api) => api.LMSGetValue(element));
/** @param {string} element @param {string | number} value */
const set = (element, value) => ask((api) => api.LMSSetValue(element, String(value)));

/** What was reported at other times stays: a platform that has lost the rest is not told of less. */
let [isPassed, score] = [false, 0];
let tell = (/** @type {string} */ _said) => {};

/** Does what reports, and says what came of it. @param {() => void} act */
const reporting = (act) => {
  try {
    act();
    tell(texts.reported);
  } catch (error) {
    tell(`${texts.notReported} ${/** @type {Error} */ (error).message}`);
  }
};

/** @param {import('./progress.js').Progress} progress */
const write = (progress) => {
  score = Math.max(score, Math.round(100 * progress.share()));
  isPassed ||= progress.share() === 1;
  set('cmi.core.score.raw', score);
  set('cmi.core.lesson_status', isPassed ? 'passed' : 'incomplete');
  set('cmi.suspend_data', JSON.stringify(progress.kept));
  set('cmi.core.session_time', sessionTime());
  ask((api) => api.LMSCommit(''));
};

run({
  async begin(_course, tellLearner) {
    ask((api) => api.LMSInitialize(''));
    tell = tellLearner;
    isPassed = ['passed', 'completed'].includes(get('cmi.core.lesson_status'));
    score = Number(get('cmi.core.score.raw')) || 0;
    const text = get('cmi.suspend_data');
    reporting(() => {
      // A platform need not know these two.
      for (const [end, value] of [['min', '0'], ['max', '100']]) api?.LMSSetValue(`cmi.core.score.${end}`, value);
      if (!isPassed) set('cmi.core.lesson_status', 'incomplete');
      // What is kept shall be there next time.
      set('cmi.core.exit', 'suspend');
      ask((api) => api.LMSCommit(''));
    });
    try {
      return JSON.parse(text);
    } catch {
      // Nothing was kept yet, or another page has kept something.
      return null;
    }
  },
  report(progress) { reporting(() => write(progress)); },
  end(progress) {
    reporting(() => {
      write(progress);
      ask((api) => api.LMSFinish(''));
    });
  },
});
