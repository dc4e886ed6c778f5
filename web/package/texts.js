// @ts-check
// The words of a package's page and of what it reports.

/** @param {number[]} numbers */
const list = (numbers) => new Intl.ListFormat('en').format(numbers.map(String));

export const texts = {
  /** @param {string} asked @param {string[]} known */
  noChapter: (asked, known) => `This package has no chapter “${asked}”; it has ${new Intl.ListFormat('en').format(known)}.`,
  chapters: 'Chapters',
  /** What is right of a chapter, which of its exercises are open, and what does not count. @param {number} right @param {number} of @param {number[]} open @param {string} more */
  standing: (right, of, open, more) => {
    const still = open.length ? `still open: ${list(open)}` : 'the chapter is done';
    return `Exercises answered right: ${right} of ${of}, ${still}.${more && ` Those with “${more}” do not count.`}`;
  },
  /** @param {number} right @param {number} of */
  inAll: (right, of) => `In all chapters: ${right} of ${of}.`,
  /** @param {number} done @param {number} of */
  guide: (done, of) => `Steps of the guide, which do not count: ${done} of ${of}.`,
  reported: 'Your learning platform has it.',
  nothingIsReported: 'Nothing is reported to a learning platform:',
  notReported: 'Your last answers have not reached your learning platform, and go with the next one:',
  noApi: 'no platform for SCORM 1.2 has opened this page.',
  noLaunch: 'this page was opened without the address of a place for xAPI statements and the name of a learner.',
  badLaunch: 'the address or the learner that the platform has named cannot be read.',
  /** @param {string} code @param {string} why */
  refused: (code, why) => `it refuses with error ${code} (${why || 'without a reason'}).`,
  /** @param {unknown} error */
  broken: (error) => `its script fails (${error}).`,
  /** @param {number} status */
  status: (status) => `it answers with HTTP status ${status}.`,
  noAnswer: 'it does not answer, or the browser does not let this page ask it.',
  /** The name of an exercise in reports. @param {number} n @param {string} chapter */
  exercise: (n, chapter) => `Exercise ${n} of “${chapter}”`,
};
