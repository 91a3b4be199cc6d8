"use strict";
(() => {
  const problem = (text) => {
    const place = document.getElementById("start-problem");
    place.textContent = text;
    place.hidden = false;
  };
  const decode = (text) => {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return bytes;
  };
  const unpack = (bytes) =>
    new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  const text = (id) => document.getElementById(id).textContent;
  if (typeof WebAssembly !== "object") {
    problem("This browser has no WebAssembly, which the page needs. Use a current Firefox, Chrome, Edge or Safari.");
    return;
  }
  if (typeof DecompressionStream !== "function") {
    problem("This browser is from before 2023 and cannot unpack the page. Use a current Firefox, Chrome, Edge or Safari.");
    return;
  }
  unpack(decode(text("belljar-wasm"))).then(WebAssembly.compile).then((module) => {
    wasm_bindgen.initSync({ module });
    const source = text("belljar-glue") + "\n" + text("belljar-worker");
    const carried = document.getElementById("belljar-packs");
    const packs = carried ? decode(carried.textContent) : undefined;
    wasm_bindgen.start_page({ module, packs }, URL.createObjectURL(new Blob([source], { type: "text/javascript" })), packs);
  }).catch((error) => {
    problem("The page could not start: " + error + ". It needs a browser from 2023 or later.");
  });
})();
