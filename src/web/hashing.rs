//! A large file is hashed in a second worker while the first one searches it: its blocks go through a port as they are
//! read, its digests come back. Both ends of the port are here. Buffers go back and forth, so that a long file leaves no
//! garbage.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, MessagePort};

use crate::digest::Digester;
use crate::model::Digests;

/// Bytes of a file that is worth a second worker: hashing fewer takes less time than starting one.
pub(super) const LARGE: u64 = 16 << 20;

/// Blocks under way to the second worker. More would only fill memory when it is slower.
const AHEAD: usize = 4;

/// Hashes what comes through `port`: each block is answered with its buffer, the end of a file with its digests.
pub(super) fn serve(port: MessagePort) {
    let (answers, mut digester, mut bytes) = (port.clone(), Digester::new(), Vec::new());
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let answered = match event.data().dyn_into::<Uint8Array>() {
            Ok(block) => {
                bytes.resize(block.length() as usize, 0);
                block.copy_to(&mut bytes);
                digester.update(&bytes);
                let buffer = block.buffer();
                answers.post_message_with_transferable(&buffer, &Array::of1(&buffer))
            }
            Err(_) => {
                let digests = std::mem::take(&mut digester).finish();
                answers.post_message(&serde_json::to_string(&digests).unwrap_throw().into())
            }
        };
        answered.unwrap_throw();
    });
    port.set_onmessage(Some(handler.as_ref().unchecked_ref()));
    handler.forget();
}

/// The searching worker's end.
#[derive(Clone)]
pub(super) struct Beside {
    port: MessagePort,
    heard: Rc<RefCell<Heard>>,
}

#[derive(Default)]
struct Heard {
    /// Blocks that were sent and not yet hashed.
    ahead: usize,
    /// Buffers that came back.
    free: Vec<ArrayBuffer>,
    digests: Option<Digests>,
    /// Who waits for the next answer.
    waiting: Option<Function>,
}

impl Beside {
    /// Hashes in the worker at the other end of `port`.
    pub(super) fn new(port: MessagePort) -> Beside {
        let heard = Rc::new(RefCell::new(Heard::default()));
        let told = Rc::clone(&heard);
        let handler = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let mut heard = told.borrow_mut();
            match event.data().dyn_into::<ArrayBuffer>() {
                Ok(buffer) => {
                    heard.ahead = heard.ahead.saturating_sub(1);
                    heard.free.push(buffer);
                }
                Err(data) => {
                    let text = data.as_string().unwrap_or_default();
                    heard.digests = Some(serde_json::from_str(&text).unwrap_throw());
                }
            }
            if let Some(waiting) = heard.waiting.take() {
                let _ = waiting.call0(&JsValue::NULL);
            }
        });
        port.set_onmessage(Some(handler.as_ref().unchecked_ref()));
        handler.forget();
        Beside { port, heard }
    }

    /// Sends a copy of the next block; waits while too many are under way.
    pub(super) async fn update(&self, block: &[u8]) -> Result<(), JsValue> {
        while self.heard.borrow().ahead >= AHEAD {
            self.answer().await?;
        }
        let length = block.len() as u32;
        let mut heard = self.heard.borrow_mut();
        let free = heard.free.pop().filter(|buffer| buffer.byte_length() >= length);
        let buffer = free.unwrap_or_else(|| ArrayBuffer::new(length));
        let copy = Uint8Array::new_with_byte_offset_and_length(&buffer, 0, length);
        copy.copy_from(block);
        heard.ahead += 1;
        self.port.post_message_with_transferable(&copy, &Array::of1(&buffer))
    }

    /// The digests of all blocks since the last file's end.
    pub(super) async fn finish(&self) -> Result<Digests, JsValue> {
        self.port.post_message(&JsValue::NULL)?;
        loop {
            if let Some(digests) = self.heard.borrow_mut().digests.take() {
                return Ok(digests);
            }
            self.answer().await?;
        }
    }

    async fn answer(&self) -> Result<(), JsValue> {
        let promise = Promise::new(&mut |resolve, _| self.heard.borrow_mut().waiting = Some(resolve));
        JsFuture::from(promise).await.map(|_| ())
    }
}
