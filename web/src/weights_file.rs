//! A run's weights as a safetensors file, with the names and shapes that PyTorch gives them. No browser here.

use receptive_nn::Checkpoint;
use safetensors::tensor::{Dtype, TensorView};

/// A parameter's name as PyTorch's modules have it: "conv1.weight" for "conv 1.weight", and
/// "block1.branch2.conv1.weight" for "block 1 / branch 2 / conv 1.weight".
pub fn torch_name(name: &str) -> String {
    let (layer, role) = name.rsplit_once('.').unwrap_or((name, ""));
    let layer = layer.replace(" / ", ".").replace(' ', "").replace('-', "_");
    format!("{layer}.{}", role.replace("variance", "var").replace(' ', "_"))
}

/// Returns the bytes of the file: every parameter in single precision, kernels as (outputs, inputs, rows, columns),
/// weights of a linear layer as (outputs, inputs), biases and statistics as (outputs). Nothing when the checkpoint's
/// values are not those of its network.
pub fn safetensors_of(checkpoint: &Checkpoint) -> Option<Vec<u8>> {
    let parameters = checkpoint.parameters().ok()?;
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = parameters
        .tensors()
        .iter()
        .map(|tensor| {
            let shape = tensor.shape;
            let all = [shape.n, shape.c, shape.h, shape.w];
            let layer = tensor.name.rsplit("/ ").next().unwrap_or_default();
            let n_axes = match (tensor.name.ends_with(".weight"), layer) {
                (true, layer) if layer.starts_with("conv") || layer.starts_with("depthwise") => 4,
                (true, layer) if layer.starts_with("linear") => 2,
                _ => 1,
            };
            let bytes = tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect();
            (torch_name(&tensor.name), all[..n_axes].to_vec(), bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
        view.map(|view| (name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, _>>().ok()?;
    let network = [("network".to_string(), checkpoint.spec.to_text())];
    safetensors::serialize(views, Some(network.into_iter().collect())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use receptive_nn::{Layer, Optimiser, OptimiserState, Parameters, Place, Preset, Spec};
    use safetensors::SafeTensors;

    fn checkpoint(spec: &Spec) -> Checkpoint {
        let parameters = Parameters::init(spec, 3).expect("it can be built");
        let memory = OptimiserState::new(Optimiser::ADAM, &parameters);
        let place = Place { step: 1, seed: 3, n_images: 100, batch: 10 };
        Checkpoint::new(spec.clone(), Optimiser::ADAM, place, &parameters, &memory)
    }

    #[test]
    fn a_file_has_pytorchs_names_and_shapes_and_every_bit() {
        let spec = Preset::Slides.spec();
        let made = checkpoint(&spec);
        let bytes = safetensors_of(&made).expect("a file");
        let read = SafeTensors::deserialize(&bytes).expect("safetensors");
        let shape = |name: &str| read.tensor(name).map(|tensor| tensor.shape().to_vec()).unwrap_or_default();
        assert_eq!(read.names().len(), 8);
        assert_eq!((shape("conv1.weight"), shape("conv1.bias")), (vec![32, 1, 3, 3], vec![32]));
        assert_eq!((shape("conv2.weight"), shape("conv2.bias")), (vec![64, 32, 3, 3], vec![64]));
        assert_eq!((shape("linear1.weight"), shape("linear1.bias")), (vec![128, 9216], vec![128]));
        assert_eq!((shape("linear2.weight"), shape("linear2.bias")), (vec![10, 128], vec![10]));
        for tensor in made.parameters().expect("parameters").tensors() {
            let found = read.tensor(&torch_name(&tensor.name)).expect("it is there");
            let values: Vec<u8> = tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect();
            assert_eq!(found.data(), values, "{}", tensor.name);
        }
    }

    #[test]
    fn layers_in_blocks_and_their_statistics_have_names_of_their_own() {
        let norm = Layer::BatchNorm;
        let mut spec = Spec::read("28x28x1:c1x3p1,add(c1x1;c1x3p1),w3p1,v,f,d10").expect("a network");
        spec.layers.insert(1, norm);
        let bytes = safetensors_of(&checkpoint(&spec)).expect("a file");
        let read = SafeTensors::deserialize(&bytes).expect("safetensors");
        let mut names: Vec<_> = read.names().iter().map(ToString::to_string).collect();
        names.sort();
        let want = [
            "batch_norm1.bias",
            "batch_norm1.running_mean",
            "batch_norm1.running_var",
            "batch_norm1.weight",
            "block1.branch1.conv1.bias",
            "block1.branch1.conv1.weight",
            "block1.branch2.conv1.bias",
            "block1.branch2.conv1.weight",
            "conv1.bias",
            "conv1.weight",
            "depthwise1.bias",
            "depthwise1.weight",
            "linear1.bias",
            "linear1.weight",
        ];
        assert_eq!(names, want);
        let shape = |name: &str| read.tensor(name).map(|tensor| tensor.shape().to_vec()).unwrap_or_default();
        assert_eq!((shape("batch_norm1.weight"), shape("batch_norm1.running_var")), (vec![1], vec![1]));
        assert_eq!(shape("block1.branch2.conv1.weight"), [1, 1, 3, 3]);
        assert_eq!(shape("linear1.weight"), [10, 1]);
    }
}
