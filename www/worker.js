"use strict";
onmessage = (event) => {
  onmessage = null;
  wasm_bindgen.initSync({ module: event.data });
  wasm_bindgen.start_worker();
  postMessage({ kind: "ready" });
};
