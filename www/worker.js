"use strict";
onmessage = (event) => {
  onmessage = null;
  const { module, packs } = event.data;
  wasm_bindgen.initSync({ module });
  wasm_bindgen.start_worker(packs);
  postMessage({ kind: "ready" });
};
