//! What there is in a module.

use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{
    BinaryReaderError, CustomSectionReader, Element, ElementItems, ElementKind, ExternalKind, FunctionBody, GlobalType,
    KnownCustom, MemoryType, Name, Operator, Parser, Payload, RecGroup, TableType, TypeRef,
};

/// A module as it was read, its functions by their positions.
#[derive(Default)]
pub(super) struct Read<'a> {
    pub(super) types: Vec<RecGroup>,
    /// The types of functions by their positions, those imported first.
    pub(super) functions: Vec<u32>,
    pub(super) n_imported: u32,
    pub(super) memories: Vec<MemoryType>,
    pub(super) tables: Vec<TableType>,
    pub(super) globals: Vec<GlobalType>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    pub(super) names: BTreeMap<u32, &'a str>,
    /// The functions of the first table by their places.
    pub(super) places: BTreeMap<u32, u32>,
    /// What is called from outside.
    pub(super) roots: Vec<u32>,
    /// The functions that each function calls or refers to.
    pub(super) calls: BTreeMap<u32, BTreeSet<u32>>,
}

impl<'a> Read<'a> {
    /// Reads a module.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn new(module: &'a [u8]) -> Result<Self, BinaryReaderError> {
        let mut read = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(types) => read.types = types.into_iter().collect::<Result<_, _>>()?,
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let TypeRef::Func(of) = import?.ty else { continue };
                        read.functions.push(of);
                    }
                    read.n_imported = read.functions.len() as u32;
                }
                Payload::FunctionSection(functions) => {
                    for of in functions {
                        read.functions.push(of?);
                    }
                }
                Payload::MemorySection(memories) => read.memories = memories.into_iter().collect::<Result<_, _>>()?,
                Payload::TableSection(tables) => {
                    for table in tables {
                        read.tables.push(table?.ty);
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        read.globals.push(global?.ty);
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        read.roots.extend((export.kind == ExternalKind::Func).then_some(export.index));
                    }
                }
                Payload::StartSection { func, .. } => read.roots.push(func),
                Payload::ElementSection(elements) => {
                    for element in elements {
                        let element = element?;
                        match place(&element)? {
                            Some(first) => read.places.extend((first..).zip(functions(&element)?)),
                            None => read.roots.extend(functions(&element)?),
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => read.bodies.push(body),
                Payload::CustomSection(section) => read.note_names(&section)?,
                _ => {}
            }
        }
        for (i, body) in (read.n_imported..).zip(&read.bodies) {
            let mut operators = body.get_operators_reader()?;
            let called = read.calls.entry(i).or_default();
            while !operators.eof() {
                if let Operator::Call { function_index } | Operator::RefFunc { function_index } = operators.read()? {
                    called.insert(function_index);
                }
            }
        }
        Ok(read)
    }

    fn note_names(&mut self, section: &CustomSectionReader<'a>) -> Result<(), BinaryReaderError> {
        let KnownCustom::Name(names) = section.as_known() else { return Ok(()) };
        for name in names {
            let Name::Function(functions) = name? else { continue };
            for naming in functions {
                let naming = naming?;
                self.names.insert(naming.index, naming.name);
            }
        }
        Ok(())
    }
}

/// The place of the first of an element's functions in the first table; nothing for an element of another kind.
pub(super) fn place(element: &Element) -> Result<Option<u32>, BinaryReaderError> {
    let (ElementKind::Active { table_index: None | Some(0), offset_expr }, ElementItems::Functions(_)) =
        (&element.kind, &element.items)
    else {
        return Ok(None);
    };
    Ok(match offset_expr.get_operators_reader().read()? {
        Operator::I32Const { value } => u32::try_from(value).ok(),
        _ => None,
    })
}

fn functions(element: &Element) -> Result<Vec<u32>, BinaryReaderError> {
    match &element.items {
        ElementItems::Functions(functions) => functions.clone().into_iter().collect(),
        ElementItems::Expressions(_, expressions) => {
            let mut functions = Vec::new();
            for expression in expressions.clone() {
                if let Operator::RefFunc { function_index } = expression?.get_operators_reader().read()? {
                    functions.push(function_index);
                }
            }
            Ok(functions)
        }
    }
}
