// The page starts by the script inside it. Where the host's policy forbids that one, this file fetches its copy.
if (!window.receptive) {
  const script = document.createElement('script');
  script.src = new URL('start.js', document.baseURI).href;
  document.head.append(script);
}
