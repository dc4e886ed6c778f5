// @ts-check
/// <reference path="./receptive.d.ts" />
// Has the page kept for visits without a network, and says quietly when a newer one is there. Nothing is loaded anew by
// itself: a run may be training.
const HOUR_MILLIS = 3_600_000;
const { serviceWorker } = navigator;

/** What a text of the page says. @param {string} key */
const text = async (key) => {
  const texts = (await window.receptive.texts('texts')).split('\x1f');
  return texts[texts.indexOf(key) + 1];
};

/** @param {string} label @param {() => void} onclick */
const button = (label, onclick) => Object.assign(document.createElement('button'), { type: 'button', textContent: label, onclick });

/** One line above the page, with a button that loads the version that waits. @param {ServiceWorker} waiting */
const announce = async (waiting) => {
  document.querySelector('.news')?.remove();
  const line = Object.assign(document.createElement('div'), { className: 'news' });
  line.setAttribute('role', 'status');
  document.body.prepend(line);
  const words = Object.assign(document.createElement('span'), { textContent: await text('ui.newer.is-there') });
  const load = button(await text('ui.newer.load'), () => {
    serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    waiting.postMessage('take over');
  });
  load.id = 'load-newer';
  line.append(words, load, button(await text('ui.newer.later'), () => line.remove()));
};

/** Waits until a new version is whole. The first of all replaces nothing. @param {ServiceWorker | null} worker */
const follow = (worker) => worker?.addEventListener('statechange', () => {
  if (worker.state === 'installed' && serviceWorker.controller) announce(worker);
});

const registration = await serviceWorker.register(new URL('offline.js', document.baseURI));
if (registration.waiting && serviceWorker.controller) announce(registration.waiting);
follow(registration.installing);
registration.addEventListener('updatefound', () => follow(registration.installing));
// A tab that is open for days is told as well.
let asked = performance.now();
document.addEventListener('visibilitychange', () => {
  if (document.hidden || performance.now() - asked < HOUR_MILLIS) return;
  asked = performance.now();
  registration.update().catch(() => {});
});
export {};
