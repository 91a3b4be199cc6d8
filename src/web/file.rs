//! Dropped and chosen files: what they are called, and what is inside a dropped folder.

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry,
    FileSystemFileEntry,
};

/// A file and its name in the report.
pub(super) type Named = (String, File);

/// The files of a file input. Those of a chosen folder are named from the folder on.
pub(super) fn chosen(files: &FileList) -> Vec<Named> {
    let all = (0..files.length()).filter_map(|number| files.get(number));
    let all = all.map(|file| {
        let path = Reflect::get(&file, &JsValue::from_str("webkitRelativePath"))
            .ok()
            .and_then(|path| path.as_string());
        (path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name()), file)
    });
    sorted(all.collect())
}

/// In the order of their names, and each name once: the report must not depend on the order of a drop.
pub(super) fn sorted(mut files: Vec<Named>) -> Vec<Named> {
    files.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
    files
}

/// The entries of a drop. They are gone after the event, so this is called inside it.
pub(super) fn entries(transfer: &DataTransfer) -> (Vec<FileSystemEntry>, Vec<Named>) {
    let items = transfer.items();
    let all =
        (0..items.length()).filter_map(|number| items.get(number)?.webkit_get_as_entry().ok().flatten());
    let entries: Vec<FileSystemEntry> = all.collect();
    let files = if entries.is_empty() {
        transfer.files().map(|files| chosen(&files)).unwrap_or_default()
    } else {
        Vec::new()
    };
    (entries, files)
}

/// All files under the dropped entries, folders of any depth included.
pub(super) async fn under(entries: Vec<FileSystemEntry>) -> Vec<Named> {
    let mut files = Vec::new();
    let mut open = entries;
    while let Some(entry) = open.pop() {
        // Browsers disagree about these classes' names, so the entry itself is asked.
        if entry.is_directory() {
            let folder: &FileSystemDirectoryEntry = entry.unchecked_ref();
            let reader = folder.create_reader();
            // A browser gives at most a hundred entries at a time, and none at the end.
            while let Ok(batch) = JsFuture::from(batch(&reader)).await {
                let batch: Array = batch.unchecked_into();
                if batch.length() == 0 {
                    break;
                }
                open.extend(batch.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
            }
        } else {
            let name = entry.full_path().trim_start_matches('/').to_owned();
            if let Ok(file) = JsFuture::from(content(entry.unchecked_ref())).await {
                files.push((name, file.unchecked_into()));
            }
        }
    }
    sorted(files)
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
    Some((name.to_owned(), File::new_with_u8_array_sequence(&parts, base).ok()?))
}
