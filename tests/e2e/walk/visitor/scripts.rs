//! Scripts that look at the page as a person does.

/// The fault in the sight of an element called `e`, in words: it must lie in the window, nothing over it.
pub(super) const SIGHT: &str = r"
const called = e => e ? e.id || e.className || e.tagName : 'the edge';
const sight = e => {
  if (!e) return 'is not there';
  const boxes = [...e.getClientRects()].filter(box => box.width > 0 && box.height > 0);
  if (boxes.length === 0) return 'is hidden';
  for (const box of boxes) {
    const place = `lies at ${Math.round(box.top)}–${Math.round(box.bottom)} of ${innerHeight}`;
    if (box.top < -1 || box.bottom > innerHeight + 1 || box.left < -1 || box.right > innerWidth + 1) return place;
    for (const x of [box.left + 2, (box.left + box.right) / 2, box.right - 2]) {
      for (const y of [box.top + 2, (box.top + box.bottom) / 2, box.bottom - 2]) {
        const top = document.elementFromPoint(x, y);
        if (!e.contains(top)) return `${place}, under ${called(top)} at ${Math.round(x)}, ${Math.round(y)}`;
      }
    }
  }
  return '';
};";

/// The point to press of an element called `e`, a share of its width and height from its corner, and true if that had
/// to be scrolled to: as far as it takes, and further where something lies over it. Notes what the press then hits.
pub(super) const REACH: &str = r"
if (!e?.checkVisibility()) return null;
const place = () => { const box = e.getBoundingClientRect(); return [box.left + box.width * across, box.top + box.height * down].map(Math.round) };
const isFree = () => e.contains(document.elementFromPoint(...place()));
let isScrolled = false;
for (const block of ['nearest', 'center']) {
  if (isFree()) break;
  e.scrollIntoView({ block, inline: 'nearest', behavior: 'instant' });
  isScrolled = true;
}
window.aim = e;
window.hit = null;
window.noting ??= addEventListener('click', ({ target }) => {
  window.hit = window.aim.contains(target) ? '' : target.id || target.className || target.tagName;
}, true) ?? true;
return isFree() ? [...place(), isScrolled] : null;";

/// The `things` that are not seen, in words; nothing when at least half of one is: of its height, or of the room
/// between the guide and the time line, which stay in place.
pub(super) const STAGE: &str = r"
const box = e => e.getBoundingClientRect();
const [guide, line] = ['.guide', '.transport'].map(part => document.querySelector(part)).map(part => part && box(part));
const ceiling = Math.max(0, guide?.bottom ?? 0), floor = Math.min(innerHeight, line?.top ?? innerHeight);
const share = ({ top, bottom, height }) =>
  (Math.min(bottom, floor) - Math.max(top, ceiling)) / Math.min(height, floor - ceiling);
if (things.some(e => share(box(e)) >= 0.5)) return '';
const name = e => e.id || e.querySelector('[id]')?.id || e.className;
const places = things.map(e => `${name(e)} at ${Math.round(box(e).top)}–${Math.round(box(e).bottom)}`);
return `${places.join(', ')}, where ${Math.round(ceiling)}–${Math.round(floor)} is seen`;";
