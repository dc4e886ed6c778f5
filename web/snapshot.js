// @ts-check
// A part of the page as a picture to take away: an SVG of rectangles, text and images that slides and drawing programs
// read, and a PNG of it. What is drawn is what is seen: boxes with their colours and borders, texts where they stand,
// canvases, and drawings that are SVG already, in the colours of the theme.

const NS = 'http://www.w3.org/2000/svg';
/** Pixels of the PNG for each CSS pixel. */
const SCALE = 3;
/** The widest and highest PNG, in pixels: what every browser's canvas takes. */
const MOST = 8192;
/** Room around the picture, in CSS pixels. */
const MARGIN = 12;
/** Attributes of drawings that styles set. */
const PAINT = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'opacity', 'fill-opacity', 'stroke-opacity', 'color', 'font-family', 'font-size', 'font-weight', 'text-anchor', 'dominant-baseline', 'visibility', 'vector-effect'];

const swatch = /** @type {CanvasRenderingContext2D} */ (document.createElement('canvas').getContext('2d', { willReadFrequently: true }));
/** A colour, in whatever form the browser has it, as red, green, blue and its share of opacity. @param {string} text */
const colour = (text) => {
  swatch.canvas.width = swatch.canvas.height = 1;
  swatch.fillStyle = text;
  swatch.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = swatch.getImageData(0, 0, 1, 1).data;
  return { paint: `rgb(${red},${green},${blue})`, alpha: alpha / 255 };
};

/** @param {string} name @param {Record<string, string | number | undefined>} attributes @param {(Node | string)[]} inside */
const element = (name, attributes, ...inside) => {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, typeof value === 'number' ? `${+value.toFixed(2)}` : value);
  }
  made.append(...inside);
  return made;
};

/** Directions of gradients that are words, in degrees: upwards is 0. @type {Record<string, number>} */
const DIRECTIONS = { 'to top': 0, 'to right': 90, 'to bottom': 180, 'to left': 270, 'to top right': 45 };

/** The parts of a list with commas between, but for those inside brackets. @param {string} text */
const split = (text) => text.split(/,(?![^(]*\))/).map((part) => part.trim());

class Picture {
  #n = 0;
  #defs = element('defs', {});
  #out = element('g', {});
  /** @type {DOMRect} */ #frame;
  #without = '';
  /** What is drawn lies between these, in CSS pixels from the top of the part. */
  #from = Infinity;
  #to = 0;

  /** @param {Element} root @param {string} without */
  constructor(root, without) {
    this.#without = without;
    this.#frame = root.getBoundingClientRect();
    this.#walk(root, 1);
  }

  get width() { return Math.ceil(this.#frame.width) + 2 * MARGIN; }
  get height() { return Math.max(Math.ceil(this.#to - this.#from), 0) + 2 * MARGIN; }

  toString() {
    const { width, height } = this;
    const paper = colour(getComputedStyle(document.body).backgroundColor);
    // Without the room of what is left out above and below.
    this.#out.setAttribute('transform', `translate(0 ${-this.#from})`);
    const svg = element('svg', { width, height, viewBox: `0 0 ${width} ${height}` },
      this.#defs, element('rect', { width, height, fill: paper.paint }), this.#out);
    return new XMLSerializer().serializeToString(svg);
  }

  /** Notes that something is drawn in an area. @param {DOMRect} area */
  #grow({ top, bottom }) {
    this.#from = Math.min(this.#from, Math.floor(top - this.#frame.top));
    this.#to = Math.max(this.#to, bottom - this.#frame.top);
  }

  /** @param {{ left: number, top: number }} place */
  #at({ left, top }) { return { x: left - this.#frame.left + MARGIN, y: top - this.#frame.top + MARGIN }; }

  /** @param {Element} node @param {number} opacity */
  #walk(node, opacity) {
    const style = getComputedStyle(node);
    if (style.display === 'none' || this.#without && node.matches(this.#without)) return;
    opacity *= Number(style.opacity);
    const area = node.getBoundingClientRect();
    // What is there for screen readers alone.
    const isSeen = style.visibility !== 'hidden' && opacity > 0 && !style.clipPath.startsWith('inset(50%');
    if (style.clipPath.startsWith('inset(50%')) return;
    if (node instanceof SVGSVGElement) return void (isSeen && this.#drawing(node, area, opacity));
    if (isSeen && area.width && area.height) {
      this.#box(node, style, area, opacity);
      if (node instanceof HTMLCanvasElement) this.#canvas(node, style, area, opacity);
      if (node instanceof HTMLInputElement || node instanceof HTMLSelectElement) return this.#field(node, style, area, opacity);
      if (node.localName === 'mfrac') this.#bar(node, style, opacity);
    }
    for (const child of node.childNodes) {
      if (child instanceof Element) this.#walk(child, opacity);
      else if (isSeen && child instanceof Text) this.#text(child, style, opacity);
    }
  }

  /** @param {Element} node @param {CSSStyleDeclaration} style @param {DOMRect} area @param {number} opacity */
  #box(node, style, area, opacity) {
    const { width, height } = area;
    const radius = Math.min(parseFloat(style.borderTopLeftRadius) || 0, width / 2, height / 2);
    const place = { ...this.#at(area), width, height, rx: radius };
    const before = this.#out.childElementCount;
    const fill = colour(style.backgroundColor);
    if (fill.alpha) this.#out.append(element('rect', { ...place, fill: fill.paint, 'fill-opacity': fill.alpha * opacity }));
    const image = this.#gradient(style.backgroundImage);
    if (image) this.#out.append(element('rect', { ...place, fill: image, 'fill-opacity': opacity }));
    const sides = ['Top', 'Right', 'Bottom', 'Left'].map((side) => {
      const get = (/** @type {string} */ what) => style.getPropertyValue(`border-${side.toLowerCase()}-${what}`);
      return { width: get('style') === 'none' ? 0 : parseFloat(get('width')), dashed: get('style') === 'dashed', ...colour(get('color')) };
    });
    const [first] = sides;
    if (sides.every((side) => side.width === first.width && side.paint === first.paint)) this.#frameOf(place, first, 0, opacity);
    else {
      const { x, y } = place;
      const lines = [[x, y, x + width, y], [x + width, y, x + width, y + height], [x, y + height, x + width, y + height], [x, y, x, y + height]];
      sides.forEach((side, i) => {
        if (!side.width || !side.alpha) return;
        const half = side.width / 2, [dx, dy] = [[0, half], [-half, 0], [0, -half], [half, 0]][i];
        const [x1, y1, x2, y2] = lines[i];
        this.#out.append(element('line', { x1: x1 + dx, y1: y1 + dy, x2: x2 + dx, y2: y2 + dy, stroke: side.paint, 'stroke-width': side.width, 'stroke-opacity': side.alpha * opacity }));
      });
    }
    // Rings; what is blurred is only for depth.
    for (const shadow of style.boxShadow === 'none' ? [] : split(style.boxShadow).reverse()) {
      const [, paint, lengths, inset] = shadow.match(/^(.*?\)) ([-.\dpx ]+?)( inset)?$/) ?? [];
      const [x, y, blur, width] = (lengths ?? '').split(' ').map(parseFloat);
      if (x || y || blur || !(width > 0)) continue;
      this.#frameOf(place, { width, dashed: false, ...colour(paint) }, inset ? 0 : width, opacity);
    }
    if (style.outlineStyle !== 'none' && !node.matches(':focus-visible')) {
      const width = parseFloat(style.outlineWidth);
      this.#frameOf(place, { width, dashed: style.outlineStyle === 'dashed', ...colour(style.outlineColor) }, width + parseFloat(style.outlineOffset), opacity);
    }
    if (this.#out.childElementCount > before) this.#grow(area);
  }

  /**
   * A line around a place, so far outside of it.
   * @param {{ x: number, y: number, width: number, height: number, rx: number }} place
   * @param {{ width: number, dashed: boolean, paint: string, alpha: number }} line @param {number} outside @param {number} opacity
   */
  #frameOf({ x, y, width, height, rx }, line, outside, opacity) {
    if (!line.width || !line.alpha) return;
    const by = outside - line.width / 2;
    this.#out.append(element('rect', {
      x: x - by, y: y - by, width: Math.max(width + 2 * by, 0), height: Math.max(height + 2 * by, 0), rx: Math.max(rx + by, 0),
      fill: 'none', stroke: line.paint, 'stroke-width': line.width, 'stroke-opacity': line.alpha * opacity,
      'stroke-dasharray': line.dashed ? `${3 * line.width} ${2 * line.width}` : undefined,
    }));
  }

  /** A gradient of the page, as a paint. @param {string} image */
  #gradient(image) {
    const [, repeats, inside] = image.match(/^(repeating-)?linear-gradient\((.*)\)$/) ?? [];
    if (!inside) return '';
    const parts = split(inside);
    const angle = DIRECTIONS[parts[0]] ?? (parts[0].endsWith('deg') ? parseFloat(parts[0]) : undefined);
    if (angle !== undefined) parts.shift();
    const stops = parts.map((part) => {
      const [, paint, ends] = part.match(/^(.*?)((?:\s+-?[\d.]+(?:px|%))*)$/) ?? [];
      return { ...colour(paint), ends: (ends.match(/-?[\d.]+/g) ?? []).map(Number) };
    });
    const id = `paint-${this.#n += 1}`;
    if (repeats) {
      // Stripes: what is not clear, as wide as it is, again and again.
      const stripe = stops.find((stop) => stop.alpha);
      const length = stops.at(-1)?.ends.at(-1) ?? 0;
      if (!stripe || !length) return '';
      const [from = 0, to = length] = stripe.ends;
      this.#defs.append(element('pattern', { id, width: length, height: length, patternUnits: 'userSpaceOnUse', patternTransform: `rotate(${(angle ?? 180) - 90})` },
        element('rect', { x: from, width: to - from, height: length, fill: stripe.paint, 'fill-opacity': stripe.alpha })));
    } else {
      const turn = (angle ?? 180) * Math.PI / 180;
      const [x, y] = [Math.sin(turn) / 2, -Math.cos(turn) / 2];
      this.#defs.append(element('linearGradient', { id, x1: 0.5 - x, y1: 0.5 - y, x2: 0.5 + x, y2: 0.5 + y },
        ...stops.map((stop, i) => element('stop', { offset: (stop.ends[0] ?? 100 * i / (stops.length - 1)) / 100, 'stop-color': stop.paint, 'stop-opacity': stop.alpha }))));
    }
    return `url(#${id})`;
  }

  /** @param {HTMLCanvasElement} node @param {CSSStyleDeclaration} style @param {DOMRect} area @param {number} opacity */
  #canvas(node, style, area, opacity) {
    if (!node.width || !node.height) return;
    this.#grow(area);
    this.#out.append(element('image', { ...this.#at(area), width: area.width, height: area.height, href: node.toDataURL(), preserveAspectRatio: 'none', opacity, 'image-rendering': style.imageRendering }));
  }

  /** A drawing that is SVG already, with what styles say of it. @param {SVGSVGElement} node @param {DOMRect} area @param {number} opacity */
  #drawing(node, area, opacity) {
    const copy = /** @type {SVGSVGElement} */ (node.cloneNode(true));
    const [from, to] = [node, copy].map((one) => [one, ...one.querySelectorAll('*')]);
    from.forEach((part, i) => {
      const style = getComputedStyle(part);
      for (const name of PAINT) {
        const value = style.getPropertyValue(name);
        const isPaint = ['fill', 'stroke', 'color'].includes(name) && value !== 'none' && !value.startsWith('url');
        const { paint, alpha } = isPaint ? colour(value) : { paint: value, alpha: 1 };
        if (value) to[i].setAttribute(name, paint);
        if (alpha < 1 && name !== 'color') to[i].setAttribute(`${name}-opacity`, `${alpha}`);
      }
      to[i].removeAttribute('class');
      to[i].removeAttribute('style');
    });
    const { width, height } = area;
    for (const [key, value] of Object.entries({ ...this.#at(area), width, height, opacity })) copy.setAttribute(key, `${value}`);
    this.#out.append(copy);
    this.#grow(area);
  }

  /** The text of a control. @param {HTMLInputElement | HTMLSelectElement} node @param {CSSStyleDeclaration} style @param {DOMRect} area @param {number} opacity */
  #field(node, style, area, opacity) {
    const text = node instanceof HTMLSelectElement ? node.selectedOptions[0]?.textContent ?? '' : node.type === 'checkbox' ? (node.checked ? '☑' : '☐') : node.value;
    const { x, y } = this.#at(area);
    const isCentred = style.textAlign === 'center' || node.type === 'checkbox';
    const left = isCentred ? x + area.width / 2 : x + parseFloat(style.paddingLeft) + parseFloat(style.borderLeftWidth);
    this.#write(text, style, { x: left, y: y + area.height / 2 + parseFloat(style.fontSize) * 0.35, 'text-anchor': isCentred ? 'middle' : 'start' }, opacity);
  }

  /** A text where it stands, line by line. @param {Text} node @param {CSSStyleDeclaration} style @param {number} opacity */
  #text(node, style, opacity) {
    if (!node.data.trim()) return;
    const range = document.createRange();
    /** @type {{ text: string, left: number, right: number, bottom: number, top: number }[]} */
    const lines = [];
    let at = 0;
    for (const sign of node.data) {
      range.setStart(node, at);
      range.setEnd(node, at += sign.length);
      const area = range.getClientRects()[0];
      const isBlank = !sign.trim();
      if (!area || isBlank && !area.width) continue;
      this.#grow(area);
      const last = lines.at(-1);
      if (last && Math.abs(last.top - area.top) < 2) {
        last.text += sign;
        if (!isBlank) last.right = area.right;
      } else if (!isBlank) lines.push({ text: sign, left: area.left, right: area.right, top: area.top, bottom: area.bottom });
    }
    swatch.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = swatch.measureText('x');
    for (const { text: line, left, right, top, bottom } of lines) {
      const text = line.trimEnd();
      const { x, y } = this.#at({ left, top });
      // In fonts of another width than here the text still takes the room that it takes here.
      const textLength = text.length > 1 && right > left ? right - left : undefined;
      this.#write(text, style, { x, y: y + ((bottom - top) - (up + down)) / 2 + up, textLength, lengthAdjust: textLength && 'spacingAndGlyphs' }, opacity);
    }
  }

  /** @param {string} text @param {CSSStyleDeclaration} style @param {Record<string, string | number | undefined>} place @param {number} opacity */
  #write(text, style, place, opacity) {
    const { paint, alpha } = colour(style.color);
    const signs = style.textTransform === 'uppercase' ? text.toUpperCase() : text;
    this.#out.append(element('text', {
      ...place, fill: paint, 'fill-opacity': alpha * opacity, 'font-family': style.fontFamily, 'font-size': parseFloat(style.fontSize), 'font-weight': style.fontWeight, 'font-style': style.fontStyle, 'xml:space': 'preserve',
    }, signs));
  }

  /** The bar of a fraction. @param {Element} node @param {CSSStyleDeclaration} style @param {number} opacity */
  #bar(node, style, opacity) {
    const [above, below] = [...node.children].map((part) => part.getBoundingClientRect());
    if (!above || !below) return;
    const area = node.getBoundingClientRect();
    const { x, y } = this.#at({ left: area.left, top: (above.bottom + below.top) / 2 });
    const { paint, alpha } = colour(style.color);
    this.#out.append(element('line', { x1: x, x2: x + area.width, y1: y, y2: y, stroke: paint, 'stroke-width': 1, 'stroke-opacity': alpha * opacity }));
  }
}

/** @param {string} svg @param {number} width @param {number} height @returns {Promise<Blob>} */
const png = async (svg, width, height) => {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const scale = Math.min(SCALE, MOST / width, MOST / height);
  const canvas = Object.assign(document.createElement('canvas'), { width: Math.round(width * scale), height: Math.round(height * scale) });
  const context = canvas.getContext('2d');
  context?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => blob ? resolve(blob) : reject(new Error('no picture'))));
};

/**
 * Saves a part of the page as a file, without the parts of it that another selector finds.
 * @param {string} selector @param {string} without @param {'svg' | 'png'} kind @param {string} name
 */
export const save = async (selector, without, kind, name) => {
  const root = document.querySelector(selector);
  if (!root) throw new Error('nothing to draw');
  const picture = new Picture(root, without);
  const svg = `${picture}`;
  const blob = kind === 'svg' ? new Blob([svg], { type: 'image/svg+xml' }) : await png(svg, picture.width, picture.height);
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: `${name}.${kind}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};
