
// Before anything else: the theme; then the texts and the page's module; and where something of these does not come, why
// not and what to do.
// A file of its own, as the page's policy forbids scripts inside a page. Where it does not run, the page itself says so.
(() => {
  const root = document.documentElement;
  // A figure in somebody else's page, which says what colours it has.
  const asked = new URLSearchParams(location.search);
  const isFigure = asked.has('embed');
  root.classList.toggle('figure', isFigure);
  root.classList.toggle('fits', isFigure && asked.has('fit'));
  try {
    const theme = isFigure ? asked.get('theme') : localStorage.getItem('receptive.theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  } catch {
    // No storage: the system's theme it is.
  }
  // A frame without an origin of its own gets the page's files only from a host that gives them to anybody.
  const isApart = window.origin === 'null';

  // The smallest module with a 128-bit vector and a reference in it.
  const SIMD = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 111, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11]);
  // The policy that the page itself asks for: what a host may send as well.
  const POLICY = document.querySelector('meta[http-equiv=Content-Security-Policy]')?.content ?? '';
  const CURRENT = 'a current Chrome, Edge, Firefox or Safari';
  const PATIENCE_MILLIS = 4000;
  const KEEP_AFTER_MILLIS = 2000;

  let forbidden = '';
  addEventListener('securitypolicyviolation', (event) => { forbidden = forbidden || event.effectiveDirective; });

  // The first reason stands.
  let isSaid = false;
  const show = (text) => {
    let place = document.getElementById('starting');
    if (!place) {
      place = document.createElement('p');
      place.id = place.className = 'starting';
      place.translate = true;
      document.getElementById('app').append(place);
    }
    place.textContent = text;
  };
  const say = (text) => {
    if (!isSaid) show(text);
    isSaid = true;
  };
  const nameOf = (url) => url.split('/').pop();

  // Why nothing can start here, whatever the host sends.
  const hindrance = () => {
    if (location.protocol === 'file:') {
      return 'This page was opened as a file, and browsers do not let such a page load its parts. Serve its folder instead: for example, run “python3 -m http.server” in it and open http://localhost:8000. From its sources, “cargo xtask run” does all that.';
    }
    if (typeof WebAssembly !== 'object') return `This browser has no WebAssembly, which Receptive needs. ${CURRENT.replace('a', 'A')} has it.`;
    if (!WebAssembly.validate(SIMD)) return 'This browser has no WebAssembly SIMD, which Receptive needs. Chrome 96, Firefox 114, Safari 16.4 and later have all that it needs.';
    try {
      new WebAssembly.Module(SIMD);
    } catch {
      return `The host’s content security policy forbids WebAssembly, in which Receptive computes. Whoever runs the host should send this one: “${POLICY}”.`;
    }
    return '';
  };

  // Why a frame that is kept apart from its files does not get them; nothing if it does.
  const apartness = async () => {
    if (!isApart || await fetch(urlsOf(opened)[0]).catch(() => null)) return '';
    return 'This page stands in a frame that keeps it from its own files. Whoever embeds it should add “allow-same-origin” to the frame’s “sandbox”, beside “allow-scripts”; or whoever runs the page’s host should send “Access-Control-Allow-Origin: *” with its files. Or open the page in a tab of its own.';
  };

  // Looks at what the host sends for each part. Returns what is wrong with the first that is not as it should be.
  const fault = async (urls) => {
    for (const url of urls) {
      const name = nameOf(url);
      let answer;
      try {
        answer = await fetch(url, { cache: 'no-store' });
      } catch {
        return `The host does not answer when asked for ${name}. The network may be down, or something in the browser blocks the request. Reload the page when that is mended.`;
      }
      const type = (answer.headers.get('content-type') || 'no type at all').split(';')[0];
      const text = await answer.text();
      if (!answer.ok) {
        const page = await fetch(location.pathname, { cache: 'no-store' }).then((answer) => answer.text()).catch(() => '');
        if (page && !page.includes(nameOf(urls[0]))) return 'This is an old copy of the page, kept by the browser: the host has a newer one. Reload the page; if that does not help, hold Shift and reload.';
        return `The file ${name} is missing on the host (it answers ${answer.status}). Whoever runs the host should copy the whole folder again, every file of it.`;
      }
      if (text.trimStart().startsWith('<')) {
        return `The host sends a web page in place of the file ${name}. Whoever runs the host should copy the whole folder, and let the host answer with its front page for pages alone, not for files.`;
      }
      if (url.endsWith('.js') && !type.includes('javascript')) {
        return `The host sends ${name} as ${type}, so browsers do not run it. Whoever runs the host should have files that end in .js sent as text/javascript, and those that end in .wasm as application/wasm.`;
      }
      // What a script brings along.
      for (const quoted of text.split("'").join('"').split('"')) {
        if (!/^[\w./-]+-[0-9a-f]{16}\.(js|wasm)$/.test(quoted)) continue;
        const { href } = new URL(quoted, url);
        if (!urls.includes(href)) urls.push(href);
      }
    }
    return '';
  };
  // Says above the page what is wrong; what is there works without it.
  const warn = async (text) => {
    await loaded;
    const place = document.body.insertBefore(document.createElement('p'), document.getElementById('app'));
    place.className = 'failure';
    place.role = 'alert';
    place.textContent = text;
  };
  const explain = async (urls) => {
    const reason = await fault(urls);
    if (reason) warn(reason);
  };

  // The texts of each language, as the page names them: their version, then "en=texts,more,chapters,…" for each language, with
  // a file more for each chapter.
  const [version, ...named] = root.dataset.texts.split(' ');
  const files = new Map(named.map((entry) => entry.split('=')));
  const wanted = [asked.get('lang'), ...navigator.languages].filter(Boolean).map((language) => language.split('-')[0].toLowerCase());
  const language = wanted.find((language) => files.has(language)) || 'en';

  // Fetches a part of the texts of a language. Returns it as the modules read it, or throws what is wrong.
  const fetchTexts = async (language, part) => {
    const name = files.get(language).split(',').find((name) => name.startsWith(`./${part}-${language}-`));
    const url = new URL(name, document.baseURI).href;
    const advice = 'Reload the page; if that does not help, whoever runs the host should copy the whole folder again.';
    let file;
    try {
      file = await (await fetch(url)).json();
    } catch (error) {
      throw await fault([url]) || `The file ${nameOf(url)} could not be read (${error.message}). ${advice}`;
    }
    if (file.version !== version) throw `The file ${nameOf(url)} is of another version than the page. ${advice}`;
    return [language, ...Object.entries(file.texts).flat()].join('\x1f');
  };

  // Loads a part of the texts: English, if the reader's language cannot be had; nothing, if English cannot. What is wrong
  // is said above the page, which works without them.
  const loadTexts = async (part) => {
    let [texts, reasons] = ['', ''];
    for (const code of new Set([language, 'en'])) {
      texts ||= await fetchTexts(code, part).catch((reason) => { reasons += `${reason} `; return ''; });
    }
    if (reasons) await warn(`${reasons}Until then ${texts ? 'English stands' : 'short names stand'} in place of the page’s texts.`);
    return texts;
  };
  const loaded = new Promise((resolve) => {
    if (document.readyState === 'loading') addEventListener('DOMContentLoaded', resolve);
    else resolve();
  });
  const parts = {};
  const textsOf = (part) => parts[part] ||= loadTexts(part);
  // The page's texts: those of the first page, and those that everything else says too, in the order of their keys.
  const wholeTexts = async () => {
    const [first, more] = await Promise.all([textsOf('texts'), textsOf('more')]);
    if (!first) return '';
    const [language, ...flat] = first.split('\x1f').concat(more.split('\x1f').slice(1));
    const pairs = flat.flatMap((key, i) => i % 2 ? [] : [[key, flat[i + 1]]]);
    return [language, ...pairs.sort(([a], [b]) => a < b ? -1 : 1).flat()].join('\x1f');
  };
  let pageTexts = '';
  // The rules by which a language tells one from many, for numbers of so many decimals.
  const rules = {};
  const plural = (language, number) => {
    const minimumFractionDigits = number.split('.')[1]?.length || 0;
    return (rules[language + minimumFractionDigits] ||= new Intl.PluralRules(language, { minimumFractionDigits })).select(number);
  };
  // The ways of a language to write numbers. Without one, as in English.
  const formats = {};
  const format = (language) => formats[language] ||= new Intl.NumberFormat(language || 'en');
  const grouped = (language, digits) => format(language).format(BigInt(digits));
  const decimalSign = (language) => format(language).formatToParts(0.5).find((part) => part.type === 'decimal').value;
  // The styles that the whole app and the chapters need, before those that come last.
  const styled = {};
  const addStyle = (href) => new Promise((resolve) => {
    const style = Object.assign(document.createElement('link'), { rel: 'stylesheet', href, onload: resolve, onerror: resolve });
    [...document.querySelectorAll('link[rel=stylesheet]')].pop().before(style);
  });
  const stylesOf = (part) => styled[part] ||= Promise.all(root.dataset[part].split(' ').map(addStyle));
  const styles = () => Promise.all(['appStyles', 'styles'].map(stylesOf));
  if (isFigure) addStyle(root.dataset.figure);

  // The script and the module of a part of the page: of the first page alone, of a chapter's figure, or of the whole app.
  const urlsOf = (part) => root.dataset[part].split(' ').map((file) => new URL(file, document.baseURI).href);
  const fetchAhead = (part, rels) => urlsOf(part).forEach((href, i) => {
    const link = Object.assign(document.createElement('link'), { rel: rels[i], href, crossOrigin: 'anonymous' });
    if (rels[i] !== 'modulepreload') link.as = ['script', 'fetch'][i];
    document.head.append(link);
  });
  // True if data is dear here, or memory small: then nothing is fetched that nobody asked for.
  const savesData = () => {
    const { connection, deviceMemory } = navigator;
    return Boolean(connection?.saveData || connection?.effectiveType?.endsWith('2g') || deviceMemory < 2);
  };
  // Starts a part. Throws, in words, when it cannot be started. `await_` is told which file is awaited.
  const begin = async (part, await_) => {
    const urls = urlsOf(part);
    await_(urls[0]);
    try {
      const isFirst = part === 'front';
      const dressed = location.hash.startsWith('#/lesson') ? styles() : isFirst || stylesOf('appStyles');
      const module = await import(urls[0]);
      await_(files.get(language).split(',')[0]);
      pageTexts = await (isFirst ? textsOf('texts') : wholeTexts());
      await dressed;
      await_(urls[1]);
      const shared = module.default();
      // A chapter's figure hosts its lesson itself.
      if (part === 'frame') window.receptive.host = shared.then((shared) => ({ module, shared }));
      await shared;
    } catch (error) {
      if (forbidden) throw `The host’s content security policy forbids a part of this page (${forbidden}). Whoever runs the host should send this policy: “${POLICY}”.`;
      throw await fault(urls) || `Receptive could not start (${error && error.message || error}). Reload the page; if that does not help, try ${CURRENT}.`;
    }
  };
  // The module of a part leaves here how it is ended; the whole app's ends it, and goes on with what it hands over.
  let give;
  let going;
  const takeOver = () => {
    const end = give;
    give = undefined;
    return end?.();
  };
  window.receptive = {
    styles, texts: (part) => part === 'page' ? wholeTexts() : textsOf(part), pageTexts: () => pageTexts, plural, grouped, decimalSign, savesData, fault, explain,
    goOn: () => going ||= begin('app', () => {}).catch((why) => { going = undefined; throw why; }), offer: (end) => { give = end; }, takeOver,
  };

  const isFirstPage = !isFigure && !/^#\/(lab|draw|lesson|course|work)/.test(location.hash);
  const isLesson = location.hash.startsWith('#/lesson');
  const opened = isFirstPage ? 'front' : isFigure && isLesson ? 'frame' : 'app';
  // What is fetched for each module, in bytes as hosts compress it, as the build has weighed it: "front=368000 frame=…".
  // A page that is being worked on has not been weighed.
  const sizes = new Map(root.dataset.sizes.split(' ').map((entry) => entry.split('=')));
  const bytes = Number(sizes.get(opened)) + (isLesson && opened === 'app' && Number(sizes.get('chapters')));
  const weight = bytes ? `The page weighs about ${(bytes / 1e6).toPrecision(2)} MB, so with` : 'With';
  const start = async () => {
    for (const late of document.querySelectorAll('.late')) late.remove();
    const reason = hindrance() || await apartness();
    if (reason) return say(reason);
    let awaited;
    const timer = setTimeout(() => {
      show(`Still loading ${nameOf(awaited)}. ${weight} a slow connection this takes a while. If nothing changes within a minute, reload the page.`);
    }, PATIENCE_MILLIS);
    await begin(opened, (url) => { awaited = url; }).catch(say);
    clearTimeout(timer);
    if (isSaid || savesData()) return;
    const idle = window.requestIdleCallback || setTimeout;
    if (isFirstPage) idle(() => fetchAhead('app', ['prefetch', 'prefetch']));
    // Last of all, what keeps the page for visits without a network; a figure in another page keeps nothing.
    if (root.dataset.keep && !isFigure && navigator.serviceWorker) {
      setTimeout(() => idle(() => import(new URL(root.dataset.keep, document.baseURI).href).catch(console.warn)), KEEP_AFTER_MILLIS);
    }
  };
  // While the page itself is still on its way.
  if (!hindrance() && !isApart) {
    fetchAhead(opened, ['modulepreload', 'preload']);
    if (isFirstPage) textsOf('texts');
    else wholeTexts();
  }
  loaded.then(start);
})();
