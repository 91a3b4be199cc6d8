//! The worker's role: reads a file as fast as the browser gives it, feeds the scanner, sends the tally.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use js_sys::{ArrayBuffer, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DedicatedWorkerGlobalScope, File, MessageEvent, MessagePort, ReadableStreamByobReader,
    ReadableStreamDefaultReader, ReadableStreamGetReaderOptions, ReadableStreamReaderMode,
};

use crate::assess::Tally;
use crate::index::IndicatorSet;
use crate::model::{Control, Diagnostic, DiagnosticSeverity, Limits, Pack, ScanEvent, Sink};
use crate::pack::{Bundled, Columns};
use crate::source::Source;
use crate::{pack, scan};

use super::carried::Carried;
use super::hashing::{self, Beside, LARGE};
use super::protocol::{Answer, Ask};
use super::source::Dropped;

/// Bytes asked of the browser at a time. It gives less, so they are gathered to blocks of this size.
const BLOCK: usize = 1 << 20;

/// Milliseconds between two messages about progress.
const PAUSE: f64 = 100.0;

/// What a worker keeps between two messages.
#[derive(Default)]
struct Held {
    carried: Option<Carried>,
    bundled: Bundled,
    own: BTreeMap<u32, Arc<Pack>>,
    /// What is searched for.
    packs: Vec<Arc<Pack>>,
    set: Option<Arc<IndicatorSet>>,
    beside: Option<Beside>,
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::new(Held::default());
}

/// Starts the worker's role: from now on it answers the page's messages.
#[wasm_bindgen]
pub fn start_worker(packs: Option<Vec<u8>>) {
    console_error_panic_hook::set_once();
    let carried = Carried::open(packs.as_deref()).unwrap_throw();
    HELD.with_borrow_mut(|held| held.carried = Some(carried));
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
        let field = |name: &str| Reflect::get(&event.data(), &name.into()).ok();
        let text = field("json").and_then(|text| text.as_string()).unwrap_or_default();
        let file = field("file").and_then(|file| file.dyn_into::<File>().ok());
        let bytes = field("bytes").and_then(|bytes| bytes.dyn_into::<Uint8Array>().ok());
        let port = field("port").and_then(|port| port.dyn_into::<MessagePort>().ok());
        match serde_json::from_str::<Ask>(&text) {
            Ok(ask) => obey(ask, file, bytes, port),
            Err(error) => wasm_bindgen::throw_str(&error.to_string()),
        }
    });
    scope().set_onmessage(Some(handler.as_ref().unchecked_ref()));
    handler.forget();
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn obey(ask: Ask, file: Option<File>, bytes: Option<Uint8Array>, port: Option<MessagePort>) {
    match ask {
        Ask::Read { number, name, roles, tell } => {
            let bytes = bytes.map(|bytes| bytes.to_vec()).unwrap_or_default();
            let columns = if tell { pack::columns(&bytes) } else { None };
            let columns = columns.map(|columns| match &roles {
                Some(roles) => columns.with_roles(roles),
                None => columns,
            });
            let pack = if let Some(roles) = roles {
                pack::read_table(&name, bytes, &roles)
            } else {
                scan::read_pack(&name, vec![(name.clone(), bytes)], &Limits::default())
            };
            let pack = if tell { shown(number, pack, columns) } else { pack };
            HELD.with_borrow_mut(|held| held.own.insert(number, Arc::new(pack)));
        }
        Ask::Forget { number } => {
            HELD.with_borrow_mut(|held| held.own.remove(&number));
        }
        Ask::Search { bundled, own } => HELD.with_borrow_mut(|held| held.search(&bundled, &own)),
        Ask::Control { run } => {
            let control = HELD.with_borrow(Held::control);
            answer(&Answer::Controlled { run, control });
        }
        Ask::Hash => port.map_or((), hashing::serve),
        Ask::HashBeside => HELD.with_borrow_mut(|held| held.beside = port.map(Beside::new)),
        Ask::Scan { run, item, name, passwords } => {
            let (set, beside) = HELD.with_borrow(|held| (held.set.clone(), held.beside.clone()));
            if let (Some(set), Some(file)) = (set, file) {
                spawn_local(async move {
                    let progress = move |bytes| answer(&Answer::Progress { run, item, bytes });
                    let scanner = scan::Scanner::new(set, Limits::default()).with_passwords(passwords);
                    let beside = beside.filter(|_| file.size() as u64 >= LARGE);
                    let (tally, indicators) = read(scanner, &name, &file, beside, progress).await;
                    answer(&Answer::Done { run, item, tally: Box::new(tally), indicators });
                });
            }
        }
    }
}

/// Tells the page what an indicator file gave, then what is doubtful about it: the search need not wait for that.
fn shown(number: u32, pack: Pack, columns: Option<Columns>) -> Pack {
    let lint = |pack: &Pack| answer(&Answer::Linted { number, lint: pack::lint(pack) });
    let told = Answer::Read { number, pack: Box::new(pack), columns };
    answer(&told);
    match told {
        Answer::Read { pack, .. } => {
            lint(&pack);
            *pack
        }
        _ => Pack::default(),
    }
}

impl Held {
    /// Compiles what is searched for from now on.
    fn search(&mut self, bundled: &[String], own: &[u32]) {
        if let Some(carried) = self.carried.take() {
            self.bundled = carried.read();
        }
        let chosen = self.bundled.packs.iter().filter(|pack| bundled.contains(&pack.id));
        let own = own.iter().filter_map(|number| self.own.get(number));
        self.packs = chosen.cloned().map(Arc::new).chain(own.cloned()).collect();
        self.set = Some(scan::compile_shared(self.packs.clone()));
    }

    fn control(&self) -> Control {
        self.set.as_ref().map(|set| scan::control(&self.packs, &self.bundled.allow, set)).unwrap_or_default()
    }
}

fn answer(answer: &Answer) {
    let text = serde_json::to_string(answer).unwrap_throw();
    scope().post_message(&text.into()).unwrap_throw();
}

/// Scans a file from its first byte to its last. Tells too whether it looks like a file of indicators.
async fn read(
    mut scanner: scan::Scanner,
    name: &str,
    file: &File,
    beside: Option<Beside>,
    progress: impl Fn(u64) + Copy + 'static,
) -> (Tally, Option<String>) {
    let mut tally = Tally::new(&Limits::default());
    let size = file.size() as u64;
    let alive = Box::new(move || progress(size));
    let source = Dropped::new(file, alive).map(|dropped| Box::new(dropped) as Box<dyn Source>);
    scanner.begin_with(name, source, &mut tally);
    if beside.is_some() {
        scanner.hashed_elsewhere();
    }
    let mut stream = Stream::open(file);
    let mut block = Vec::with_capacity(BLOCK);
    let (mut bytes, mut told) = (0u64, js_sys::Date::now());
    let mut indicators = None;
    loop {
        let more = match stream.next(&mut block).await {
            Ok(more) => more,
            Err(error) => {
                let why = Reflect::get(&error, &"message".into())
                    .ok()
                    .and_then(|text| text.as_string())
                    .unwrap_or_default();
                let message = format!("the browser could not read the file to its end: {why}");
                let hint = "check that the file still exists and can be opened, and drop it again";
                let diagnostic =
                    Diagnostic::new(DiagnosticSeverity::Error, "unreadable", message, hint).at(name);
                let _ = tally.event(ScanEvent::Diagnostic(diagnostic));
                false
            }
        };
        if block.len() >= BLOCK || !more {
            if bytes == 0 {
                indicators = pack::recognize(&block).map(str::to_owned);
            }
            bytes += block.len() as u64;
            if let Some(beside) = &beside {
                beside.update(&block).await.unwrap_throw();
            }
            let _ = scanner.feed(&block, &mut tally);
            block.clear();
            if js_sys::Date::now() - told >= PAUSE {
                told = js_sys::Date::now();
                progress(bytes);
            }
        }
        if !more {
            break;
        }
    }
    match beside {
        Some(beside) => scanner.finish_with(beside.finish().await.unwrap_throw(), &mut tally),
        None => scanner.finish(&mut tally),
    }
    tally.add_bytes(bytes);
    (tally, indicators)
}

/// A file's bytes, as the browser streams them.
enum Stream {
    /// Into a buffer that goes back and forth: the fastest way.
    Byob(ReadableStreamByobReader, Option<ArrayBuffer>),
    /// For browsers whose file streams do not take buffers.
    Plain(ReadableStreamDefaultReader),
}

impl Stream {
    fn open(file: &File) -> Stream {
        let stream = file.stream();
        let options = ReadableStreamGetReaderOptions::new();
        options.set_mode(ReadableStreamReaderMode::Byob);
        // The checked call would panic where the mode is refused.
        let get = Reflect::get(&stream, &"getReader".into())
            .ok()
            .and_then(|get| get.dyn_into::<js_sys::Function>().ok());
        match get.and_then(|get| get.call1(&stream, &options).ok()) {
            Some(reader) => {
                let buffer = ArrayBuffer::new(BLOCK as u32);
                Stream::Byob(reader.unchecked_into(), Some(buffer))
            }
            None => Stream::Plain(stream.get_reader().unchecked_into()),
        }
    }

    /// Appends the next bytes; tells whether there may be more.
    async fn next(&mut self, block: &mut Vec<u8>) -> Result<bool, JsValue> {
        let result = match self {
            Stream::Byob(reader, buffer) => {
                let room = (BLOCK - block.len()).max(1) as u32;
                let buffer = buffer.take().unwrap_or_else(|| ArrayBuffer::new(BLOCK as u32));
                let view = Uint8Array::new_with_byte_offset_and_length(&buffer, 0, room);
                JsFuture::from(reader.read_with_array_buffer_view(&view)).await?
            }
            Stream::Plain(reader) => JsFuture::from(reader.read()).await?,
        };
        let result: Object = result.unchecked_into();
        let done = Reflect::get(&result, &"done".into())?.is_truthy();
        let value = Reflect::get(&result, &"value".into())?;
        if let Some(value) = value.dyn_ref::<Uint8Array>() {
            let from = block.len();
            block.resize(from + value.length() as usize, 0);
            value.copy_to(&mut block[from..]);
            if let Stream::Byob(_, buffer) = self {
                *buffer = Some(value.buffer());
            }
        }
        Ok(!done)
    }
}
