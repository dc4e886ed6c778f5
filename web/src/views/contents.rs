//! The first page: what there is.

use crate::context::use_app;
use crate::platform::dom;
use crate::state::Route;
use yew::prelude::*;

#[component]
pub(crate) fn Contents() -> Html {
    let app = use_app();
    let card = |route: Route, kind: &str, title: &str, text: &str| {
        let go = app.changing(move |state, ()| state.route = route);
        let onclick = Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            go.emit(());
            dom::focus("main");
        });
        html! {
            <a class="card" href={format!("#{}", route.path())} {onclick}>
                <span class="kind">{kind.to_string()}</span>
                <h2>{title.to_string()}</h2>
                <p>{text.to_string()}</p>
            </a>
        }
    };
    html! {
        <div class="contents">
            <h1>{"Take a convolutional network apart while it learns"}</h1>
            <p class="lead">
                {"Everything here is computed in this tab: the images, the weights, the loss, every sum. Nothing is sent \
                  anywhere. You cannot break it; try things."}
            </p>
            <div class="cards">
                { card(Route::Convolution, "Lesson", "Convolution, cell by cell",
                    "A 3×3 window on a 5×5 picture: nine products, one sum, then one step to the right. Change any \
                     number and see what follows.") }
                { card(Route::Lab, "Lab", "Train a network on digits",
                    "Choose a network and press Train. Watch the loss fall, stop at any step, and see which digits it \
                     still gets wrong.") }
                { card(Route::Draw, "Draw", "Write a digit for it to read",
                    "Draw with mouse, pen or finger. See how your drawing is prepared, and how sure the network is.") }
            </div>
        </div>
    }
}
