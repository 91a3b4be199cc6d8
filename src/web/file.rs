//! Dropped and chosen files: what they are called, and what is inside a dropped folder.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry,
    FileSystemFileEntry,
};

/// A file and its name in the report; without a file, the browser could not open it.
pub(super) type Named = (String, Option<File>);

/// The files of a file input. Those of a chosen folder are named from the folder on.
pub(super) fn chosen(files: &FileList) -> Vec<Named> {
    let all = (0..files.length()).filter_map(|number| files.get(number));
    let all = all.map(|file| {
        let path = Reflect::get(&file, &JsValue::from_str("webkitRelativePath"))
            .ok()
            .and_then(|path| path.as_string());
        (path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name()), Some(file))
    });
    sorted(all.collect())
}

/// In the order of their names: the report must not depend on the order of a drop.
pub(super) fn sorted(mut files: Vec<Named>) -> Vec<Named> {
    files.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
    files
}

/// One dropped thing, in both ways in which a browser hands it out. Chromium refuses to list an entry's folder on a page
/// opened from disk; other browsers have no handles.
pub(super) struct Dropped {
    entry: FileSystemEntry,
    handle: Option<Promise>,
}

/// What was dropped. It is gone after the event, so this is called inside it.
pub(super) fn dropped(transfer: &DataTransfer) -> (Vec<Dropped>, Vec<Named>) {
    let items = transfer.items();
    let all = (0..items.length()).filter_map(|number| {
        let item = items.get(number)?;
        let entry = item.webkit_get_as_entry().ok().flatten()?;
        let get = Reflect::get(&item, &"getAsFileSystemHandle".into()).ok()?.dyn_into::<Function>().ok();
        let handle = get.and_then(|get| get.call0(&item).ok()?.dyn_into::<Promise>().ok());
        Some(Dropped { entry, handle })
    });
    let all: Vec<Dropped> = all.collect();
    let files = if all.is_empty() {
        transfer.files().map(|files| chosen(&files)).unwrap_or_default()
    } else {
        Vec::new()
    };
    (all, files)
}

/// All files under what was dropped, folders of any depth included.
pub(super) async fn under(dropped: Vec<Dropped>) -> Vec<Named> {
    let mut files = Vec::new();
    for Dropped { entry, handle } in dropped {
        let mut found = Vec::new();
        let name = entry.full_path().trim_start_matches('/').to_owned();
        let mut walked = walk_entry(entry, &mut found).await;
        if walked.is_err()
            && let Some(handle) = handle
        {
            found.clear();
            walked = walk_handle(handle, &mut found).await;
        }
        if walked.is_err() {
            found.push((name, None));
        }
        files.extend(found);
    }
    sorted(files)
}

async fn walk_entry(entry: FileSystemEntry, files: &mut Vec<Named>) -> Result<(), JsValue> {
    let mut open = vec![entry];
    while let Some(entry) = open.pop() {
        // Browsers disagree about these classes' names, so the entry itself is asked.
        if entry.is_directory() {
            let reader = entry.unchecked_ref::<FileSystemDirectoryEntry>().create_reader();
            // A browser gives at most a hundred entries at a time, and none at the end.
            loop {
                let batch: Array = JsFuture::from(batch(&reader)).await?.unchecked_into();
                if batch.length() == 0 {
                    break;
                }
                open.extend(batch.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
            }
        } else {
            let name = entry.full_path().trim_start_matches('/').to_owned();
            let file = JsFuture::from(content(entry.unchecked_ref())).await.ok();
            files.push((name, file.map(JsCast::unchecked_into)));
        }
    }
    Ok(())
}

async fn walk_handle(handle: Promise, files: &mut Vec<Named>) -> Result<(), JsValue> {
    let call = |of: &JsValue, name: &str| Reflect::get(of, &name.into())?.dyn_into::<Function>()?.call0(of);
    let text = |of: &JsValue, name: &str| {
        Reflect::get(of, &name.into()).ok().and_then(|text| text.as_string()).unwrap_or_default()
    };
    let root = JsFuture::from(handle).await?;
    let mut open = vec![(text(&root, "name"), root)];
    while let Some((path, handle)) = open.pop() {
        if text(&handle, "kind") == "directory" {
            let inner = call(&handle, "values")?;
            loop {
                let step = JsFuture::from(call(&inner, "next")?.dyn_into::<Promise>()?).await?;
                if Reflect::get(&step, &"done".into())?.is_truthy() {
                    break;
                }
                let child = Reflect::get(&step, &"value".into())?;
                open.push((format!("{path}/{}", text(&child, "name")), child));
            }
        } else {
            let file = JsFuture::from(call(&handle, "getFile")?.dyn_into::<Promise>()?).await.ok();
            files.push((path, file.map(JsCast::unchecked_into)));
        }
    }
    Ok(())
}

fn batch(reader: &FileSystemDirectoryReader) -> Promise {
    Promise::new(&mut |resolve, reject| {
        let _ =
            reader.read_entries_with_callback_and_callback(resolve.unchecked_ref(), reject.unchecked_ref());
    })
}

fn content(entry: &FileSystemFileEntry) -> Promise {
    Promise::new(&mut |resolve, reject| {
        let done = Closure::once_into_js(move |file: File| {
            let _ = resolve.call1(&JsValue::NULL, &file);
        });
        entry.file_with_callback_and_callback(done.unchecked_ref(), reject.unchecked_ref());
    })
}

/// Text that the person typed or pasted, or a specimen, as a file.
pub(super) fn from_bytes(name: &str, bytes: &[u8]) -> Option<Named> {
    let parts = Array::of1(&js_sys::Uint8Array::from(bytes));
    let base = name.rsplit('/').next().unwrap_or(name);
    Some((name.to_owned(), Some(File::new_with_u8_array_sequence(&parts, base).ok()?)))
}
