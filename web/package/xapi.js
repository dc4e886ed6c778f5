// @ts-check
/// <reference path="./types.d.ts" />
// Reports chapters as xAPI statements (1.0.3) to the place that the page's address names.
import { run } from './page.js';
import { texts } from './texts.js';

const ADL = 'http://adlnet.gov/expapi';
/** The extension that holds how often an exercise was answered since its figure was loaded. */
const ATTEMPTS = 'urn:x-receptive:attempts';
/** The name under which the platform keeps the learner's progress. */
const STATE = 'receptive';
/** What is waited before each further try, in milliseconds. */
const WAITS = [500, 2000, 6000];
/** A platform that has not answered after so long does not, in milliseconds. */
const PATIENCE = 10_000;

const launch = new URLSearchParams(location.search);
const begun = performance.now();
/** @type {unknown} */
let actor;
/** @type {URL} */
let endpoint;
let activity = '';
/** @type {PackedCourse} */
let course;
let tell = (/** @type {string} */ _said) => {};

/** Statements that the platform has not taken yet. @type {{ id: string }[]} */
const waiting = [];
/** The progress that the platform has not kept yet. @type {object | null} */
let unkept = null;
let isSending = false;

/** A random name (RFC 9562, version 4). `crypto.randomUUID` is not there on hosts without https. */
const uuid = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

/** Asks the platform once. @param {string} path @param {Record<string, string>} query @param {RequestInit} [options] */
const once = (path, query, options) => {
  const url = new URL(path, endpoint);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = { 'X-Experience-API-Version': '1.0.3', 'Content-Type': 'application/json', Authorization: launch.get('auth') ?? '' };
  return fetch(url, { ...options, headers, signal: AbortSignal.timeout(PATIENCE) });
};

/** Asks it, a few times if need be. Fails with a sentence. @param {string} path @param {Record<string, string>} query @param {RequestInit} [options] @param {number} [accepted] a status that is none of success and an answer */
const ask = async (path, query, options, accepted) => {
  for (let n = 0; ; n++) {
    let why = texts.noAnswer;
    let isFinal = n === WAITS.length;
    try {
      const response = await once(path, query, options);
      if (response.ok || response.status === accepted) return response;
      why = texts.status(response.status);
      // What it does not take now it will not take later, unless it is busy.
      isFinal ||= response.status < 500 && response.status !== 429;
    } catch {
      // The network, a policy, or too long a silence: the browser does not say which.
    }
    if (isFinal) throw new Error(why);
    await new Promise((resolve) => setTimeout(resolve, WAITS[n]));
  }
};

const place = () => {
  const registration = launch.get('registration');
  return { activityId: activity, agent: JSON.stringify(actor), stateId: STATE, ...(registration && { registration }) };
};
const put = (/** @type {object} */ body) => ({ method: 'PUT', body: JSON.stringify(body) });

/** Sends what waits, one after the other, and says what came of it. A statement that is there already answers 409. */
const send = async () => {
  if (isSending) return;
  isSending = true;
  try {
    while (waiting.length || unkept) {
      const [[statement], kept] = [waiting, unkept];
      if (statement) {
        await ask('statements', { statementId: statement.id }, put(statement), 409);
        waiting.shift();
      } else if (kept) {
        await ask('activities/state', place(), put(kept));
        if (unkept === kept) unkept = null;
      }
    }
    tell(texts.reported);
  } catch (error) {
    tell(`${texts.notReported} ${/** @type {Error} */ (error).message}`);
  }
  isSending = false;
};

/** @param {string} id @param {string} type @param {string} name @param {object} [more] */
const object = (id, type, name, more) => ({ objectType: 'Activity', id, definition: { type: `${ADL}/activities/${type}`, name: { en: name }, ...more } });
const courseObject = () => object(activity, 'course', course.title);
const chapterObject = (/** @type {PackedChapter} */ chapter) => object(`${activity}/${chapter.key}`, 'lesson', chapter.title);

/** Adds a statement to those that wait. @param {string} verb @param {{ id: string }} about @param {object} [result] @param {object} [around] the activities around it */
const state = (verb, about, result, around) => {
  const registration = launch.get('registration');
  const context = { language: 'en', ...(registration && { registration }), ...(around && { contextActivities: around }) };
  waiting.push(/** @type {{ id: string }} */ ({
    id: uuid(), actor, verb: { id: `${ADL}/verbs/${verb}`, display: { en: verb } }, object: about, ...(result && { result }), context, timestamp: new Date().toISOString(),
  }));
};

/** The result of some chapters, or of all. @param {import('./progress.js').Progress} progress @param {PackedChapter[]} [chapters] */
const resultOf = (progress, chapters) => {
  const { right, of } = progress.standing(chapters);
  return { score: { scaled: right / of, raw: right, min: 0, max: of }, completion: right === of, ...(right === of && { success: true }) };
};

run({
  async begin(packed, tellLearner) {
    const named = [launch.get('endpoint'), launch.get('actor')];
    if (!named[0] || !named[1]) throw new Error(texts.noLaunch);
    try {
      endpoint = new URL(named[0].replace(/\/*$/, '/'));
      actor = JSON.parse(named[1]);
    } catch {
      throw new Error(texts.badLaunch);
    }
    [course, tell] = [packed, tellLearner];
    activity = launch.get('activity_id') || course.id;
    const found = await ask('activities/state', place(), {}, 404);
    state('initialized', courseObject());
    send();
    return found.ok ? found.json().catch(() => null) : null;
  },
  report(progress, answer) {
    if (answer) {
      const { chapter, exercise, right, attempts, counts } = answer;
      const n = chapter.exercises.findIndex(({ key }) => key === exercise) + 1;
      const about = object(`${activity}/${chapter.key}/${exercise}`, 'cmi.interaction', texts.exercise(n, chapter.title), { interactionType: 'other' });
      state('answered', about, { success: right, extensions: { [ATTEMPTS]: attempts } }, { parent: [chapterObject(chapter)], grouping: [courseObject()] });
      const stand = (/** @type {{ id: string }} */ about, /** @type {PackedChapter[] | undefined} */ chapters, /** @type {object | undefined} */ around) => {
        const result = resultOf(progress, chapters);
        for (const verb of result.completion ? ['completed', 'passed'] : ['progressed']) state(verb, about, result, around);
      };
      if (counts) {
        stand(chapterObject(chapter), [chapter], { parent: [courseObject()] });
        stand(courseObject(), undefined, undefined);
      }
    }
    unkept = progress.kept;
    send();
  },
  end(progress) {
    const seconds = (performance.now() - begun) / 1000;
    state('terminated', courseObject(), { ...resultOf(progress), duration: `PT${seconds.toFixed(2)}S` });
    // Nobody waits for an answer any more.
    for (const statement of waiting) once('statements', { statementId: statement.id }, { ...put(statement), keepalive: true }).catch(() => {});
    if (unkept) once('activities/state', place(), { ...put(unkept), keepalive: true }).catch(() => {});
  },
});
