//! A picture of the learner's: from a file or the camera, made grey and small in the page, and kept nowhere.

use crate::platform::picture::{Camera, PictureError, read_file};
use crate::surroundings::use_surroundings;
use receptive_lessons::{Matrix, say};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, HtmlVideoElement};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(crate) struct PictureChoiceProps {
    /// The beginning of its elements' ids.
    pub(crate) name: &'static str,
    /// The length of the longer side, in pixels.
    pub(crate) side: u32,
    /// Takes a picture, (rows, columns), 0 (black) to 1 (white); or says why it does not.
    pub(crate) on_picture: Callback<Rc<Matrix>, Result<(), String>>,
}

#[component]
pub(crate) fn PictureChoice(props: &PictureChoiceProps) -> Html {
    let around = use_surroundings();
    let (name, side) = (props.name, props.side);
    let problem = use_state_eq(Option::<String>::default);
    let camera = use_state(Option::<Rc<Camera>>::default);
    let video = use_node_ref();
    let onchange = {
        let (on_picture, problem) = (props.on_picture.clone(), problem.clone());
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
            // The same file can be chosen again.
            input.set_value("");
            let (on_picture, problem, name) = (on_picture.clone(), problem.clone(), file.name());
            spawn_local(async move {
                problem.set(match read_file(&file, side).await {
                    Ok(found) => on_picture.emit(Rc::new(found)).err(),
                    Err(PictureError::TooLarge { megabytes, most }) => {
                        Some(say!("ui.picture.large", name = name, size = megabytes, most = most))
                    }
                    Err(PictureError::Unreadable) => Some(say!("ui.picture.bad", name = name)),
                });
            });
        })
    };
    let turn = {
        let (camera, problem, notify) = (camera.clone(), problem.clone(), around.actions.notify.clone());
        Callback::from(move |_: MouseEvent| {
            if camera.is_some() {
                camera.set(None);
                return;
            }
            let (camera, problem, notify) = (camera.clone(), problem.clone(), notify.clone());
            spawn_local(async move {
                match Camera::start().await {
                    Some(started) => {
                        problem.set(None);
                        notify.emit(say!("ui.picture.kept"));
                        camera.set(Some(Rc::new(started)));
                    }
                    None => problem.set(Some(say!("ui.picture.refused"))),
                }
            });
        })
    };
    {
        let video = video.clone();
        use_effect_with((*camera).clone().map(|camera| Rc::as_ptr(&camera) as usize), {
            let camera = camera.clone();
            move |_| {
                if let (Some(camera), Some(video)) = (&*camera, video.cast::<HtmlVideoElement>()) {
                    camera.show_in(&video);
                }
            }
        });
    }
    let shoot = {
        let (on_picture, problem) = (props.on_picture.clone(), problem.clone());
        let (video, camera) = (video.clone(), camera.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(found) = video.cast::<HtmlVideoElement>().and_then(|video| Camera::picture_of(&video, side)) {
                let refused = on_picture.emit(Rc::new(found)).err();
                // What the camera saw was no use: it goes on, for another try.
                if refused.is_none() {
                    camera.set(None);
                }
                problem.set(refused);
            }
        })
    };
    let is_on = camera.is_some();
    let live = is_on.then(|| {
        html! {
            <span class="camera">
                <video ref={video} autoplay=true muted=true playsinline=true aria-label={say!("ui.picture.seen")}></video>
                <button type="button" class="go" id={format!("{name}-shoot")} onclick={shoot}>{say!("ui.picture.shoot")}</button>
            </span>
        }
    });
    let problem = (*problem)
        .clone()
        .map(|text| html! { <p class="remark error" id={format!("{name}-problem")} role="alert">{text}</p> });
    html! {
        <div class="picture-choice">
            <label class="file">{say!(format!("ui.picture.{name}"))}<input type="file" id={format!("{name}-file")} accept="image/*" {onchange} /></label>
            <button type="button" id={format!("{name}-camera")} aria-pressed={is_on.to_string()} onclick={turn}>{ if is_on { say!("ui.picture.stop") } else { say!("ui.picture.camera") } }</button>
            { live.unwrap_or_default() }
            { problem.unwrap_or_default() }
        </div>
    }
}
