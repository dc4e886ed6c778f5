//! What a teacher takes away from a place: its stage as a picture for slides, and its link as a code for phones.

use crate::context::use_app;
use crate::platform::snapshot::{self, PictureKind};
use crate::run_model::RunAction;
use crate::state::Route;
use qrcode::{Color, EcLevel, QrCode};
use receptive_lessons::{chapters, say};
use std::fmt::Write;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// The clear border that a code needs, in cells (ISO/IEC 18004).
const QUIET: usize = 4;

/// What of a place is drawn, what of that is left out, and the name of its file.
fn picture(route: Route) -> Option<(&'static str, &'static str, &'static str)> {
    match route {
        Route::Chapter(i) => Some((".stage-view", ".choices, .transport, button.quiet", chapters::OUTLINES[i].key)),
        Route::Lab => {
            Some(("#network", ".network-title, .seg, .network-of, .network-head button, #network-about", "network"))
        }
        Route::Draw => Some((".draw", ".pad-tools, .draw-tools, .invitation, .nib, .seg-choice", "draw")),
        Route::Contents | Route::Work | Route::Course => None,
    }
}

/// Buttons that save pictures of the stage.
#[component]
pub(super) fn Pictures() -> Html {
    let app = use_app();
    let Some((selector, without, file)) = picture(app.state.route) else { return Html::default() };
    let button = |kind: PictureKind| html! { <SaveButton {selector} {without} {file} {kind} id={format!("save-{}", kind.ending())} /> };
    html! {
        <fieldset class="pictures">
            <legend>{say!("ui.figure.picture")}</legend>
            <p class="hint">{say!("ui.figure.picture-about")}</p>
            <div class="buttons">{ button(PictureKind::Svg) }{ button(PictureKind::Png) }</div>
        </fieldset>
    }
}

#[derive(PartialEq, Properties)]
struct SaveProps {
    id: String,
    selector: &'static str,
    without: &'static str,
    file: &'static str,
    kind: PictureKind,
}

/// A button that saves a part of the page; where that fails, a notice says so.
#[component]
fn SaveButton(props: &SaveProps) -> Html {
    let app = use_app();
    let SaveProps { selector, without, file, kind, .. } = *props;
    let onclick = {
        let run = app.run.clone();
        Callback::from(move |_: MouseEvent| {
            let run = run.clone();
            spawn_local(async move {
                if !snapshot::save(selector, without, kind, file).await {
                    run.dispatch(RunAction::Notify(say!("ui.figure.not-saved")));
                }
            });
        })
    };
    html! { <button type="button" id={props.id.clone()} {onclick}>{say!("ui.figure.save", kind = kind.ending().to_uppercase())}</button> }
}

#[derive(PartialEq, Properties)]
pub(super) struct LinkCodeProps {
    pub(super) link: String,
}

/// A link as a QR code, dark on light in every theme, as cameras read it.
#[component]
pub(super) fn LinkCode(props: &LinkCodeProps) -> Html {
    let inside = match code(&props.link) {
        Some((n_cells, path)) => html! {
            <>
                <svg id="link-code" class="link-code" role="img" aria-label={say!("ui.figure.code-label")} viewBox={format!("0 0 {n_cells} {n_cells}")}>
                    <rect width={n_cells.to_string()} height={n_cells.to_string()} fill="#fff" />
                    <path d={path} fill="#000" shape-rendering="crispEdges" />
                </svg>
                <div class="buttons">
                    <SaveButton selector="#link-code" without="" file="link" kind={PictureKind::Svg} id="save-code-svg" />
                    <SaveButton selector="#link-code" without="" file="link" kind={PictureKind::Png} id="save-code-png" />
                </div>
            </>
        },
        None => html! { <p class="hint">{say!("ui.figure.code-too-long")}</p> },
    };
    html! { <fieldset class="pictures"><legend>{say!("ui.figure.code")}</legend><p class="hint">{say!("ui.figure.code-about")}</p>{ inside }</fieldset> }
}

/// The side of a text's QR code in cells, its clear border too, and the path around its dark cells, row by row. Nothing
/// if the text is too long for any.
fn code(text: &str) -> Option<(usize, String)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let n = code.width();
    let mut path = String::new();
    for (row, cells) in code.to_colors().chunks_exact(n).enumerate() {
        let mut at = 0;
        for run in cells.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                write!(path, "M{} {}h{}v1h-{}z", at + QUIET, row + QUIET, run.len(), run.len())
                    .expect("a string takes text");
            }
            at += run.len();
        }
    }
    Some((n + 2 * QUIET, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The dark cells of a path, as they are painted.
    fn painted(n_cells: usize, path: &str) -> Vec<bool> {
        let mut dark = vec![false; n_cells * n_cells];
        for run in path.split('M').skip(1) {
            let numbers: Vec<usize> = run.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
            let [column, row, length, ..] = numbers[..] else { panic!("{run}") };
            dark[row * n_cells + column..][..length].fill(true);
        }
        dark
    }

    #[test]
    fn another_program_reads_the_link_in_its_code() {
        const SCALE: usize = 4;
        let long = format!("https://example.org/receptive/#/lesson/convolution?kernel={}", "1,-2,".repeat(120));
        for link in ["https://example.org/#/lab?net=28x28x1:c8x3p1,m2,f,d10", &long] {
            let (n, path) = code(link).unwrap();
            let dark = painted(n, &path);
            let side = n * SCALE;
            let grey = |x: usize, y: usize| if dark[y / SCALE * n + x / SCALE] { 0 } else { 255 };
            let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side, side, grey);
            let grids = picture.detect_grids();
            assert_eq!(grids.len(), 1, "{link}");
            assert_eq!(grids[0].decode().unwrap().1, link);
            // The border is clear.
            assert!(dark.chunks(n).all(|row| !row[..QUIET].contains(&true) && !row[n - QUIET..].contains(&true)));
            assert!(!dark[..QUIET * n].contains(&true) && !dark[(n - QUIET) * n..].contains(&true));
        }
        assert_eq!(code(&"x".repeat(3000)), None, "too long for any");
    }
}
