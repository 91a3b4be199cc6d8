// node run.mjs chrome|firefox PROGRAM [--quick] [--bundle] [--only AREA,...]
// --quick leaves out the log of 1 GiB; --bundle adds a tar.gz of 2 GiB.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { equal } from "./equal.mjs";
import { evidence } from "./evidence.mjs";
import { folder, launch, open, serve } from "./harness.mjs";
import { looks } from "./looks.mjs";
import { packs } from "./packs.mjs";
import { robust } from "./robust.mjs";

const [kind, program, ...options] = process.argv.slice(2);
const only = options.includes("--only") ? options[options.indexOf("--only") + 1].split(",") : null;
const work = folder();
const browser = await launch(kind, program);
const server = await serve();
let passed = 0;
const failures = [];

const context = {
  kind,
  browser,
  work,
  quick: options.includes("--quick"),
  bundle: options.includes("--bundle"),
  httpUrl: `http://127.0.0.1:${server.address().port}/`,

  async test(name, act) {
    const started = Date.now();
    try {
      await act();
      passed++;
      console.log(`ok   ${kind}: ${name} (${Date.now() - started} ms)`);
    } catch (error) {
      failures.push(name);
      console.log(`FAIL ${kind}: ${name}\n${error.stack}`);
    }
  },

  /** Runs `act` on a fresh page and checks that the browser had nothing to refuse. */
  async onPage(url, act, refusals = false) {
    const page = await open(browser, url);
    await act(page);
    if (!refusals) {
      assert.deepEqual(await page.evaluate(() => window.violations), []);
      assert.deepEqual(page.trouble, []);
    }
    await page.close();
  },

  /** Writes a file into the folder of this run. */
  write(name, bytes) {
    const file = path.join(work, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, bytes);
    return file;
  },
};

for (const area of [evidence, packs, equal, robust, looks]) {
  if (!only || only.includes(area.name)) await area(context);
}

await browser.close();
server.close();
console.log(`${kind}: ${passed} passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);
