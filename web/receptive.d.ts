// What the page's own script (start.js) gives to the scripts that come later.
interface Window {
  receptive: {
    /** The texts of a part: the language, then keys and texts in turn, with U+001F between. */
    texts(part: string): Promise<string>;
  };
}
