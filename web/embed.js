// @ts-check
/// <reference path="./embed.d.ts" />
// Figures of Receptive in any page: <receptive-figure chapter="padding" state="pad=1" lock="kernel">. What attributes,
// events and methods there are stands in docs/embedding.md, their types in embed.d.ts.
//
// Each figure is a frame that is loaded when it is near what the reader sees, sleeps when it is not, and is as high as what it
// holds. This script never moves the focus, never scrolls, and adds nothing to the page's history.
(() => {
  if (customElements.get('receptive-figure')) return;
  const VERSION = 1;
  const EVENTS = new Set(['ready', 'size', 'state', 'step', 'guide', 'answer', 'progress', 'finished', 'refused']);
  /** So far outside of the window a figure is loaded and awake. */
  const NEAR = '300px';
  /** The height of a figure that is not loaded yet, and the most that one may ask for, in CSS pixels. */
  const HEIGHT = 420;
  const MOST_HEIGHT = 20_000;
  /** A frame that has not said that it is ready after so long is not coming, in milliseconds. */
  const PATIENCE = 30_000;
  /** Heights that follow each other faster than this may be of a layout that swings, in milliseconds. */
  const SWING = 500;
  // Not as an element, which a host's content security policy may forbid.
  const style = new CSSStyleSheet();
  style.replaceSync(`:host { display: block; margin: 1em 0 } :host([hidden]) { display: none }
    iframe { display: block; width: 100%; border: 0; border-radius: 8px } slot { display: block }
    iframe.there + slot { display: none }`);
  // The folder that holds this script holds the page.
  const home = /** @type {HTMLScriptElement | null} */ (document.currentScript)?.src || document.baseURI;

  // What this script alone calls.
  const near = Symbol('near');
  const receive = Symbol('receive');

  /** Figures in the page. @type {Set<ReceptiveFigure>} */
  const figures = new Set();

  /** @implements {ReceptiveFigureElement} */
  class ReceptiveFigure extends HTMLElement {
    static observedAttributes = ['state', 'theme'];

    /** @type {HTMLIFrameElement | null} */
    #frame = null;
    #origin = '';
    #isReady = false;
    #isNear = false;
    #isTraining = false;
    /** Commands that wait for the figure. @type {object[]} */
    #waiting = [];
    /** The last heights, each with the moment at which it was asked for, and the width that they are for. */
    #heights = /** @type {[number, number][]} */ ([]);
    #width = 0;
    #timer = 0;

    connectedCallback() {
      if (!this.shadowRoot) {
        const root = this.attachShadow({ mode: 'open', delegatesFocus: true });
        root.adoptedStyleSheets = [style];
        const slot = document.createElement('slot');
        // As high as the figure will be, or all figures of a page would seem to be near.
        slot.style.minHeight = `${this.#height}px`;
        root.append(slot);
      }
      figures.add(this);
      nearby.observe(this);
    }

    disconnectedCallback() {
      figures.delete(this);
      nearby.unobserve(this);
      clearTimeout(this.#timer);
      // A frame that is moved loads anew.
      this.#frame?.remove();
      [this.#frame, this.#isReady, this.#isNear, this.#isTraining, this.#heights] = [null, false, false, false, []];
    }

    /** @param {string} name @param {string | null} before @param {string | null} value */
    attributeChangedCallback(name, before, value) {
      if (!this.#frame || before === value) return;
      if (name === 'state') this.set(value ?? '');
      else this.#send({ type: 'theme', theme: value || 'auto' });
    }

    /** The address of the figure: the frame's, and the one to follow where scripts are off. */
    get address() {
      const get = (/** @type {string} */ name) => this.getAttribute(name) ?? '';
      let [chapter, parts] = [get('chapter'), get('part')];
      if (parts === 'builder') [chapter, parts] = ['building', 'stage'];
      const base = new URL(get('base') || home, document.baseURI);
      // A page that is named stays: not every host sends one for a folder.
      const url = get('base').endsWith('.html') ? base : new URL('./', base);
      url.searchParams.set('embed', parts);
      // The frame is as high as the figure, so the figure needs no bars to scroll by.
      url.searchParams.set('fit', '1');
      for (const name of ['lock', 'hide', 'lang', 'theme']) if (get(name)) url.searchParams.set(name, get(name));
      if (location.origin !== 'null') url.searchParams.set('host', location.origin);
      const place = chapter ? `/lesson/${encodeURIComponent(chapter)}` : parts === 'draw' ? '/draw' : '/lab';
      url.hash = get('state') ? `${place}?${get('state')}` : place;
      return url;
    }

    /** The height before the figure says which it needs. */
    get #height() { return Number(this.getAttribute('height')) || HEIGHT; }

    /** Loads the figure now, wherever it is. */
    load() {
      if (this.#frame || !this.isConnected) return;
      const [address, frame] = [this.address, document.createElement('iframe')];
      const sandbox = this.getAttribute('sandbox');
      this.#origin = sandbox !== null && !sandbox.split(/\s+/).includes('allow-same-origin') ? 'null' : address.origin;
      if (sandbox !== null) frame.setAttribute('sandbox', sandbox);
      frame.title = this.getAttribute('label') || `Receptive: ${this.getAttribute('chapter') || this.getAttribute('part') || 'network'}`;
      frame.allow = 'camera; clipboard-write; fullscreen';
      frame.style.height = `${this.#height}px`;
      // Its address is set once, before it is in the page, so that the page's history does not grow.
      frame.src = address.href;
      frame.className = 'there';
      this.#frame = frame;
      this.shadowRoot?.querySelector('slot')?.before(frame);
      // Then what stands inside the element, a link, is shown with it.
      this.#timer = setTimeout(() => { if (!this.#isReady) frame.classList.remove('there'); }, PATIENCE);
    }

    /** @param {string} state */
    set(state) { this.#send({ type: 'set', state }); }

    /** @param {number} step */
    step(step) { this.#send({ type: 'step', step }); }

    reset() { this.#send({ type: 'reset' }); }

    pause() { this.#send({ type: 'pause' }); }

    /** @param {boolean} isNear */
    [near](isNear) {
      if (isNear) this.load();
      if (this.#isNear === isNear) return;
      this.#isNear = isNear;
      if (this.#isReady) this.#send({ type: 'visible', visible: isNear });
    }

    /** Takes a message, if it is this figure's. @param {MessageEvent} event */
    [receive](event) {
      const { source, origin, data } = event;
      if (!this.#frame || source !== this.#frame.contentWindow || origin !== this.#origin) return;
      if (typeof data !== 'object' || data?.receptive !== VERSION || !EVENTS.has(data.type)) return;
      const { receptive, type, ...detail } = data;
      if (type === 'ready') this.#begin();
      if (type === 'size') this.#fit(detail.height);
      if (type === 'refused') console.warn('receptive-figure:', ...(detail.why ?? []));
      if (type === 'progress') {
        const hasBegun = detail.training === true && !this.#isTraining;
        this.#isTraining = detail.training === true;
        // One trains at a time: two would only take the processors from each other.
        if (hasBegun) for (const other of figures) if (other !== this && other.#isTraining) other.pause();
      }
      this.dispatchEvent(new CustomEvent(`receptive-${type}`, { detail, bubbles: true, composed: true }));
    }

    #begin() {
      clearTimeout(this.#timer);
      this.#frame?.classList.add('there');
      this.#isReady = true;
      if (!this.#isNear) this.#send({ type: 'visible', visible: false });
      this.#waiting.splice(0).forEach((message) => this.#send(message));
    }

    /** @param {unknown} height */
    #fit(height) {
      if (!this.#frame || typeof height !== 'number' || !(height > 0 && height <= MOST_HEIGHT)) return;
      if (this.#frame.clientWidth !== this.#width) [this.#width, this.#heights] = [this.#frame.clientWidth, []];
      const [now, [last, before]] = [performance.now(), this.#heights];
      // A layout that depends on the height itself could swing between two: the greater stays.
      if (before && before[0] === height && last[0] > height && now - before[1] < SWING) return;
      this.#heights = [[height, now], last];
      this.#frame.style.height = `${height}px`;
    }

    /** @param {object} message */
    #send(message) {
      this.load();
      if (!this.#isReady) this.#waiting.push(message);
      else this.#frame?.contentWindow?.postMessage({ receptive: VERSION, ...message }, this.#origin === 'null' ? '*' : this.#origin);
    }
  }

  const nearby = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) /** @type {ReceptiveFigure} */ (target)[near](isIntersecting);
  }, { rootMargin: NEAR });
  addEventListener('message', (event) => figures.forEach((figure) => figure[receive](event)));
  customElements.define('receptive-figure', ReceptiveFigure);
})();
