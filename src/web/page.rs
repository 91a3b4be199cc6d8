//! The page's role: its beginning, and what the person does. What workers say is heard in `run`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DragEvent, Event, File, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement, KeyboardEvent,
};

use crate::model::Pack;
use crate::pack::Role;

use super::carried::Carried;
use super::file::{self, Named};
use super::pool::{Pool, Said};
use super::protocol::Ask;
use super::state::State;
use super::{dom, proof, save, view};

/// Milliseconds between two looks at the clock and at the workers.
const TICK: i32 = 1_000;

/// Files whose sizes are asked for in one go: each may take the browser half a millisecond, in which the page stands still.
const SLICE: usize = 100;

/// The page: its state, its workers, and the handles of this run's files.
pub(super) struct Page {
    pub(super) state: State,
    pub(super) pool: Pool,
    pub(super) files: Vec<Option<File>>,
    pub(super) control_asked: bool,
    /// Indicator files that wait for a worker, or are being read by one.
    pub(super) reading: VecDeque<OwnFile>,
    /// Indicator files that were read: new workers need their bytes.
    pub(super) own: Vec<OwnFile>,
    pub(super) numbers: u32,
    pub(super) started: f64,
    /// When the progress line was last drawn.
    pub(super) drawn: f64,
    /// Number of the last run that was asked for.
    pub(super) asked: u32,
    /// Workers in a row that broke down before they began.
    pub(super) stillborn: u32,
}

/// One of the person's own indicator files. The page holds its bytes and does not look into them.
#[derive(Clone)]
pub(super) struct OwnFile {
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) bytes: Uint8Array,
    /// What the person says that the columns of a table hold.
    pub(super) roles: Option<Vec<Role>>,
}

impl OwnFile {
    /// What a worker is asked to read it with.
    pub(super) fn ask(&self, tell: bool) -> Ask {
        Ask::Read { number: self.number, name: self.name.clone(), roles: self.roles.clone(), tell }
    }
}

pub(super) type Shared = Rc<RefCell<Option<Page>>>;

/// Starts the page's role with what every worker gets as it is (the compiled module, and the packs), the address of their
/// script, and the packs that the page was published with, if it was.
#[wasm_bindgen]
pub fn start_page(module: JsValue, worker_url: String, packs: Option<Vec<u8>>) -> Result<(), JsValue> {
    console_error_panic_hook::set_once();
    let carried = Carried::open(packs.as_deref()).map_err(JsValue::from)?;
    let shared: Shared = Rc::new(RefCell::new(None));
    let said = {
        let shared = Rc::clone(&shared);
        Rc::new(move |number, generation, said| hear(&shared, number, generation, said))
    };
    let bundled = carried.read();
    let mut pool = Pool::new(module, worker_url, said);
    pool.restart()?;
    let state = State::new(bundled.packs, bundled.allow);
    view::incident::list(&state.bundled);
    view::incident::chosen(&state);
    *shared.borrow_mut() = Some(Page {
        state,
        pool,
        files: Vec::new(),
        control_asked: false,
        reading: VecDeque::new(),
        own: Vec::new(),
        numbers: 0,
        started: 0.0,
        drawn: 0.0,
        asked: 0,
        stillborn: 0,
    });
    proof::listen();
    follow_address(&shared);
    listen(&shared);
    listen_incident(&shared);
    drops(&shared);
    tick(&shared)
}

/// Calls `heard` at each event of an element.
fn on(id: &str, event: &'static str, shared: &Shared, heard: impl Fn(&Shared, &Event) + 'static) {
    let shared = Rc::clone(shared);
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&dom::by_id(id), event, options, move |event| heard(&shared, event))
        .forget();
}

/// The files of an input, which is empty afterwards: the same file can be chosen again.
fn taken(id: &str) -> Vec<Named> {
    let input: HtmlInputElement = dom::typed(id);
    let files = input.files().map(|files| file::chosen(&files)).unwrap_or_default();
    input.set_value("");
    files
}

fn listen(shared: &Shared) {
    for id in ["evidence", "evidence-folder"] {
        on(id, "change", shared, move |shared, _| begin(shared, taken(id), false));
    }
    on("packs-input", "change", shared, |shared, _| {
        spawn_local(add_packs(Rc::clone(shared), taken("packs-input")));
    });
    on("packs-list", "click", shared, |shared, event| {
        let Some((what, number)) = pressed(event).and_then(|value| {
            let (what, number) = value.split_once(' ')?;
            Some((what.to_owned(), number.parse().ok()?))
        }) else {
            return;
        };
        with(shared, |page| match what.as_str() {
            "remove" => page.remove_pack(number),
            _ => page.read_again(number, view::packs::chosen(number)),
        });
    });
    on("indicator-files", "click", shared, |shared, event| {
        if let Some(name) = pressed(event) {
            let file = shared.borrow().as_ref().and_then(|page| page.file(&name));
            spawn_local(add_packs(Rc::clone(shared), vec![(name, file)]));
        }
    });
    on("paste-check", "click", shared, |shared, _| {
        let text = dom::typed::<HtmlTextAreaElement>("paste").value();
        if text.trim().is_empty() {
            dom::set_text("live", "There is no text to check yet.");
            return dom::focus("paste", "paste");
        }
        begin(shared, file::from_bytes("pasted text", text.as_bytes()).into_iter().collect(), false);
    });
    on("example", "click", shared, |shared, _| {
        let case = dom::typed::<HtmlSelectElement>("example-case").value();
        let files =
            shared.borrow().as_ref().map(|page| specimens(&page.state.bundled, &case)).unwrap_or_default();
        begin(shared, files, true);
    });
    on("again", "click", shared, |shared, _| again(shared));
    on("password-try", "click", shared, |shared, _| unlock(shared));
    on("password", "keydown", shared, |shared, event| {
        if is_enter(event) {
            // The same key press must not push the button that has the focus next.
            event.prevent_default();
            unlock(shared);
        }
    });
    on("cancel", "click", shared, |shared, _| with(shared, Page::cancel));
    on("prove", "click", shared, |_, _| spawn_local(proof::run()));
    on("save-html", "click", shared, |shared, _| with(shared, |page| save::html(&page.state)));
    on("save-json", "click", shared, |shared, _| with(shared, |page| save::json(&page.state)));
    on("print", "click", shared, |_, _| {
        let _ = web_sys::window().map(|window| window.print());
    });
}

fn listen_incident(shared: &Shared) {
    on("incident-search", "input", shared, |shared, _| {
        let wanted = dom::typed::<HtmlInputElement>("incident-search").value();
        with(shared, |page| view::incident::filter(&page.state.bundled, &wanted));
    });
    on("incident-search", "keydown", shared, |shared, event| {
        if let Some(id) = is_enter(event).then(view::incident::only_one).flatten() {
            event.prevent_default();
            with(shared, |page| page.choose(Some(&id)));
        }
    });
    on("incident-list", "change", shared, |shared, event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(id) = input.map(|input| input.value()) else { return };
        with(shared, |page| page.choose(Some(id.as_str()).filter(|id| !id.is_empty())));
    });
}

fn is_enter(event: &Event) -> bool {
    event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Enter")
}

/// Checks the same files again.
fn again(shared: &Shared) {
    let files = shared.borrow().as_ref().map(Page::files_again);
    let example = shared.borrow().as_ref().is_some_and(|page| page.state.example);
    begin(shared, files.unwrap_or_default(), example);
}

/// Takes the password that was typed and checks the same files again with it.
fn unlock(shared: &Shared) {
    let input: HtmlInputElement = dom::typed("password");
    let password = input.value();
    if password.is_empty() {
        dom::set_text("live", "There is no password to try yet.");
        return dom::focus("password", "locked-box");
    }
    input.set_value("");
    with(shared, |page| page.state.add_password(password));
    again(shared);
}

/// `#pack=ID` in the page's address chooses an incident: a publisher's link says which.
fn follow_address(shared: &Shared) {
    let Some(window) = web_sys::window() else { return };
    let follow = {
        let (shared, window) = (Rc::clone(shared), window.clone());
        move || {
            let hash = window.location().hash().unwrap_or_default();
            if let Some(id) = hash.strip_prefix("#pack=") {
                with(&shared, |page| {
                    let known = page.choose(Some(id).filter(|id| *id != "all"));
                    dom::show("incident-unknown", !known);
                });
            }
        }
    };
    follow();
    EventListener::new(&window, "hashchange", move |_| follow()).forget();
}

/// The value of the button that a click was on.
fn pressed(event: &Event) -> Option<String> {
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    target.closest("button").ok()??.get_attribute("value")
}

/// Files may be dropped anywhere on the page; a near miss must not make the browser open them.
fn drops(shared: &Shared) {
    let options = EventListenerOptions::enable_prevent_default();
    let document = dom::document();
    let over = |id: &str, is: bool| {
        let _ = dom::by_id(id).class_list().toggle_with_force("over", is);
    };
    for event in ["dragover", "dragleave"] {
        EventListener::new_with_options(&document, event, options, move |event| {
            event.prevent_default();
            let dragged = event.type_() == "dragover";
            over("drop", dragged && !on_packs(event));
            over("packs-drop", dragged && on_packs(event));
        })
        .forget();
    }
    let shared = Rc::clone(shared);
    EventListener::new_with_options(&document, "drop", options, move |event| {
        event.prevent_default();
        over("drop", false);
        over("packs-drop", false);
        let Some(transfer) = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer) else { return };
        let (dropped, files) = file::dropped(&transfer);
        let (shared, packs) = (Rc::clone(&shared), on_packs(event));
        dom::set_text("live", "Listing what you dropped.");
        spawn_local(async move {
            let mut all = file::under(dropped).await;
            all.extend(files);
            if packs { add_packs(shared, all).await } else { begin(&shared, file::sorted(all), false) }
        });
    })
    .forget();
}

/// Whether an event happens over the place for indicator files.
fn on_packs(event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| matches!(target.closest("#packs-drop"), Ok(Some(_))))
}

fn tick(shared: &Shared) -> Result<(), JsValue> {
    let shared = Rc::clone(shared);
    let look = Closure::<dyn FnMut()>::new(move || with(&shared, Page::look));
    let window = web_sys::window().ok_or("the page role runs in a window")?;
    window.set_interval_with_callback_and_timeout_and_arguments_0(look.as_ref().unchecked_ref(), TICK)?;
    look.forget();
    Ok(())
}

fn with<T>(shared: &Shared, act: impl FnOnce(&mut Page) -> T) {
    if let Some(page) = shared.borrow_mut().as_mut() {
        act(page);
    }
}

fn hear(shared: &Shared, number: usize, generation: u32, said: Said) {
    with(shared, |page| {
        if generation == page.pool.generation() {
            page.hear(number, said);
        }
    });
}

/// The files of one of the packs' cases, which is named `PACK/CASE`.
fn specimens(packs: &[Pack], case: &str) -> Vec<Named> {
    let Some((id, case)) = case.split_once('/') else { return Vec::new() };
    let folder = format!("{case}/");
    let all = packs.iter().filter(|pack| pack.id == id).flat_map(|pack| &pack.specimens);
    let all = all.filter(|specimen| specimen.path.starts_with(&folder));
    file::sorted(all.filter_map(|specimen| file::from_bytes(&specimen.path, &specimen.bytes)).collect())
}

fn begin(shared: &Shared, files: Vec<Named>, example: bool) {
    if files.is_empty() {
        dom::set_text("live", "No files were found in what you dropped.");
        return;
    }
    if files.len() <= SLICE {
        with(shared, |page| page.begin(files, example));
        return;
    }
    let shared = Rc::clone(shared);
    spawn_local(async move {
        let mut asked = 0;
        with(&shared, |page| asked = page.ask_for_run());
        for slice in files.chunks(SLICE) {
            // The browser looks a file's size up when it is first asked for, and remembers it.
            slice.iter().flat_map(|(_, file)| file).for_each(|file| {
                file.size();
            });
            let _ = JsFuture::from(dom::pause(0)).await;
        }
        with(&shared, |page| {
            if page.asked == asked {
                page.begin(files, example);
            }
        });
    });
}

async fn add_packs(shared: Shared, files: Vec<Named>) {
    for (name, file) in files {
        let read = match file {
            Some(file) => JsFuture::from(file.array_buffer()).await.ok(),
            None => None,
        };
        with(&shared, |page| match &read {
            Some(buffer) => page.read_pack(name, Uint8Array::new(buffer), None),
            None => view::packs::failed(&name, "the browser could not open it"),
        });
    }
}
