//! The page's role: hears the person and the workers, changes the state, shows it.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DragEvent, Event, File, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

use crate::model::{Environment, Pack, Timestamp, Zone};
use crate::{pack, report};

use super::file::{self, Named};
use super::pool::{Pool, Said};
use super::protocol::{Answer, Ask};
use super::state::{Phase, State};
use super::{dom, proof, view};

/// The page: its state, its workers, and the handles of this run's files.
struct Page {
    state: State,
    pool: Pool,
    files: Vec<Option<File>>,
    control_asked: bool,
    user_packs: Vec<Pack>,
    started: f64,
}

type Shared = Rc<RefCell<Option<Page>>>;

/// Starts the page's role with the compiled module, which workers get as it is, and the address of their script.
#[wasm_bindgen]
pub fn start_page(module: JsValue, worker_url: String) -> Result<(), JsValue> {
    console_error_panic_hook::set_once();
    let shared: Shared = Rc::new(RefCell::new(None));
    let said = {
        let shared = Rc::clone(&shared);
        Rc::new(move |number, generation, said| hear(&shared, number, generation, said))
    };
    let bundled = pack::bundled();
    let mut pool = Pool::new(module, worker_url, said);
    pool.restart()?;
    view::incident(&bundled.packs);
    let state = State::new(bundled.packs, bundled.allow);
    *shared.borrow_mut() = Some(Page {
        state,
        pool,
        files: Vec::new(),
        control_asked: false,
        user_packs: Vec::new(),
        started: 0.0,
    });
    proof::listen();
    listen(&shared);
    Ok(())
}

/// Calls `heard` at each event of an element.
fn on(id: &str, event: &'static str, shared: &Shared, heard: impl Fn(&Shared, &Event) + 'static) {
    let shared = Rc::clone(shared);
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&dom::by_id(id), event, options, move |event| heard(&shared, event))
        .forget();
}

fn listen(shared: &Shared) {
    for id in ["evidence", "evidence-folder"] {
        on(id, "change", shared, move |shared, _| {
            let input: HtmlInputElement = dom::typed(id);
            let files = input.files().map(|files| file::chosen(&files)).unwrap_or_default();
            input.set_value("");
            begin(shared, files, false);
        });
    }
    on("packs-input", "change", shared, |shared, _| {
        let input: HtmlInputElement = dom::typed("packs-input");
        let files = input.files().map(|files| file::chosen(&files)).unwrap_or_default();
        input.set_value("");
        spawn_local(add_packs(Rc::clone(shared), files));
    });
    on("paste-check", "click", shared, |shared, _| {
        let text = dom::typed::<HtmlTextAreaElement>("paste").value();
        begin(shared, file::from_bytes("pasted text", text.as_bytes()).into_iter().collect(), false);
    });
    on("example", "click", shared, |shared, _| {
        let case = dom::typed::<HtmlSelectElement>("example-case").value();
        let files =
            shared.borrow().as_ref().map(|page| specimens(&page.state.packs, &case)).unwrap_or_default();
        begin(shared, files, true);
    });
    on("cancel", "click", shared, |shared, _| with(shared, Page::cancel));
    on("prove", "click", shared, |_, _| spawn_local(proof::run()));
    on("save-html", "click", shared, |shared, _| {
        with(shared, |page| page.save("belljar-report.html", "text/html"))
    });
    on("save-json", "click", shared, |shared, _| {
        with(shared, |page| page.save("belljar-report.json", "application/json"))
    });
    on("print", "click", shared, |_, _| {
        let _ = web_sys::window().map(|window| window.print());
    });
    drops(shared);
}

/// Files may be dropped anywhere on the page; a near miss must not make the browser open them.
fn drops(shared: &Shared) {
    let options = EventListenerOptions::enable_prevent_default();
    let document = dom::document();
    for event in ["dragover", "dragleave"] {
        EventListener::new_with_options(&document, event, options, move |event| {
            event.prevent_default();
            let _ = dom::by_id("drop").class_list().toggle_with_force("over", event.type_() == "dragover");
        })
        .forget();
    }
    let shared = Rc::clone(shared);
    EventListener::new_with_options(&document, "drop", options, move |event| {
        event.prevent_default();
        let _ = dom::by_id("drop").class_list().remove_1("over");
        let Some(transfer) = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer) else { return };
        let (dropped, files) = file::dropped(&transfer);
        let shared = Rc::clone(&shared);
        spawn_local(async move {
            let mut all = file::under(dropped).await;
            all.extend(files);
            begin(&shared, file::sorted(all), false);
        });
    })
    .forget();
}

fn with(shared: &Shared, act: impl FnOnce(&mut Page)) {
    if let Some(page) = shared.borrow_mut().as_mut() {
        act(page);
    }
}

/// The files of one of the packs' cases.
fn specimens(packs: &[Pack], case: &str) -> Vec<Named> {
    let folder = format!("{case}/");
    let all =
        packs.iter().flat_map(|pack| &pack.specimens).filter(|specimen| specimen.path.starts_with(&folder));
    file::sorted(all.filter_map(|specimen| file::from_bytes(&specimen.path, &specimen.bytes)).collect())
}

fn begin(shared: &Shared, files: Vec<Named>, example: bool) {
    if files.is_empty() {
        dom::set_text("live", "No files were found in what you dropped.");
        return;
    }
    with(shared, |page| page.begin(files, example));
}

async fn add_packs(shared: Shared, files: Vec<Named>) {
    for (name, file) in files {
        let Some(file) = file else { continue };
        let Ok(buffer) = JsFuture::from(file.array_buffer()).await else { continue };
        let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
        let read = pack::read(&name, vec![(name.clone(), bytes)]);
        with(&shared, |page| {
            page.user_packs.retain(|pack| pack.id != read.id);
            page.state.packs.retain(|pack| pack.id != read.id);
            page.user_packs.push(read.clone());
            page.state.packs.push(read);
            view::packs(&page.user_packs);
        });
    }
    // Workers take packs at their start.
    with(&shared, |page| {
        page.state.cancel();
        view::phase(&page.state);
        let _ = page.pool.restart();
    });
}

fn hear(shared: &Shared, number: usize, generation: u32, said: Said) {
    with(shared, |page| {
        if generation == page.pool.generation() {
            page.hear(number, said);
        }
    });
}

impl Page {
    fn begin(&mut self, files: Vec<Named>, example: bool) {
        if self.state.phase == Phase::Scanning {
            // What is under way is not wanted any more.
            self.state.cancel();
            let _ = self.pool.restart();
        }
        let evidence = files
            .iter()
            .map(|(name, file)| (name.clone(), file.as_ref().map_or(0, |file| file.size() as u64)))
            .collect();
        self.files = files.into_iter().map(|(_, file)| file).collect();
        self.state.begin(evidence, example);
        self.control_asked = false;
        self.started = js_sys::Date::now();
        view::phase(&self.state);
        view::progress(&self.state, 0.0);
        dom::focus("cancel");
        for number in 0..self.pool.hands.len() {
            self.employ(number);
        }
    }

    /// Gives a worker the next thing to do.
    fn employ(&mut self, number: usize) {
        if self.state.phase != Phase::Scanning {
            return;
        }
        let Some(hand) = self.pool.hands.get_mut(number).filter(|hand| hand.ready && hand.job.is_none())
        else {
            return;
        };
        let run = self.state.run;
        let (ask, file) = if !self.control_asked {
            self.control_asked = true;
            hand.job = Some((run, None));
            (Ask::Control { run }, None)
        } else if let Some(item) = self.state.take() {
            let Some(file) = self.files.get(item).and_then(Option::as_ref) else {
                self.state.lost(run, Some(item), "the browser could not open it");
                return self.employ(number);
            };
            hand.job = Some((run, Some(item)));
            (Ask::Scan { run, item, name: self.state.items[item].name.clone() }, Some(file))
        } else {
            return;
        };
        if let Err(error) = self.pool.ask(number, &ask, file) {
            self.broken(number, &format!("{error:?}"));
        }
    }

    fn hear(&mut self, number: usize, said: Said) {
        match said {
            Said::Ready => {
                let ask = Ask::Packs { packs: self.state.packs.clone() };
                if self.pool.ask(number, &ask, None).is_ok() {
                    self.pool.hands[number].ready = true;
                }
            }
            Said::Broken(why) => self.broken(number, &why),
            Said::Answer(text) => match serde_json::from_str::<Answer>(&text) {
                Ok(answer) => {
                    if !matches!(answer, Answer::Progress { .. }) {
                        self.pool.hands[number].job = None;
                    }
                    self.state.answer(answer);
                }
                Err(error) => self.broken(number, &error.to_string()),
            },
        }
        self.employ(number);
        if self.state.is_complete() {
            self.state.finish(self.environment());
            self.files.clear();
            view::phase(&self.state);
        } else if self.state.phase == Phase::Scanning {
            view::progress(&self.state, (js_sys::Date::now() - self.started) / 1_000.0);
        }
    }

    /// A worker broke down: what it had is told, and a new one takes its place.
    fn broken(&mut self, number: usize, why: &str) {
        if let Some((run, item)) = self.pool.hands.get_mut(number).and_then(|hand| hand.job.take()) {
            self.state.lost(run, item, why);
        }
        let _ = self.pool.replace(number);
    }

    fn cancel(&mut self) {
        self.state.cancel();
        self.files.clear();
        let _ = self.pool.restart();
        view::phase(&self.state);
    }

    fn environment(&self) -> Environment {
        let platform =
            web_sys::window().and_then(|window| window.navigator().user_agent().ok()).unwrap_or_default();
        let started = Timestamp {
            seconds: (self.started / 1_000.0) as i64,
            nanos: 0,
            zone: Zone::Offset(0),
            year_known: true,
        };
        let milliseconds = (js_sys::Date::now() - self.started) as u64;
        Environment { surface: "browser".to_owned(), platform, started: Some(started), milliseconds }
    }

    /// Lets the person save the report.
    fn save(&self, name: &str, kind: &str) {
        let Some(finished) = &self.state.report else { return };
        let text = if name.ends_with(".json") { report::json(finished) } else { report::html(finished) };
        let _ = download(name, kind, &text);
    }
}

fn download(name: &str, kind: &str, text: &str) -> Result<(), JsValue> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind);
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &options)?;
    let url = web_sys::Url::create_object_url_with_blob(&blob)?;
    let link: web_sys::HtmlAnchorElement = dom::document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The browser has taken the address by the time the event is over.
    revoke_later(url);
    Ok(())
}

fn revoke_later(url: String) {
    let revoke = Closure::once_into_js(move || {
        let _ = web_sys::Url::revoke_object_url(&url);
    });
    if let Some(window) = web_sys::window() {
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(revoke.unchecked_ref(), 60_000);
    }
}
