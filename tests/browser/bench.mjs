// node bench.mjs chrome|firefox PROGRAM LOG INDICATORS.csv: prints milliseconds for each stage, and for the whole drop.
import fs from "node:fs";
import { choose, fileUrl, launch, open, state } from "./harness.mjs";

const [kind, program, log, csv] = process.argv.slice(2);
const MEASURED = 64 << 20;
const browser = await launch(kind, program);
const page = await open(browser, fileUrl);
await page.waitForFunction(() => document.getElementById("incident-publisher").textContent !== "");

// The stages run on the page itself, on bytes that it holds.
const bytes = fs.readFileSync(log).subarray(0, MEASURED);
const [handle, list] = [await page.$("#paste"), fs.readFileSync(csv, "utf8")];
await page.evaluate(() => {
  window.measured = [];
});
for (let at = 0; at < bytes.length; at += 8 << 20) {
  await page.evaluate((text) => window.measured.push(text), bytes.subarray(at, at + (8 << 20)).toString("latin1"));
}
for (const stage of ["digest", "match", "scan"]) {
  const quickest = await page.evaluate((stage, list) => {
    const bytes = Uint8Array.from({ length: 0 });
    const whole = new TextEncoder().encode(window.measured.join(""));
    const csv = new TextEncoder().encode(list);
    let best = Infinity;
    for (let run = 0; run < 3; run++) best = Math.min(best, wasm_bindgen.measure(stage, whole, csv));
    return best / (whole.length / (1 << 20));
  }, stage, list);
  console.log(`${stage} ${((quickest * fs.statSync(log).size) / (1 << 20)).toFixed(1)}`);
}
await handle.dispose();

// The whole way of a dropped file: the browser's stream, a worker, the report.
const packs = await page.$("#packs-input");
await packs.uploadFile(csv);
await page.waitForFunction(() => document.getElementById("packs-list").children.length > 0);
const started = performance.now();
await choose(page, [log]);
await state(page, ["done"], 600_000);
console.log(`drop ${(performance.now() - started).toFixed(1)}`);
await browser.close();
