//! `cargo xtask pictures`: the README's pictures, taken of the page as it is shipped.

use crate::shell::{self, Result, cargo, root};
use crate::tools;

/// Takes them anew, of the page in `dist`.
pub(crate) fn run() -> Result {
    if !root().join("dist/index.html").is_file() {
        return Err("the page is not built; `cargo xtask build` builds it".into());
    }
    if !tools::ensure_browser() {
        return Err("there is no browser to take pictures with".into());
    }
    shell::run(
        cargo(&["run", "--quiet", "--package", "receptive-e2e", "--bin", "pictures", "--"]).arg(root().join("docs")),
    )
}
