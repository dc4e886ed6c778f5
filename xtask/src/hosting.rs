//! What a host is asked for: the content security policy, in the pages themselves and in the file of headers that some
//! hosts read.

use crate::finish::{text, write};
use crate::shell::Result;
use std::path::Path;

/// The content security policy of every page, one directive a line. It says nothing of `frame-ancestors`: any page may
/// hold figures.
const POLICY: [&str; 6] = [
    // Nothing of another origin is fetched, run or shown.
    "default-src 'self'",
    // Modules are compiled in the page; no script stands in a page or is made of text.
    "script-src 'self' 'wasm-unsafe-eval'",
    // A figure in a frame without an origin of its own starts its workers by a script that it has made itself.
    "worker-src 'self' data:",
    // The icon stands in the page; a stage that is saved as a picture is drawn from text.
    "img-src 'self' data:",
    // Addresses are relative to the page, whatever is put into it.
    "base-uri 'none'",
    // Forms send nothing.
    "form-action 'none'",
];

/// The policy as a header.
pub(crate) fn policy() -> String {
    POLICY.join("; ")
}

/// Writes the policy into the pages of a folder, and the headers beside them for hosts that read `_headers`.
pub(crate) fn lay(folder: &Path) -> Result {
    for page in ["index.html", "bench.html"] {
        let path = folder.join(page);
        let html = text(&path)?;
        // The charset comes first: browsers look for it at the beginning.
        let charset = html.find("<meta charset=").ok_or(format!("{page} does not name its charset"))?;
        let at = charset + html[charset..].find('>').map_or(0, |end| end + 1);
        let meta = format!("\n<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">", policy());
        write(&path, format!("{}{meta}{}", &html[..at], &html[at..]))?;
    }
    write(&folder.join("_headers"), headers())
}

/// The headers for every file, as Netlify and Cloudflare Pages read them.
fn headers() -> String {
    format!(
        "/*\n  Content-Security-Policy: {}\n  X-Content-Type-Options: nosniff\n  Access-Control-Allow-Origin: *\n",
        policy()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_policy_is_the_first_that_a_page_says_and_the_guide_for_hosts_names_it() {
        let folder = std::env::temp_dir().join(format!("receptive-hosting-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for page in ["index.html", "bench.html"] {
            write(&folder.join(page), "<html><head><meta charset=\"utf-8\" /><script src=a.js></script>").unwrap();
        }
        lay(&folder).unwrap();
        let page = text(&folder.join("index.html")).unwrap();
        let (before, after) = page.split_once(&policy()).unwrap();
        assert!(
            before.ends_with("content=\"")
                && before.contains("\" />\n<meta")
                && after.starts_with("\">")
                && after.contains("<script"),
            "{page}"
        );
        assert!(!policy().contains("unsafe-inline") && !policy().contains("frame-ancestors"));
        let guide = text(&crate::shell::root().join("docs/hosting.md")).unwrap();
        assert!(guide.contains(&policy()), "docs/hosting.md names another policy than {}", policy());
        assert!(guide.contains(&headers()), "docs/hosting.md shows other headers than {}", headers());
        write(&folder.join("index.html"), "<html>").unwrap();
        assert!(lay(&folder).unwrap_err().contains("index.html"));
        fs::remove_dir_all(folder).unwrap();
    }
}
