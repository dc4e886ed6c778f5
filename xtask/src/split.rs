//! Splits a module: what one owner alone needs, here a chapter, becomes a module of its own, which is fetched when that
//! owner is.
//!
//! The parts share memory, tables and globals. A function moves out if only one owner's functions lead to it, by calls
//! from those that stand in the table under the owner's name; the owner's part puts these in their places of the table
//! when it is instantiated. Everything else stays. So a part must be there before its owner is used.

mod read;

use read::{Read, place};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, FunctionSection,
    ImportSection, Module, TypeSection,
};
use wasmparser::{
    CustomSectionReader, ElementSectionReader, ExportSectionReader, FunctionBody, FunctionSectionReader, Parser,
};

/// The name under which the parts import from the module that stays.
pub(crate) const SHARED: &str = "shared";

/// What is shorter than this stays, in bytes: a compiler may fold equal functions of two owners into one, under the name
/// of either. Long ones that are equal would be the same source twice.
const LEAST_BYTES: usize = 200;

/// The module that stays, and the parts by their owners.
pub(crate) type Split = (Vec<u8>, BTreeMap<String, Vec<u8>>);

/// Splits a module by the owners that the names of its functions tell.
///
/// # Errors
/// When it is no module, or not as wasm-bindgen makes them: functions are all that it imports.
pub(crate) fn split(module: &[u8], owner: impl Fn(&str) -> Option<String>) -> Result<Split, String> {
    let read = Read::new(module).map_err(|error| error.to_string())?;
    let owners = read.owners(owner);
    let mut shared = BTreeSet::new();
    for (caller, callees) in &read.calls {
        shared.extend(
            callees.iter().filter(|callee| owners.contains_key(caller) && owners.get(callee) != owners.get(caller)),
        );
    }
    let mut main = Main { read: &read, owners: &owners, shared: &shared, at: read.n_imported };
    let mut stays = Module::new();
    main.parse_core_module(&mut stays, Parser::new(0), module).map_err(|error| error.to_string())?;
    let names: BTreeSet<_> = owners.values().collect();
    let parts = names.into_iter().map(|name| Ok((name.clone(), read.part(name, &owners)?)));
    let parts = parts.collect::<Result<_, Error>>().map_err(|error| error.to_string())?;
    Ok((stays.finish(), parts))
}

impl Read<'_> {
    fn n_bytes(&self, function: u32) -> usize {
        let body = function.checked_sub(self.n_imported).and_then(|i| self.bodies.get(i as usize));
        body.map_or(0, |body| body.as_bytes().len())
    }

    /// The functions that some lead to, with themselves.
    fn reached(&self, from: impl IntoIterator<Item = u32>) -> BTreeSet<u32> {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<_> = from.into_iter().collect();
        while let Some(function) = waiting.pop() {
            if reached.insert(function) {
                waiting.extend(self.calls.get(&function).into_iter().flatten());
            }
        }
        reached
    }

    /// The functions that move out, with their owners.
    fn owners(&self, owner: impl Fn(&str) -> Option<String>) -> BTreeMap<u32, String> {
        let mut owned = BTreeMap::<_, BTreeSet<_>>::new();
        let mut roots = self.roots.clone();
        for function in self.places.values().copied().collect::<BTreeSet<_>>() {
            let name = self.names.get(&function).and_then(|name| owner(name));
            match name.filter(|_| self.n_bytes(function) >= LEAST_BYTES) {
                Some(name) => {
                    owned.entry(name).or_default().insert(function);
                }
                None => roots.push(function),
            }
        }
        let stays = self.reached(roots);
        let mut owners = BTreeMap::<u32, Vec<String>>::new();
        for (name, functions) in owned {
            // What is imported stays.
            let reached = self.reached(functions);
            for function in reached.difference(&stays).filter(|function| **function >= self.n_imported) {
                owners.entry(*function).or_default().push(name.clone());
            }
        }
        owners
            .into_iter()
            .filter_map(|(function, mut names)| Some((function, names.pop().filter(|_| names.is_empty())?)))
            .collect()
    }

    /// The part of an owner.
    fn part(&self, name: &str, owners: &BTreeMap<u32, String>) -> Result<Vec<u8>, Error> {
        let own: BTreeSet<_> =
            owners.iter().filter(|(_, owner)| *owner == name).map(|(function, _)| *function).collect();
        let mut types = TypeSection::new();
        for group in &self.types {
            RoundtripReencoder.parse_recursive_type_group(types.ty(), group.clone())?;
        }
        let called: BTreeSet<_> = own.iter().flat_map(|function| &self.calls[function]).copied().collect();
        let mut imports = ImportSection::new();
        let mut new = Renumbered::default();
        for function in called.difference(&own) {
            new.0.insert(*function, new.0.len() as u32);
            let of = EntityType::Function(self.functions[*function as usize]);
            imports.import(SHARED, &function_name(*function), of);
        }
        for (i, memory) in self.memories.iter().enumerate() {
            imports.import(SHARED, &format!("memory{i}"), RoundtripReencoder.memory_type(*memory)?);
        }
        for (i, table) in self.tables.iter().enumerate() {
            imports.import(SHARED, &format!("table{i}"), RoundtripReencoder.table_type(*table)?);
        }
        for (i, global) in self.globals.iter().enumerate() {
            imports.import(SHARED, &format!("global{i}"), RoundtripReencoder.global_type(*global)?);
        }
        let mut functions = FunctionSection::new();
        for function in &own {
            new.0.insert(*function, new.0.len() as u32);
            functions.function(self.functions[*function as usize]);
        }
        let mut elements = ElementSection::new();
        let places = self.places.iter().filter(|(_, function)| own.contains(function));
        add_runs(&mut elements, places.map(|(place, function)| (*place, new.0[function])));
        let mut code = CodeSection::new();
        for function in &own {
            new.parse_function_body(&mut code, self.bodies[(function - self.n_imported) as usize].clone())?;
        }
        let mut part = Module::new();
        part.section(&types).section(&imports).section(&functions).section(&elements).section(&code);
        Ok(part.finish())
    }
}

/// Adds functions at their places of the first table, those that follow one another as one element.
fn add_runs(elements: &mut ElementSection, places: impl Iterator<Item = (u32, u32)>) {
    let mut runs: Vec<(u32, Vec<u32>)> = Vec::new();
    for (place, function) in places {
        match runs.last_mut() {
            Some((first, run)) if *first + run.len() as u32 == place => run.push(function),
            _ => runs.push((place, vec![function])),
        }
    }
    for (first, run) in runs {
        elements.active(None, &ConstExpr::i32_const(first.cast_signed()), Elements::Functions(run.into()));
    }
}

fn function_name(function: u32) -> String {
    format!("f{function}")
}

/// Writes what it is given with functions under new positions.
#[derive(Default)]
struct Renumbered(BTreeMap<u32, u32>);

impl Reencode for Renumbered {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(self.0[&function])
    }
}

/// Writes the module that stays.
struct Main<'a> {
    read: &'a Read<'a>,
    owners: &'a BTreeMap<u32, String>,
    /// The functions that parts call, of those that stay.
    shared: &'a BTreeSet<u32>,
    /// The function whose body comes next.
    at: u32,
}

impl Reencode for Main<'_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(function - self.owners.range(..function).count() as u32)
    }

    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        _: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let types = (0..).zip(&self.read.functions).skip(self.read.n_imported as usize);
        types.filter(|(function, _)| !self.owners.contains_key(function)).for_each(|(_, of)| {
            functions.function(*of);
        });
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_export_section(self, exports, section)?;
        for function in self.shared {
            exports.export(&function_name(*function), ExportKind::Func, self.function_index(*function)?);
        }
        for (name, kind, n) in [
            ("memory", ExportKind::Memory, self.read.memories.len()),
            ("table", ExportKind::Table, self.read.tables.len()),
            ("global", ExportKind::Global, self.read.globals.len()),
        ] {
            (0..n).for_each(|i| {
                exports.export(&format!("{name}{i}"), kind, i as u32);
            });
        }
        Ok(())
    }

    fn parse_element_section(
        &mut self,
        elements: &mut ElementSection,
        section: ElementSectionReader<'_>,
    ) -> Result<(), Error> {
        let mut places = Vec::new();
        for (place, function) in self.read.places.iter().filter(|(_, function)| !self.owners.contains_key(function)) {
            places.push((*place, self.function_index(*function)?));
        }
        add_runs(elements, places.into_iter());
        for element in section {
            let element = element?;
            if place(&element)?.is_none() {
                self.parse_element(elements, element)?;
            }
        }
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        self.at += 1;
        if self.owners.contains_key(&(self.at - 1)) { Ok(()) } else { utils::parse_function_body(self, code, body) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;
    use wasm_encoder::{
        Function, GlobalSection, GlobalType, MemorySection, MemoryType, NameMap, NameSection, RefType, TableSection,
        TableType, ValType,
    };
    use wasmparser::Payload;

    /// A module: functions by their names, each with those that it calls, of which the first is exported; those of `table`
    /// stand in the table, from place 1 on. A function named `log` is imported, and is number 0.
    fn module(functions: &[(&str, &[u32])], table: &[u32]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import("page", "log", EntityType::Function(0));
        let (mut declared, mut code, mut names) = (FunctionSection::new(), CodeSection::new(), NameMap::new());
        for (i, (name, calls)) in (1..).zip(functions) {
            let mut body = Function::new([]);
            (0..LEAST_BYTES).for_each(|_| {
                body.instructions().nop();
            });
            calls.iter().for_each(|callee| {
                body.instructions().call(*callee);
            });
            body.instructions().end();
            declared.function(0);
            code.function(&body);
            names.append(i, name);
        }
        let (mut tables, mut memories, mut globals) = (TableSection::new(), MemorySection::new(), GlobalSection::new());
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 9,
            maximum: None,
            shared: false,
        });
        memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
        let kind = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        globals.global(kind, &ConstExpr::i32_const(7));
        let mut exports = ExportSection::new();
        exports.export("answer", ExportKind::Func, 1);
        let mut elements = ElementSection::new();
        add_runs(&mut elements, (1..).zip(table.iter().copied()));
        let mut naming = NameSection::new();
        naming.functions(&names);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&declared).section(&tables).section(&memories);
        module.section(&globals).section(&exports).section(&elements).section(&code).section(&naming);
        module.finish()
    }

    /// What a module imports, exports, puts into the table and calls, by the functions' positions.
    fn described(module: &[u8]) -> String {
        let mut text = String::new();
        for payload in Parser::new(0).parse_all(module) {
            match payload.unwrap() {
                Payload::ImportSection(imports) => {
                    let names = imports.into_imports().map(|import| import.unwrap());
                    names.for_each(|import| write!(text, "{}.{} ", import.module, import.name).unwrap());
                }
                Payload::ExportSection(exports) => {
                    let names = exports.into_iter().map(|export| export.unwrap());
                    names.for_each(|export| write!(text, "{}={} ", export.name, export.index).unwrap());
                }
                _ => {}
            }
        }
        let read = Read::new(module).unwrap();
        write!(text, "{:?} {:?}", read.places, read.calls).unwrap();
        text
    }

    fn owner(name: &str) -> Option<String> {
        name.split_once("::").map(|(owner, _)| owner.into())
    }

    #[test]
    fn what_one_owner_alone_needs_moves_out_and_the_rest_stays() {
        // log is 0; answer 1, helper 2, a::root 3, a's own 4, b::root 5, both 6, root 7.
        let functions: &[(&str, &[u32])] = &[
            ("answer", &[2]),
            ("helper", &[]),
            ("a::root", &[0, 2, 4, 6]),
            ("own", &[4]),
            ("b::root", &[6]),
            ("both", &[]),
            ("root", &[2]),
        ];
        let (stays, parts) = split(&module(functions, &[3, 7, 5, 3]), owner).unwrap();
        assert_eq!(
            described(&stays),
            "page.log answer=1 f0=0 f2=2 f6=3 memory0=0 table0=0 global0=0 {2: 4} {1: {2}, 2: {}, 3: {}, 4: {2}}"
        );
        let rest = "shared.memory0 shared.table0 shared.global0";
        let parts: Vec<_> = parts.iter().map(|(name, part)| (name.as_str(), described(part))).collect();
        let of_a = format!("shared.f0 shared.f2 shared.f6 {rest} {{1: 3, 4: 3}} {{3: {{0, 1, 2, 4}}, 4: {{4}}}}");
        let of_b = format!("shared.f6 {rest} {{3: 1}} {{1: {{0}}}}");
        assert_eq!(parts, [("a", of_a), ("b", of_b)]);
    }

    #[test]
    fn what_is_called_from_elsewhere_or_is_short_stays() {
        let functions: &[(&str, &[u32])] = &[("answer", &[2]), ("a::root", &[])];
        assert!(split(&module(functions, &[2]), owner).unwrap().1.is_empty(), "it is called by what stays");
        let whole = module(&[("answer", &[]), ("a::root", &[])], &[2]);
        assert_eq!(split(&whole, owner).unwrap().1.len(), 1);
        assert!(split(&whole, |_| None).unwrap().1.is_empty(), "nobody owns it");
        assert!(split(&whole[..whole.len() / 2], owner).is_err(), "cut short");
    }
}
