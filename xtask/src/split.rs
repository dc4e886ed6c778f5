//! Splits a module: what few owners need, here chapters, becomes for each of these a module of its own, which is fetched
//! when that owner is.
//!
//! The parts share memory, tables and globals. A function moves out if only a few owners' functions lead to it, by calls
//! from those that stand in the table under the owners' names. Each of these owners' parts has it, and puts it in its place
//! of the table, if it has one there, when the part is instantiated. Everything else stays. So a part must be there before
//! its owner is used.

mod owners;
mod read;

pub(crate) use owners::Needed;
use owners::Owners;
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

/// The module that stays, and the parts by their owners.
pub(crate) type Split = (Vec<u8>, BTreeMap<String, Vec<u8>>);

/// Splits a module by the owners that the names of its functions tell.
///
/// # Errors
/// When it is no module, or not as wasm-bindgen makes them: functions are all that it imports.
pub(crate) fn split(module: &[u8], owner: impl Fn(&str) -> Needed) -> Result<Split, String> {
    let read = Read::new(module).map_err(|error| error.to_string())?;
    let owners = read.owners(owner);
    let moved = read.calls.iter().filter(|(caller, _)| owners.contains_key(caller));
    // What a function calls that moves out is in the same parts, or stays.
    let shared =
        moved.flat_map(|(_, callees)| callees).filter(|callee| !owners.contains_key(callee)).copied().collect();
    let mut main = Main { read: &read, owners: &owners, shared: &shared, at: read.n_imported };
    let mut stays = Module::new();
    main.parse_core_module(&mut stays, Parser::new(0), module).map_err(|error| error.to_string())?;
    let names: BTreeSet<_> = owners.values().flatten().collect();
    let parts = names.into_iter().map(|name| Ok((name.clone(), read.part(name, &owners)?)));
    let parts = parts.collect::<Result<_, Error>>().map_err(|error| error.to_string())?;
    Ok((stays.finish(), parts))
}

/// The names of a module's functions.
///
/// # Errors
/// When it is no module.
pub(crate) fn names(module: &[u8]) -> Result<BTreeSet<&str>, String> {
    let read = Read::new(module).map_err(|error| error.to_string())?;
    Ok(read.names.into_values().collect())
}

impl Read<'_> {
    /// The part of an owner.
    fn part(&self, name: &str, owners: &Owners) -> Result<Vec<u8>, Error> {
        let own: BTreeSet<_> =
            owners.iter().filter(|(_, names)| names.contains(name)).map(|(function, _)| *function).collect();
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
    owners: &'a Owners,
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
    use super::owners::{LEAST_BYTES, MOST_OWNERS};
    use super::*;
    use std::fmt::Write;
    use wasm_encoder::{
        Function, GlobalSection, GlobalType, MemorySection, MemoryType, NameMap, NameSection, RefType, TableSection,
        TableType, ValType,
    };
    use wasmparser::Payload;

    /// A module: functions by their names, each with those that it calls, of which the first is exported; those of `table`
    /// stand in the table, from place 1 on. A function named `log` is imported, and is number 0. All are long but for those
    /// whose names end in "short".
    fn module(functions: &[(&str, &[u32])], table: &[u32]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import("page", "log", EntityType::Function(0));
        let (mut declared, mut code, mut names) = (FunctionSection::new(), CodeSection::new(), NameMap::new());
        for (i, (name, calls)) in (1..).zip(functions) {
            let mut body = Function::new([]);
            (0..if name.ends_with("short") { 1 } else { LEAST_BYTES }).for_each(|_| {
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

    fn owner(name: &str) -> Needed {
        match name.split_once("::") {
            Some(("std", _)) => Needed::Unsaid,
            Some((owners, _)) => Needed::By(owners.split('+').map(String::from).collect()),
            None => Needed::ByAll,
        }
    }

    #[test]
    fn what_few_owners_need_moves_out_and_the_rest_stays() {
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
            "page.log answer=1 f0=0 f2=2 memory0=0 table0=0 global0=0 {2: 3} {1: {2}, 2: {}, 3: {2}}"
        );
        let rest = "shared.memory0 shared.table0 shared.global0";
        let parts: Vec<_> = parts.iter().map(|(name, part)| (name.as_str(), described(part))).collect();
        let of_a = format!("shared.f0 shared.f2 {rest} {{1: 2, 4: 2}} {{2: {{0, 1, 3, 4}}, 3: {{3}}, 4: {{}}}}");
        let of_b = format!("{rest} {{3: 0}} {{0: {{1}}, 1: {{}}}}");
        assert_eq!(parts, [("a", of_a), ("b", of_b)]);
    }

    #[test]
    fn what_many_owners_need_stays() {
        let names: Vec<_> = (0..=MOST_OWNERS).map(|i| format!("{i}::root")).collect();
        let of_so_many = |n: usize| {
            let mut functions: Vec<(&str, &[u32])> = vec![("answer", &[]), ("common", &[])];
            functions.extend(names[..n].iter().map(|name| (name.as_str(), &[2][..])));
            let table: Vec<_> = (3..).take(n).collect();
            let (stays, parts) = split(&module(&functions, &table), owner).unwrap();
            assert_eq!(parts.len(), n);
            described(&stays).contains("f2=2")
        };
        assert!(!of_so_many(MOST_OWNERS) && of_so_many(MOST_OWNERS + 1));
    }

    #[test]
    fn a_name_tells_the_owner_of_what_is_long_and_of_what_calls_that() {
        let n_parts = |table: &[(&str, &[u32])]| {
            let functions: Vec<_> = [("answer", &[][..]), ("a::long", &[]), ("b::long", &[])]
                .into_iter()
                .chain(table.iter().copied())
                .collect();
            let table: Vec<_> = (4..).take(table.len()).collect();
            split(&module(&functions, &table), owner).unwrap().1.len()
        };
        assert_eq!(n_parts(&[("a::root", &[])]), 1);
        assert_eq!(n_parts(&[("a::short", &[])]), 0, "it may be another's too");
        assert_eq!(n_parts(&[("a::short", &[2])]), 1, "it calls what is a's");
        assert_eq!(n_parts(&[("b::short", &[2])]), 0, "it has one owner by its name and another by what it calls");
        assert_eq!(n_parts(&[("std::any", &[2])]), 1, "it was compiled for a");
        assert_eq!(n_parts(&[("std::any", &[2, 3])]), 0, "it calls what is b's too");
        assert_eq!(n_parts(&[("std::any", &[])]), 0);
        assert_eq!(n_parts(&[("a+b::root", &[])]), 2, "it is two owners'");
        assert_eq!(
            n_parts(&[("a+b::root", &[]), ("std::any", &[2, 4])]),
            0,
            "it calls what is a's alone and what is not"
        );
        assert_eq!(n_parts(&[("a+b::root", &[]), ("std::any", &[4])]), 2, "it was compiled for both");
        assert_eq!(n_parts(&[("any", &[2])]), 0, "anybody may call it");
    }

    #[test]
    fn what_is_called_from_elsewhere_stays() {
        let functions: &[(&str, &[u32])] = &[("answer", &[2]), ("a::root", &[])];
        assert!(split(&module(functions, &[2]), owner).unwrap().1.is_empty(), "it is called by what stays");
        let whole = module(&[("answer", &[]), ("a::root", &[])], &[2]);
        assert_eq!(split(&whole, owner).unwrap().1.len(), 1);
        assert!(split(&whole, |_| Needed::ByAll).unwrap().1.is_empty(), "anybody may need it");
        assert!(split(&whole[..whole.len() / 2], owner).is_err(), "cut short");
        assert_eq!(names(&whole).unwrap(), BTreeSet::from(["answer", "a::root"]));
    }
}
