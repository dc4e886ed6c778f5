//! Parts of the page as files to take away, drawn by `web/snapshot.js`, which is fetched when one is wanted.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(inline_js = "export const save = async (selector, without, kind, name) => {
    const { save } = await import(new URL(document.documentElement.dataset.snapshot, document.baseURI));
    await save(selector, without, kind, name);
};")]
extern "C" {
    #[wasm_bindgen(js_name = save, catch)]
    async fn save_part(selector: &str, without: &str, kind: &str, name: &str) -> Result<JsValue, JsValue>;
}

/// The form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureKind {
    /// Shapes and text, which stay sharp at any size.
    Svg,
    /// Pixels, three for each of the page's.
    Png,
}

impl PictureKind {
    /// The name of the form, which is the ending of its files.
    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// Saves the part of the page that a selector finds as a file of this name, without the parts of it that another finds.
/// Returns whether that could be done.
pub(crate) async fn save(selector: &str, without: &str, kind: PictureKind, name: &str) -> bool {
    save_part(selector, without, kind.ending(), name).await.is_ok()
}
