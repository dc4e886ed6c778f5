//! Loss and accuracy over the steps.

use crate::context::AppContext;
use crate::views::chart::{Chart, Point, Unit};
use receptive_lessons::say;
use receptive_nn::Head;
use std::rc::Rc;
use yew::prelude::*;

/// Both curves, under a legend.
pub(super) fn curves(app: &AppContext) -> Html {
    let run = &app.run;
    let training = |value: fn(&receptive_train::protocol::StepRecord) -> f32| -> Rc<[Point]> {
        run.steps.iter().map(|step| (step.iteration, value(step))).collect()
    };
    let validation = |value: fn(&receptive_train::protocol::ValidationRecord) -> f32| -> Rc<[Point]> {
        run.validations.iter().map(|record| (record.iteration, value(record))).collect()
    };
    let title = match app.state.lab.loss {
        Head::CrossEntropy => say!("lab.curve.loss"),
        other => say!("lab.curve.named-loss", name = say!(format!("lab.option.loss.{}", other.key()))),
    };
    html! {
        <>
            <p class="legend"><span class="training">{say!("lab.curve.training")}</span><span class="validation">{say!("lab.curve.validation")}</span></p>
            <Chart id="loss" {title} training={training(|step| step.loss)} validation={validation(|record| record.loss)}
                n_steps={run.n_steps} low={0.0} high={0.5} unit={Unit::Nats} />
            <Chart id="accuracy" title={say!("lab.curve.accuracy")} training={training(|step| step.accuracy)} validation={validation(|record| record.accuracy)}
                n_steps={run.n_steps} low={0.0} high={1.0} unit={Unit::Percent} />
        </>
    }
}
