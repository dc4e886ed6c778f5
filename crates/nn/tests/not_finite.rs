//! Where the first value arises that is no finite number.

use receptive_nn::{Inspector, Parameters, Spec};

/// Two convolutions, weights of 1e20 in both: an image of ones overflows in the second, one of zeros nowhere.
fn network() -> (Spec, Parameters) {
    let spec = Spec::read("6x6x1:c2x3,r,c2x3,r,f,d3").unwrap();
    let mut parameters = Parameters::init(&spec, 1).unwrap();
    for name in ["conv 1", "conv 2", "linear 1"] {
        parameters.values_mut(&format!("{name}.weight")).unwrap().fill(if name == "linear 1" { 1.0 } else { 1e20 });
        parameters.values_mut(&format!("{name}.bias")).unwrap().fill(0.0);
    }
    (spec, parameters)
}

fn first(spec: &Spec, parameters: &Parameters, images: &[f32]) -> Option<String> {
    Inspector::new(spec).unwrap().first_not_finite(parameters, images.chunks(36))
}

#[test]
fn an_overflow_is_found_where_it_begins_whichever_image_brings_it() {
    let (spec, parameters) = network();
    let (zeros, ones) = ([0.0; 36], [1.0; 36]);
    assert_eq!(first(&spec, &parameters, &zeros), None);
    assert_eq!(first(&spec, &parameters, &[zeros, ones].concat()).as_deref(), Some("conv 2"));
    assert_eq!(first(&spec, &parameters, &[ones, zeros].concat()).as_deref(), Some("conv 2"));
}

#[test]
fn a_layers_parameters_come_before_its_output_and_after_those_of_the_layers_before() {
    let (spec, mut parameters) = network();
    let ones = [1.0; 36];
    parameters.values_mut("linear 1.bias").unwrap()[1] = f32::NAN;
    assert_eq!(first(&spec, &parameters, &[0.0; 36]).as_deref(), Some("linear 1.bias"));
    assert_eq!(first(&spec, &parameters, &ones).as_deref(), Some("conv 2"));
    parameters.values_mut("conv 2.weight").unwrap()[3] = f32::INFINITY;
    assert_eq!(first(&spec, &parameters, &ones).as_deref(), Some("conv 2.weight"));
    parameters.values_mut("conv 1.weight").unwrap()[0] = 1e38;
    assert_eq!(first(&spec, &parameters, &[9.0; 36]).as_deref(), Some("conv 1"));
}
