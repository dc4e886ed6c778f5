//! The shaders by reflection: each is valid, and what the host takes for granted is so. No GPU is needed.

use naga::{
    AddressSpace, Module,
    valid::{Capabilities, ValidationFlags, Validator},
};
use receptive_gpu::{Products, Shader};
use receptive_tests::FOLDER;
use std::{collections::BTreeSet, fs, path::Path};

/// Every shader, and its source in each form of matrix products.
fn sources() -> impl Iterator<Item = (Shader, &'static str)> {
    Products::ALL
        .into_iter()
        .flat_map(|products| Shader::ALL.iter().map(move |&shader| (shader, shader.source(products))))
}

fn parsed(shader: Shader, source: &str) -> Module {
    let module = naga::front::wgsl::parse_str(source);
    module.unwrap_or_else(|error| panic!("{}: {}", shader.name(), error.emit_to_string(source)))
}

#[test]
fn every_shader_is_valid() {
    for (shader, source) in sources() {
        let checked = Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(&parsed(shader, source));
        if let Err(error) = checked {
            panic!("{}: {}", shader.name(), error.emit_to_string(source));
        }
    }
}

#[test]
fn an_invalid_shader_is_noticed() {
    let source = Shader::SumParts.source(Products::Tiles).replace("sum[i] = ", "sum[i] = parts + ");
    let module = naga::front::wgsl::parse_str(&source);
    let checked = module.map(|m| Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(&m).is_ok());
    assert!(!checked.unwrap_or(false));
}

#[test]
fn each_shader_has_one_entry_point_of_its_name() {
    for (shader, source) in sources() {
        let names: Vec<_> = parsed(shader, source).entry_points.into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, [shader.name()]);
    }
}

#[test]
fn bindings_are_those_that_the_host_binds_in_its_order() {
    for (shader, source) in sources() {
        let module = parsed(shader, source);
        let bound = module.global_variables.iter().filter_map(|(_, variable)| {
            let binding = variable.binding?;
            assert!(binding.group == 0 && matches!(variable.space, AddressSpace::Storage { .. }), "{}", shader.name());
            Some((binding.binding, variable.name.clone().unwrap_or_default()))
        });
        let mut bound: Vec<_> = bound.collect();
        bound.sort_unstable();
        let wanted: Vec<_> = (0..).zip(shader.bindings().iter().map(|name| (*name).to_owned())).collect();
        assert_eq!(bound, wanted, "{}", shader.name());
    }
}

#[test]
fn every_file_belongs_to_a_shader() {
    let folder = Path::new(FOLDER).join("../crates/gpu/src/shaders");
    let sources: BTreeSet<_> = sources().map(|(_, source)| source).collect();
    for file in fs::read_dir(folder).expect("the shaders have a folder").flatten() {
        let text = fs::read_to_string(file.path()).expect("a shader can be read");
        assert!(sources.iter().any(|source| source.contains(&text)), "{:?} is in no shader", file.file_name());
    }
}
