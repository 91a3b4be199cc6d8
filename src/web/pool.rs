//! The workers: how many there are, what each has, and what happens when one breaks down.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{File, MessageChannel, MessageEvent, MessagePort, Worker};

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
    staff: Staff,
    /// Hashes large files while this one searches them.
    beside: Option<Staff>,
    pub(super) job: Option<Job>,
    pub(super) ready: bool,
    /// When it was last heard or asked, in milliseconds.
    pub(super) heard: f64,
}

/// A browser's worker and how it is heard. It ends with this value.
struct Staff {
    worker: Worker,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _error: Closure<dyn FnMut(web_sys::Event)>,
}

impl Drop for Staff {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// What a worker says, and which worker: a message, or that it broke down.
pub(super) enum Said {
    Ready,
    Answer(String),
    Broken(String),
    /// The worker beside it broke down.
    Alone,
}

/// The workers.
pub(super) struct Pool {
    module: JsValue,
    url: String,
    pub(super) hands: Vec<Hand>,
    said: std::rc::Rc<dyn Fn(usize, u32, Said)>,
    /// Workers of an earlier generation are not listened to any more.
    generation: u32,
    /// Whether large files are hashed in a second worker: not any more once that failed.
    pairs: bool,
}

impl Pool {
    /// A pool whose workers run `url` with the compiled `module`; `said` hears them.
    pub(super) fn new(module: JsValue, url: String, said: std::rc::Rc<dyn Fn(usize, u32, Said)>) -> Pool {
        Pool { module, url, hands: Vec::new(), said, generation: 0, pairs: true }
    }

    /// Number of the workers that are listened to.
    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    /// Ends all workers and starts new ones.
    pub(super) fn restart(&mut self) -> Result<(), JsValue> {
        self.hands.clear();
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
            *place = hand;
        }
        Ok(())
    }

    fn hire(&self, number: usize) -> Result<Hand, JsValue> {
        let said = std::rc::Rc::clone(&self.said);
        let generation = self.generation;
        let staff = self.staff(move |what| said(number, generation, what))?;
        Ok(Hand { staff, beside: None, job: None, ready: false, heard: js_sys::Date::now() })
    }

    /// Puts a second worker beside one, which from then on hashes large files there. Where that fails, the first hashes
    /// them itself.
    pub(super) fn pair(&mut self, number: usize) {
        if self.pairs && self.hands.get(number).is_some_and(|hand| hand.beside.is_none()) {
            self.pairs = self.put_beside(number).is_ok();
        }
    }

    fn put_beside(&mut self, number: usize) -> Result<(), JsValue> {
        let said = std::rc::Rc::clone(&self.said);
        let generation = self.generation;
        let second = self.staff(move |what| {
            if let Said::Broken(_) = what {
                said(number, generation, Said::Alone);
            }
        })?;
        let ends = MessageChannel::new()?;
        second.post(&Ask::Hash, Beside::Port(&ends.port1()))?;
        self.ask(number, &Ask::HashBeside, Beside::Port(&ends.port2()))?;
        self.hands[number].beside = Some(second);
        Ok(())
    }

    /// A second worker broke down, so the one that waits for it is replaced, and no second ones are started any more.
    pub(super) fn unpair(&mut self, number: usize) -> Result<(), JsValue> {
        self.pairs = false;
        self.replace(number)
    }

    /// Starts a worker; `said` hears it.
    fn staff(&self, said: impl Fn(Said) + Clone + 'static) -> Result<Staff, JsValue> {
        let worker = Worker::new(&self.url)?;
        let heard = said.clone();
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            heard(event.data().as_string().map_or(Said::Ready, Said::Answer));
        });
        let error = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            event.prevent_default();
            let why = Reflect::get(&event, &"message".into()).ok().and_then(|text| text.as_string());
            said(Said::Broken(why.unwrap_or_else(|| "the worker stopped".to_owned())));
        });
        worker.set_onmessage(Some(message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(error.as_ref().unchecked_ref()));
        worker.post_message(&self.module)?;
        Ok(Staff { worker, _message: message, _error: error })
    }

    /// Sends a message to a worker, with something beside it.
    pub(super) fn ask(&mut self, number: usize, ask: &Ask, beside: Beside<'_>) -> Result<(), JsValue> {
        let Some(hand) = self.hands.get_mut(number) else { return Ok(()) };
        hand.heard = js_sys::Date::now();
        hand.staff.post(ask, beside)
    }
}

impl Staff {
    fn post(&self, ask: &Ask, beside: Beside<'_>) -> Result<(), JsValue> {
        let message = Object::new();
        Reflect::set(&message, &"json".into(), &serde_json::to_string(ask).unwrap_throw().into())?;
        let handed = Array::new();
        match beside {
            Beside::Nothing => false,
            Beside::File(file) => Reflect::set(&message, &"file".into(), file)?,
            Beside::Bytes(bytes) => Reflect::set(&message, &"bytes".into(), bytes)?,
            Beside::Port(port) => {
                handed.push(port);
                Reflect::set(&message, &"port".into(), port)?
            }
        };
        self.worker.post_message_with_transfer(&message, &handed)
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
    /// One end of a channel, which is then the worker's.
    Port(&'a MessagePort),
}
