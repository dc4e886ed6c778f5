//! Networks whose training step is not what they do otherwise: dropout and batch normalisation, over any number of
//! workers, on a GPU, and after a pause.

use receptive_nn::{Optimiser, Spec};
use receptive_train::protocol::{EngineChoice, Event, RunCommand, RunConfig, RunEvent};

use crate::drive::*;
use crate::fleet::Fleet;
use crate::pretend::Rig;

const NETWORKS: [&str; 3] = [
    "28x28x1:c4x5s3,r,o0.25,f,o,d10",
    "28x28x1:c4x5s3,n,r,f,d8,n,r,d10",
    "28x28x1:a4,n,add(c3x1,n,r,o0.1;c3x3p1),f,d10",
];

fn config(network: &str) -> RunConfig {
    let spec = Spec::read(network).expect("a network");
    RunConfig { spec, batch: 32, epochs: 6, n_validation: 20, optimiser: Optimiser::MOMENTUM, ..quick_config() }
}

#[test]
fn any_number_of_workers_gives_the_same_bits() {
    for network in NETWORKS {
        let outcome = |n_workers, seed| {
            let mut fleet = Fleet::new(opened(config(network)), n_workers, seed);
            fleet.run_after(on(RunCommand::Train));
            (fleet.outcome(), fleet.n_sent)
        };
        let (want, _) = outcome(1, 0);
        for (n_workers, seed) in [(2, 1), (3, 2), (8, 3)] {
            let (got, n_sent) = outcome(n_workers, seed);
            assert!(got == want, "{network} with {n_workers} workers");
            // A batch norm needs the whole batch in one place.
            assert_eq!(n_sent > 9, !network.contains('n'), "{network}");
        }
    }
}

#[test]
fn a_gpu_drops_the_same_values_and_keeps_the_same_averages() {
    for network in NETWORKS {
        let mut rig = Rig::new(opened(config(network)), EngineChoice::Gpu);
        rig.run_after(on(RunCommand::Train));
        assert!(rig.n_steps > 10, "the device took steps");
        let want = run_after(&mut opened(config(network)), on(RunCommand::Train));
        let (got, want) = (steps(&rig.events), steps(&want));
        assert_eq!(got.len(), want.len());
        // Ten steps: after them rounding has grown.
        for (got, want) in got.iter().zip(&want).take(10) {
            assert!((got.loss - want.loss).abs() <= 1e-3, "{network}: {} for {}", got.loss, want.loss);
        }
    }
}

#[test]
fn a_run_goes_on_from_a_checkpoint_with_its_averages_and_choices() {
    for network in NETWORKS {
        let want = losses(&run_after(&mut opened(config(network)), on(RunCommand::Train)));
        let mut first = opened(config(network));
        let mut kept = None;
        for i in 0..7 {
            run_after(&mut first, on(RunCommand::Step));
            kept = first.take_checkpoint(f64::from(i)).or(kept);
        }
        let (_, step, bytes) = kept.expect("a checkpoint");
        let mut second = session();
        second.resume(&bytes);
        assert_eq!(fingerprint(&mut second), fingerprint(&mut first), "{network}");
        assert!(losses(&run_after(&mut second, on(RunCommand::Train))) == want[step as usize..], "{network}");
    }
}

#[test]
fn validation_drops_nothing_and_takes_the_running_averages() {
    // With nearly everything dropped, training hardly learns from a step; what is measured has all values.
    let spec = Spec::read("28x28x1:a2,f,o0.9,d10").expect("a network");
    let config = RunConfig { spec, epochs: 30, learning_rate: 0.05, ..config(NETWORKS[0]) };
    let events = run_after(&mut opened(config), on(RunCommand::Train));
    let training = steps(&events).iter().rev().take(20).map(|step| step.loss).sum::<f32>() / 20.0;
    let validation = events.iter().rev().find_map(|event| match event {
        Event::Run { event: RunEvent::Validation(record), .. } => Some(record.loss),
        _ => None,
    });
    let validation = validation.expect("a validation");
    assert!(validation < 0.7 * training, "{validation} with all values, {training} with a tenth of them");
}

#[test]
fn a_batch_norm_is_not_trained_on_single_values() {
    let refused = |network, batch| {
        let config = RunConfig { batch, ..config(network) };
        let mut session = session();
        session.handle(receptive_train::protocol::Command::Open(RUN, config));
        let events = session.drain();
        events.into_iter().any(|event| matches!(event, Event::Run { event: RunEvent::Refused(_), .. }))
    };
    assert!(refused("28x28x1:f,d8,n,d10", 1));
    assert!(!refused("28x28x1:f,d8,n,d10", 2));
    // A map has more than one value for each channel.
    assert!(!refused("28x28x1:c4x5s3,n,f,d10", 1));
}
