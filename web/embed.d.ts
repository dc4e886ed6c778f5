// The types of embed.js: <receptive-figure>, its events and its methods. docs/embedding.md explains them.

/** Messages that a figure sends, by their type. Each comes as the `detail` of the event `receptive-<type>`. */
interface ReceptiveEvents {
  /** The figure is there: its place, its parts, its state, and whether the browser keeps answers for it. */
  ready: { place: string; parts: string[]; state: string; keeps: boolean };
  /** It needs another height, in CSS pixels; the element has it already. */
  size: { height: number };
  /** It has another state, as the `state` attribute writes it. */
  state: { state: string };
  /** Its time line stands at another step, from 0. */
  step: { step: number; steps: number };
  /** A step of the guide is done. */
  guide: { key: string };
  /** An exercise was answered, for the so many-th time since the figure was loaded. */
  answer: { exercise: string; right: boolean; attempts: number };
  /** A run has come further, or has begun, paused or ended. */
  progress: { training: boolean; iteration: number; iterations: number; loss: number | null; accuracy: number | null };
  /** A run has ended and was measured on test images. */
  finished: { images: number; correct: number };
  /** A command could not be followed; nothing has changed. */
  refused: { why: string[] };
}

/** Messages that a figure takes. */
type ReceptiveCommand = { receptive: 1 } & (
  | { type: 'set'; state: string }
  | { type: 'step'; step: number }
  | { type: 'reset' }
  | { type: 'pause' }
  | { type: 'visible'; visible: boolean }
  | { type: 'theme'; theme: 'light' | 'dark' | 'auto' }
);

/** The element. Its attributes: chapter, part, state, lock, hide, lang, theme, height, label, base, sandbox. */
interface ReceptiveFigureElement extends HTMLElement {
  /** The address of the figure. */
  readonly address: URL;
  /** Loads the figure now, wherever it is in the page. */
  load(): void;
  /** Sets the state: `pad=1&stride=2`. */
  set(state: string): void;
  /** Goes to a step of the time line, from 0. */
  step(step: number): void;
  /** Becomes as it was when it was loaded. */
  reset(): void;
  /** Pauses its training, if it trains. */
  pause(): void;
}

interface HTMLElementTagNameMap {
  'receptive-figure': ReceptiveFigureElement;
}

type ReceptiveEventMap = { [Type in keyof ReceptiveEvents as `receptive-${Type}`]: CustomEvent<ReceptiveEvents[Type]> };
interface HTMLElementEventMap extends ReceptiveEventMap {}
