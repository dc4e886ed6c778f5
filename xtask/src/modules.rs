//! The page's modules, compiled side by side. Trunk compiles one after the other, and the last step of each, when the
//! linker optimises the whole, keeps one processor busy; so they are compiled before, and Trunk finds them there.

use crate::shell::{self, Result, command, root};
use std::collections::BTreeMap;
use std::fs;

/// The profile in which Trunk compiles a module for which the page names none.
const USUAL: &str = "release";

/// Compiles all modules of the page, with the arguments that Trunk gives.
pub(crate) fn compile() -> Result {
    let page = fs::read_to_string(root().join("index.html")).map_err(|error| format!("index.html: {error}"))?;
    for (profile, modules) in by_profile(&page) {
        let arguments = ["build", "--target=wasm32-unknown-unknown", "--manifest-path", "web/Cargo.toml", "--profile"];
        let mut cargo = command("cargo", &arguments);
        cargo.arg(profile);
        for module in modules {
            cargo.args(["--bin", module]);
        }
        shell::run(&mut cargo)?;
    }
    Ok(())
}

/// The modules that a page names for Trunk, by the profiles that they are compiled in.
fn by_profile(page: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut modules = BTreeMap::<_, Vec<_>>::new();
    for link in page.split("<link").filter_map(|rest| Some(rest.split_once('>')?.0)) {
        if let Some(module) = attribute(link, "data-bin") {
            modules.entry(attribute(link, "data-cargo-profile-release").unwrap_or(USUAL)).or_default().push(module);
        }
    }
    modules
}

/// The value of an attribute of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    Some(rest.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_compiled_in_the_profiles_that_the_page_names() {
        let page = "<link data-trunk rel=\"css\" href=\"a.css\" /><link data-bin=\"app\" data-type=\"worker\" />
            <link data-bin=\"slow\" data-cargo-profile-release=\"fast\" /><link data-bin=\"front\" data-type=\"main\" />";
        assert_eq!(by_profile(page), BTreeMap::from([("fast", vec!["slow"]), (USUAL, vec!["app", "front"])]));
        let own = fs::read_to_string(root().join("index.html")).unwrap();
        let binaries = fs::read_to_string(root().join("web/Cargo.toml")).unwrap();
        let n_modules: usize = by_profile(&own).values().map(Vec::len).sum();
        assert_eq!(n_modules, binaries.matches("[[bin]]").count(), "every binary is a module of the page");
    }
}
