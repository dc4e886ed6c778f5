//! The learner's own picture: from a file or the camera, made grey and small in the page, and kept nowhere.

use crate::platform::picture::{Camera, PictureError, read_file};
use crate::surroundings::use_surroundings;
use receptive_lessons::say;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, HtmlVideoElement};
use yew::prelude::*;

#[component]
pub(super) fn PictureChoice() -> Html {
    let around = use_surroundings();
    let problem = use_state_eq(Option::<String>::default);
    let camera = use_state(Option::<Rc<Camera>>::default);
    let video = use_node_ref();
    let onchange = {
        let (picture, problem) = (around.picture.clone(), problem.clone());
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
            // The same file can be chosen again.
            input.set_value("");
            let (picture, problem, name) = (picture.clone(), problem.clone(), file.name());
            spawn_local(async move {
                match read_file(&file).await {
                    Ok(found) => {
                        problem.set(None);
                        picture.set(Some(Rc::new(found)));
                    }
                    Err(PictureError::TooLarge { megabytes, most }) => {
                        problem.set(Some(say!("common.picture-large", name = name, size = megabytes, most = most)));
                    }
                    Err(PictureError::Unreadable) => problem.set(Some(say!("common.picture-bad", name = name))),
                }
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
                        notify.emit(say!("common.picture-kept"));
                        camera.set(Some(Rc::new(started)));
                    }
                    None => problem.set(Some(say!("common.picture-refused"))),
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
        let (picture, video, camera) = (around.picture.clone(), video.clone(), camera.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(found) = video.cast::<HtmlVideoElement>().and_then(|video| Camera::picture_of(&video)) {
                picture.set(Some(Rc::new(found)));
                camera.set(None);
            }
        })
    };
    let is_on = camera.is_some();
    let live = is_on.then(|| {
        html! {
            <span class="camera">
                <video ref={video} autoplay=true muted=true playsinline=true aria-label={say!("common.picture-camera")}></video>
                <button type="button" class="go" id="picture-shoot" onclick={shoot}>{say!("common.picture-shoot")}</button>
            </span>
        }
    });
    let problem =
        (*problem).clone().map(|text| html! { <p class="remark error" id="picture-problem" role="alert">{text}</p> });
    html! {
        <div class="picture-choice">
            <label class="file">{say!("common.picture-file")}<input type="file" id="picture-file" accept="image/*" {onchange} /></label>
            <button type="button" id="picture-camera" aria-pressed={is_on.to_string()} onclick={turn}>{ if is_on { say!("common.picture-stop") } else { say!("common.picture-camera") } }</button>
            { live.unwrap_or_default() }
            { problem.unwrap_or_default() }
        </div>
    }
}
