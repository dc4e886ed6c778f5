// @ts-check
// The service worker: keeps every file of this version of the page, so that it works without a network after the first
// visit, and MNIST's chunks once they are fetched. A page that is open goes on with the version that it began with; another
// one waits until it is asked for, or until no page is open.
(() => {
  const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
  /**
   * What is kept: the version, a hash of all names and of the page; the files that everybody needs, by their addresses from
   * the page; and those of each language. `cargo xtask finish` writes it here.
   * @type {{ version: string, files: string[], texts: Record<string, string[]> }}
   */
  const KEPT = { version: '', files: [], texts: {} };
  const { scope } = worker.registration;
  // Another copy of the page may lie on the same host.
  const FAMILY = `receptive ${scope} `;
  const OWN = FAMILY + KEPT.version;
  const DATA = `${FAMILY}mnist`;
  const PAGE = './';

  /** @param {string} name */
  const at = (name) => new URL(name, scope).href;

  const languages = new Set(['en', ...worker.navigator.languages.map((language) => language.split('-')[0].toLowerCase())]);
  const wanted = [...KEPT.files, ...[...languages].flatMap((language) => KEPT.texts[language] ?? [])];
  const known = new Set(wanted.map(at));

  /** True if an answer is the file asked for, and not a page in its place. @param {Response} answer */
  const isFile = (answer) => answer.ok && !(answer.headers.get('content-type') ?? '').includes('text/html');

  /** True if the name of a file says what is in it. @param {string} name */
  const isNamed = (name) => /-[0-9a-f]{16}\.\w+$/.test(name);

  /** Keeps a file: an older version's, if the name says what is in it, or the host's. @param {Cache} cache @param {string} name */
  const keep = async (cache, name) => {
    const answer = isNamed(name)
      ? await caches.match(at(name)) ?? await fetch(at(name))
      : await fetch(at(name), { cache: 'no-cache' });
    if (!isFile(answer)) throw new Error(`${name} is not there`);
    await cache.put(at(name), answer);
  };

  const install = async () => {
    const cache = await caches.open(OWN);
    const page = await fetch(at(PAGE), { cache: 'no-cache' });
    const html = await page.clone().text();
    // While a host is being updated, its page may be of another version than this list.
    const named = html.match(/\.\/[\w/-]+-[0-9a-f]{16}\.(?:css|js|svg|wasm)\b/g) ?? [];
    if (!page.ok || !named.length || !named.every((name) => known.has(at(name)))) throw new Error('the page is of another version');
    await cache.put(at(PAGE), page);
    await Promise.all(wanted.map((name) => keep(cache, name)));
  };

  /** Forgets the versions before, as soon as no other page that is open may still ask for their files. */
  const clean = async () => {
    const others = (await caches.keys()).filter((name) => name.startsWith(FAMILY) && name !== OWN && name !== DATA);
    const nPages = (await worker.clients.matchAll({ type: 'window' })).length;
    // Nor the version after this one, while it comes or waits.
    if (nPages > 1 || worker.registration.installing || worker.registration.waiting) return;
    await Promise.all(others.map((name) => caches.delete(name)));
  };

  /** A file that is kept, or else the host's. @param {Request} request @param {string} address */
  const answer = async (request, address) => {
    const cache = await caches.open(OWN);
    return await cache.match(address) ?? await caches.match(address) ?? fetch(request);
  };

  /** A lesson: the host's, which may have been changed there, or the one that is kept. @param {Request} request @param {string} address */
  const lesson = async (request, address) => {
    const cache = await caches.open(OWN);
    return fetch(request).catch(async (error) => {
      const kept = await cache.match(address);
      if (kept) return kept;
      throw error;
    });
  };

  /** A file of MNIST. The list of chunks is the host's while it answers. @param {Request} request @param {boolean} isFresh */
  const data = async (request, isFresh) => {
    const cache = await caches.open(DATA);
    const kept = await cache.match(request.url);
    if (kept && !isFresh) return kept;
    try {
      const answer = await fetch(request);
      if (isFile(answer)) await cache.put(request.url, answer.clone()).catch(() => {});
      return answer;
    } catch (error) {
      if (kept) return kept;
      throw error;
    }
  };

  /** Keeps what the browser has of MNIST already, from before this worker was there. Asks no host. */
  const collect = async () => {
    const cache = await caches.open(DATA);
    /** @param {string} name */
    const had = async (name) => {
      const address = at(`mnist/${name}`);
      const kept = await cache.match(address);
      if (kept) return kept;
      const answer = await fetch(address, { cache: 'only-if-cached', mode: 'same-origin' });
      if (!isFile(answer)) throw new Error(`${name} is not there`);
      await cache.put(address, answer.clone());
      return answer;
    };
    try {
      const list = await (await had('manifest.txt')).text();
      const stems = [...list.matchAll(/^\w+ \d+ (\S+)/gm)].map(([, stem]) => stem);
      const names = stems.flatMap((stem) => [`${stem}-images.gz`, `${stem}-labels.gz`]);
      await Promise.allSettled(names.map(had));
    } catch {
      // Nothing of MNIST was asked for yet.
    }
  };

  worker.addEventListener('install', (event) => event.waitUntil(install()));
  worker.addEventListener('activate', (event) => event.waitUntil(Promise.all([clean(), worker.clients.claim(), collect()])));
  worker.addEventListener('message', ({ data }) => { if (data === 'take over') worker.skipWaiting(); });
  worker.addEventListener('fetch', (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    const address = origin + pathname;
    if (request.method !== 'GET' || !address.startsWith(scope)) return;
    if (request.mode === 'navigate') {
      if (address !== at(PAGE) && address !== at('index.html')) return;
      event.waitUntil(Promise.all([clean(), collect()]));
      event.respondWith(answer(request, at(PAGE)));
    } else if (address.startsWith(at('mnist/'))) {
      event.respondWith(data(request, request.cache === 'reload' || address.endsWith('.txt')));
    } else if (address.endsWith('.toml')) {
      event.respondWith(lesson(request, address));
    } else if (request.cache !== 'no-store' && (known.has(address) || isNamed(pathname))) {
      event.respondWith(answer(request, address));
    }
  });
})();
