//! English says what the workers report, word for word.

use super::*;
use receptive_data::ChunkError;
use receptive_data::idx::Kind;
use receptive_data::manifest::{ChunkFault, ManifestError};
use receptive_nn::SpecError;
use receptive_train::protocol::{DataError, FilesError};

#[test]
fn an_impossible_setting_is_named_with_what_would_do() {
    let errors = [
        (RunError::Optimiser, "the optimiser's settings must be numbers from 0 on, and the norm that clips above 0"),
        (RunError::LearningRate(0.0), "the learning rate is 0; it must be a number above 0, such as 0.001"),
        (RunError::LearningRate(-0.1), "the learning rate is -0.1; it must be a number above 0, such as 0.001"),
        (RunError::LearningRate(f32::NAN), "the learning rate is NaN; it must be a number above 0, such as 0.001"),
        (RunError::LearningRate(f32::INFINITY), "the learning rate is inf; it must be a number above 0, such as 0.001"),
        (RunError::Batch { batch: 0, most: 1024 }, "a batch of 0 images is not possible; choose 1 to 1024"),
        (RunError::NoEpochs, "0 epochs would train nothing; choose at least 1"),
        (RunError::NoMoreEpochs, "0 more epochs would train nothing; choose at least 1"),
        (RunError::Epochs(u32::MAX), "4294967295 epochs are too many to count; choose fewer"),
        (
            RunError::Validation { n_validation: 120, n_offered: 120 },
            "120 validation images are too many: the dataset offers 120 images for training and validation together",
        ),
        (
            RunError::Training { n_training: 97, n_offered: 120, n_validation: 24 },
            "97 training images are too many: the dataset offers 120, and 24 of them are held out for validation; 96 is \
             the most",
        ),
        (
            RunError::LargeBatch { batch: 97, n_training: 96 },
            "a batch of 97 is larger than the 96 training images; choose a batch of at most 96",
        ),
        (RunError::Network(SpecError::NoLogits), "the network must end in a linear layer with one unit per class"),
        (
            RunError::Misfit(Misfit::Input { network: [1, 28, 28], data: [3, 5, 9] }),
            "the network reads images of 28×28 in 1 channel and the data has images of 5×9 in 3 channels; set the \
             network's input to 5×9 in 3 channels",
        ),
        (
            RunError::Misfit(Misfit::Outputs { network: 10, data: 26 }),
            "the network ends in 10 outputs and the data has 26 classes; give its last layer 26 units",
        ),
        (
            RunError::Memory { batch: 16, megabytes: 5000 },
            "training this network with a batch of 16 takes about 5000 MB of memory, more than can be had here; a smaller \
             batch or fewer kernels and units need less",
        ),
    ];
    for (error, words) in errors {
        assert_eq!(run_error(&error), words);
    }
}

#[test]
fn a_divergence_and_a_misunderstanding_have_their_words() {
    assert_eq!(diverged(Diverged::Loss(f32::NAN), None), "the loss became NaN");
    assert_eq!(
        diverged(Diverged::Loss(f32::NAN), Some("conv 2")),
        "the loss became NaN, and the first value that is no finite number is in the output of conv 2"
    );
    assert_eq!(
        diverged(Diverged::Weight, Some("linear 1.weight")),
        "a weight is no longer a finite number, and the first value that is no finite number is a weight of linear 1"
    );
    let command = "The training worker did not understand the page. Reload the page.";
    assert_eq!(protocol_error(ProtocolError::Command), command);
    assert_eq!(protocol_error(ProtocolError::Checkpoint), "a checkpoint could not be read; reload the page");
}

#[test]
fn faults_of_a_gpu_have_their_words() {
    let faults = [
        (GpuFault::NoGpu, "this browser offers no GPU"),
        (GpuFault::NoWorker, "this browser cannot start workers from a worker"),
        (GpuFault::Unreachable, "its worker cannot be reached"),
        (GpuFault::BrokeDown, "its worker broke down"),
        (GpuFault::OtherBuild, "its worker is of another version; reload the page"),
        (GpuFault::Silent, "it did not answer any more"),
        (GpuFault::Unreadable, "its answer could not be read"),
        (GpuFault::Invalid, "its answer was to no question"),
        (GpuFault::Loss, "a loss of its was no number to go on from"),
        (GpuFault::Weights, "its weights were no numbers to go on from"),
        (GpuFault::Command, "its worker did not understand an order"),
        (GpuFault::OtherNetwork, "it was given the weights of another network"),
        (GpuFault::NoRun, "its worker was sent steps of no run"),
        (GpuFault::Steps, "its worker was sent steps that cannot be"),
        (GpuFault::Network(SpecError::NoLogits), "the network must end in a linear layer with one unit per class"),
    ];
    for (fault, words) in faults {
        assert_eq!(gpu_fault(&fault), words);
    }
    let too_large = |what| GpuError::TooLarge { what, needed: 9, limit: 4 };
    let devices = [
        (GpuError::NoAdapter, "there is no GPU that can be used here"),
        (GpuError::NoDevice("no".into()), "the GPU could not be opened: no"),
        (
            too_large(Quantity::Bytes),
            "a piece of memory, in bytes, would be 9, and this GPU allows 4; a smaller batch or network needs less",
        ),
        (
            too_large(Quantity::Workgroups),
            "the number of workgroups along one axis would be 9, and this GPU allows 4; a smaller batch or network needs \
             less",
        ),
        (GpuError::Fault(Fault::Lost(String::new())), "the GPU was lost"),
        (GpuError::Fault(Fault::Lost("reset".into())), "the GPU was lost (reset)"),
        (GpuError::Fault(Fault::OutOfMemory), "the GPU has not enough memory; a smaller batch or network needs less"),
        (GpuError::Fault(Fault::Refused("it".into())), "the GPU refused a command: it"),
    ];
    for (error, words) in devices {
        assert_eq!(gpu_fault(&GpuFault::Device(error)), words);
    }
    let differences = [
        (GpuDifference::Answer, "the answer"),
        (GpuDifference::Loss, "the loss"),
        (GpuDifference::Hits, "the number of images read right"),
        (GpuDifference::Length, "the number of weights"),
        (GpuDifference::Weights("conv 1".into()), "the weights of conv 1"),
        (GpuDifference::Biases("linear 1".into()), "the biases of linear 1"),
    ];
    for (what, words) in differences {
        assert_eq!(gpu_difference(&what), words);
    }
}

#[test]
fn what_is_wrong_with_data_has_its_words() {
    let file = || "a".to_string();
    let idx = receptive_data::idx::IdxError::TooMuch;
    let errors = [
        (DataError::NoFiles, "no files have been opened yet; choose an image file and a label file first"),
        (DataError::Fetch { file: file(), status: None }, "mnist/a could not be fetched"),
        (DataError::Fetch { file: file(), status: Some(404) }, "mnist/a could not be fetched (status 404)"),
        (
            DataError::WebPage { file: file() },
            "the host sent a web page in place of mnist/a; put the page's whole folder there",
        ),
        (
            DataError::NotBuilt,
            "this page was built without it; in Receptive's sources `cargo xtask data` gets it, and the page has to be \
             built again",
        ),
        (
            DataError::Manifest(ManifestError { line: 3 }),
            "line 3 of the list of MNIST's chunks is not understood; build the page again",
        ),
        (
            DataError::Chunk(ChunkFault::Idx { file: file(), error: idx }),
            "mnist/a cannot be used: the images take more than 400 MB, background left out, which is the most that is kept",
        ),
        (
            DataError::Chunk(ChunkFault::OtherFile { file: file(), found: 1, listed: 2 }),
            "mnist/a is not the file that the list of MNIST's chunks names (its checksum is 00000001, not 00000002); put \
             the page's whole folder in its place again",
        ),
        (DataError::Plan(ChunkError::Unknown { chunk: 1 }), "chunk 1 was not announced"),
        (
            DataError::Plan(ChunkError::Size { chunk: 1, expected: 2, found: 3 }),
            "chunk 1 has 3 images where 2 were announced; the files beside the page do not belong together",
        ),
        (
            DataError::Plan(ChunkError::Shape { chunk: 1, expected: [1, 2, 3], found: [3, 2, 1] }),
            "the images of chunk 1 are of shape [3, 2, 1], not [1, 2, 3] as those of its dataset",
        ),
        (
            DataError::Plan(ChunkError::Class { chunk: 1, class: 9, n_classes: 2 }),
            "chunk 1 has an image of class 9; the dataset has 2 classes, counted from 0",
        ),
    ];
    for (error, words) in errors {
        assert_eq!(data_error(&error), words);
    }
}

#[test]
fn files_that_cannot_be_used_are_told_why() {
    let named = FilesError::Named { name: "b.bin".into(), error: Box::new(FilesError::UnreadableBatch) };
    let errors = [
        (
            FilesError::One,
            "one file was chosen; choose an image file and its label file together, or batches of CIFAR-10 (.bin)",
        ),
        (
            FilesError::Several,
            "several files were chosen; choose one image file and its label file, or batches of CIFAR-10 (.bin)",
        ),
        (
            FilesError::Unreadable(Kind::Labels),
            "the browser could not read the label file; if it was moved or changed, choose it again",
        ),
        (named, "“b.bin”: the browser could not read it; if it was moved or changed, choose it again"),
        (FilesError::Superseded, "other files were chosen meanwhile"),
        (
            FilesError::Few { n_images: 5, least: 6 },
            "the files hold 5 images; at least 6 are needed, so that some can be kept for the test",
        ),
    ];
    for (error, words) in errors {
        assert_eq!(files_error(&error), words);
    }
}
