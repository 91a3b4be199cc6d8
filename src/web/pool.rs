//! The workers: how many there are, what each has, and what happens when one breaks down.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{File, MessageEvent, Worker};

use super::protocol::Ask;

/// More than this many readers only wait for the same disk and processors.
const MOST: usize = 4;

/// One worker and what it has.
pub(super) struct Hand {
    worker: Worker,
    /// The run and the file it reads; `None` in it: the control.
    pub(super) job: Option<(u32, Option<usize>)>,
    pub(super) ready: bool,
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
        Ok(Hand { worker, job: None, ready: false, _message: message, _error: error })
    }

    /// Sends a message to a worker.
    pub(super) fn ask(&self, number: usize, ask: &Ask, file: Option<&File>) -> Result<(), JsValue> {
        let Some(hand) = self.hands.get(number) else { return Ok(()) };
        let message = Object::new();
        Reflect::set(&message, &"json".into(), &serde_json::to_string(ask).unwrap_throw().into())?;
        if let Some(file) = file {
            Reflect::set(&message, &"file".into(), file)?;
        }
        hand.worker.post_message(&message)
    }
}
