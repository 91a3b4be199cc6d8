//! The workers: how many there are, what each has, and what happens when one breaks down.

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{File, MessageEvent, Worker};

use super::protocol::Ask;

/// More than this many readers only wait for the same disk and processors.
const MOST: usize = 4;

/// What a worker does just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// Reads the indicator file of this number.
    Read(u32),
    /// The positive control of this run.
    Control(u32),
    /// This run's piece of evidence.
    Item(u32, usize),
}

/// One worker and what it has.
pub(super) struct Hand {
    worker: Worker,
    pub(super) job: Option<Job>,
    pub(super) ready: bool,
    /// When it was last heard or asked, in milliseconds.
    pub(super) heard: f64,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _error: Closure<dyn FnMut(web_sys::Event)>,
}

/// What a worker says, and which worker: a message, or that it broke down.
pub(super) enum Said {
    Ready,
    Answer(String),
    Broken(String),
}

/// The workers.
pub(super) struct Pool {
    module: JsValue,
    url: String,
    pub(super) hands: Vec<Hand>,
    said: std::rc::Rc<dyn Fn(usize, u32, Said)>,
    /// Workers of an earlier generation are not listened to any more.
    generation: u32,
}

impl Pool {
    /// A pool whose workers run `url` with the compiled `module`; `said` hears them.
    pub(super) fn new(module: JsValue, url: String, said: std::rc::Rc<dyn Fn(usize, u32, Said)>) -> Pool {
        Pool { module, url, hands: Vec::new(), said, generation: 0 }
    }

    /// Number of the workers that are listened to.
    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    /// Ends all workers and starts new ones.
    pub(super) fn restart(&mut self) -> Result<(), JsValue> {
        self.hands.drain(..).for_each(|hand| hand.worker.terminate());
        self.generation += 1;
        let cores =
            web_sys::window().map_or(2.0, |window| window.navigator().hardware_concurrency()) as usize;
        for number in 0..cores.saturating_sub(1).clamp(1, MOST) {
            let hand = self.hire(number)?;
            self.hands.push(hand);
        }
        Ok(())
    }

    /// Puts a new worker in the place of one that broke down.
    pub(super) fn replace(&mut self, number: usize) -> Result<(), JsValue> {
        let hand = self.hire(number)?;
        if let Some(place) = self.hands.get_mut(number) {
            place.worker.terminate();
            *place = hand;
        }
        Ok(())
    }

    fn hire(&self, number: usize) -> Result<Hand, JsValue> {
        let worker = Worker::new(&self.url)?;
        let (said, generation) = (std::rc::Rc::clone(&self.said), self.generation);
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            match event.data().as_string() {
                Some(text) => said(number, generation, Said::Answer(text)),
                None => said(number, generation, Said::Ready),
            }
        });
        let said = std::rc::Rc::clone(&self.said);
        let error = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            event.prevent_default();
            let why = Reflect::get(&event, &"message".into()).ok().and_then(|text| text.as_string());
            said(number, generation, Said::Broken(why.unwrap_or_else(|| "the worker stopped".to_owned())));
        });
        worker.set_onmessage(Some(message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(error.as_ref().unchecked_ref()));
        worker.post_message(&self.module)?;
        let heard = js_sys::Date::now();
        Ok(Hand { worker, job: None, ready: false, heard, _message: message, _error: error })
    }

    /// Sends a message to a worker, with a file or with bytes beside it.
    pub(super) fn ask(&mut self, number: usize, ask: &Ask, beside: Beside<'_>) -> Result<(), JsValue> {
        let Some(hand) = self.hands.get_mut(number) else { return Ok(()) };
        let message = Object::new();
        Reflect::set(&message, &"json".into(), &serde_json::to_string(ask).unwrap_throw().into())?;
        match beside {
            Beside::Nothing => false,
            Beside::File(file) => Reflect::set(&message, &"file".into(), file)?,
            Beside::Bytes(bytes) => Reflect::set(&message, &"bytes".into(), bytes)?,
        };
        hand.heard = js_sys::Date::now();
        hand.worker.post_message(&message)
    }
}

/// What travels beside a message.
#[derive(Clone, Copy)]
pub(super) enum Beside<'a> {
    Nothing,
    /// A handle: the worker reads it.
    File(&'a File),
    /// A copy of the bytes.
    Bytes(&'a Uint8Array),
}
