// The types that the scripts of a package share.

/** A chapter, as the command that packs it has found it in the project. */
interface PackedChapter {
  key: string;
  title: string;
  lead: string;
  /** Its exercises in order; true if a first reading can leave it out, and it does not count. */
  exercises: { key: string; more: boolean }[];
  /** The steps of its guide. */
  guide: string[];
}

/** What a package holds. */
interface PackedCourse {
  title: string;
  /** Its name in xAPI statements, where the platform gives it none: an IRI. */
  id: string;
  /** What stands on the page at an exercise that does not count. */
  more: string;
  chapters: PackedChapter[];
}

/** An answer to an exercise. */
interface GivenAnswer {
  chapter: PackedChapter;
  exercise: string;
  right: boolean;
  attempts: number;
  /** True if it was answered right for the first time, and counts. */
  counts: boolean;
}

/** Someone who reports to a learning platform. */
interface Reporter {
  /** Says that the learner is there, and returns what was kept for them. Fails with a sentence, and nothing is reported. */
  begin(course: PackedCourse, tell: (said: string) => void): Promise<unknown>;
  /** Reports where the learner stands, and the answer that has led there if one has. */
  report(progress: import('./progress.js').Progress, answer?: GivenAnswer): void;
  /** Says that the learner leaves. */
  end(progress: import('./progress.js').Progress): void;
}

/** What a platform for SCORM 1.2 offers, as the standard names it. */
interface ScormApi {
  LMSInitialize(nothing: ''): string;
  LMSFinish(nothing: ''): string;
  LMSGetValue(element: string): string;
  LMSSetValue(element: string, value: string): string;
  LMSCommit(nothing: ''): string;
  LMSGetLastError(): string;
  LMSGetErrorString(code: string): string;
}

interface Window {
  API?: ScormApi;
}
