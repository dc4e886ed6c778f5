//! Takes out of a page what only people and debuggers read: comments and indentation, names of functions, and the
//! hashes in the names that a script and its module share.

use std::collections::BTreeMap;
use std::convert::Infallible;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{ExportSection, ImportSection, Module};
use wasmparser::{CustomSectionReader, Export, Import, ImportSectionReader, Parser};

/// A text without comments that stand on lines of their own, without indentation and blank lines. Nothing inside a line
/// is touched: that would take a parser.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::new();
    let mut is_inside = false;
    for line in text.lines().map(str::trim) {
        let is_comment = is_inside || line.starts_with("//") || line.starts_with("/*");
        if is_inside || line.starts_with("/*") {
            is_inside = !line.contains("*/");
        }
        let after =
            if is_comment && !line.starts_with("//") { line.split_once("*/").map(|(_, after)| after) } else { None };
        let line = if is_comment { after.unwrap_or_default().trim() } else { line };
        if !line.is_empty() {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// A module and the script that loads it, with short names in place of those that wasm-bindgen makes unique by a hash,
/// and the module without custom sections. Nothing if it is no module.
pub(crate) fn pair(module: &[u8], script: &str) -> Option<(Vec<u8>, String)> {
    let mut lightener = Lightener::default();
    let mut light = Module::new();
    lightener.parse_core_module(&mut light, Parser::new(0), module).ok()?;
    Some((light.finish(), renamed(script, &lightener.names)))
}

/// Writes a module anew.
#[derive(Default)]
struct Lightener {
    /// New names by the old.
    names: BTreeMap<String, String>,
}

impl Lightener {
    /// The new name in place of a name.
    fn name<'a>(&'a mut self, name: &'a str) -> &'a str {
        if !is_unique_by_hash(name) {
            return name;
        }
        let n = self.names.len();
        self.names.entry(name.into()).or_insert_with(|| format!("__{n}"))
    }
}

impl Reencode for Lightener {
    type Error = Infallible;

    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        for import in section.into_imports() {
            let import = import?;
            let name = self.name(import.name).to_string();
            utils::parse_import(self, imports, Import { name: &name, ..import })?;
        }
        Ok(())
    }

    fn parse_export(&mut self, exports: &mut ExportSection, export: Export<'_>) -> Result<(), Error> {
        let name = self.name(export.name).to_string();
        utils::parse_export(self, exports, Export { name: &name, ..export })
    }
}

/// True if wasm-bindgen made a name, and one part of it is a hash: 16 hexadecimal digits.
fn is_unique_by_hash(name: &str) -> bool {
    let is_hash = |part: &str| {
        let digits = part.strip_prefix('h').unwrap_or(part);
        digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    ["__wbg_", "wasm_bindgen_"].iter().any(|maker| name.starts_with(maker)) && name.split('_').any(is_hash)
}

/// A script with the new names in place of the old, where they stand as whole words.
fn renamed(script: &str, names: &BTreeMap<String, String>) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
        let (between, later) = after.split_at(after.find(is_part).unwrap_or(after.len()));
        out.push_str(names.get(word).map_or(word, String::as_str));
        out.push_str(between);
        rest = later;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{CustomSection, EntityType, ExportKind, FunctionSection, TypeSection};

    #[test]
    fn comments_go_and_nothing_else() {
        let before = "/* one\n   two */\n.a { color: red; } /* stays */\n\n  // gone\n  const url = 'http://x'; // stays\n/** gone */ export {}\n";
        let after = ".a { color: red; } /* stays */\nconst url = 'http://x'; // stays\nexport {}\n";
        assert_eq!(text(before), after);
    }

    /// A module that imports two functions and exports them, with a section for debuggers or without.
    fn module(imported: [&str; 2], exported: [&str; 2], has_names: bool) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let (mut imports, mut exports) = (ImportSection::new(), ExportSection::new());
        for (i, (imported, exported)) in imported.iter().zip(exported).enumerate() {
            imports.import("./app_bg.js", imported, EntityType::Function(0));
            exports.export(exported, ExportKind::Func, i as u32);
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&FunctionSection::new()).section(&exports);
        if has_names {
            module.section(&CustomSection { name: "name".into(), data: [1, 2, 3][..].into() });
        }
        module.finish()
    }

    const IMPORT: &str = "__wbg_now_0123456789abcdef";
    const EXPORT: &str = "wasm_bindgen__convert__invoke__h0123456789abcdef_2";

    #[test]
    fn a_script_and_its_module_share_short_names_and_keep_their_own() {
        let script = format!(
            "const imports = {{ {IMPORT}: () => Date.now(), __wbindgen_throw: () => {{}} }};\n\
             // {IMPORT}_2 and my{IMPORT} are others.\nwasm.{EXPORT}(1); wasm.answer(2);"
        );
        let before = module([IMPORT, "__wbindgen_throw"], [EXPORT, "answer"], true);
        let (light, script) = pair(&before, &script).unwrap();
        // An empty section is not written again, or it is: both are the same module.
        let (want, _) = pair(&module(["__0", "__wbindgen_throw"], ["__1", "answer"], false), "").unwrap();
        assert_eq!(light, want);
        let want = format!(
            "const imports = {{ __0: () => Date.now(), __wbindgen_throw: () => {{}} }};\n\
             // {IMPORT}_2 and my{IMPORT} are others.\nwasm.__1(1); wasm.answer(2);"
        );
        assert_eq!(script, want);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert_eq!(pair(b"<!doctype html>", ""), None);
        let module = module(["a", "b"], ["c", "d"], false);
        assert_eq!(pair(&module[..module.len() - 3], ""), None, "cut short");
    }
}
