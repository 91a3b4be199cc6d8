// node bench.mjs chrome|firefox PROGRAM LOG INDICATORS.csv [MANY.csv]: prints milliseconds for each stage and for the whole
// drop; with a second list, how long each list takes to load, and the drop with either, in turn.
import fs from "node:fs";
import { choose, fileUrl, launch, open, state } from "./harness.mjs";

const [kind, program, log, csv, many] = process.argv.slice(2);
const MEASURED = 64 << 20;
const browser = await launch(kind, program);
const page = await open(browser, fileUrl);
await page.waitForFunction(() => document.getElementById("incident-title").textContent !== "");

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

/** Milliseconds until the page says what it took of a list. */
async function load(csv) {
  const name = csv.split("/").pop();
  const started = performance.now();
  await (await page.$("#packs-input")).uploadFile(csv);
  await page.waitForFunction((name) => document.getElementById("packs-list").textContent.includes(name), { polling: 10, timeout: 60_000 }, name);
  return performance.now() - started;
}

async function unload() {
  await page.$eval('#packs-list [data-slot="remove"]', (button) => button.click());
  await page.waitForFunction(() => !document.querySelector("#packs-list .card"));
}

/** Milliseconds of the whole way of a dropped file: the browser's stream, a worker, the report. */
async function drop() {
  const started = performance.now();
  await choose(page, [log]);
  await state(page, ["scanning"]);
  await state(page, ["done"], 600_000);
  return performance.now() - started;
}

const median = (all) => all.sort((one, other) => one - other)[Math.floor(all.length / 2)];
const rows = { load: [], drop: [], "load-many": [], "drop-many": [] };
for (let run = 0; run < (many ? 3 : 1); run++) {
  for (const [list, name] of [[csv, ""], [many, "-many"]].filter(([list]) => list)) {
    rows[`load${name}`].push(await load(list));
    rows[`drop${name}`].push(await drop());
    await unload();
  }
}
for (const [name, all] of Object.entries(rows)) if (all.length) console.log(`${name} ${median(all).toFixed(1)}`);
await browser.close();
