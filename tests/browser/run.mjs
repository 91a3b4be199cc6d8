// node run.mjs chrome|firefox PROGRAM [--quick]
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { answer, choose, command, drop, fileUrl, folder, launch, open, report, root, serve, state, withoutEnvironment } from "./harness.mjs";

const [kind, program, ...options] = process.argv.slice(2);
const quick = options.includes("--quick");
const work = folder();
const shots = path.join(root, "target/screenshots");
fs.mkdirSync(shots, { recursive: true });

const line = (day, target, status = 200) =>
  `192.0.2.9 - - [${day}/Dec/2020:10:00:00 +0000] "GET ${target} HTTP/1.1" ${status} 512 "-" "Mozilla/5.0"\n`;
const attacked = line("20", "/index.html") + line("21", "/courier/about.html") + line("22", "/index.html");

/** A tar with one file in it. */
function tar(name, bytes) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write(bytes.length.toString(8).padStart(11, "0") + "\0", 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512 + 1024)]);
}

/** A zip with one stored file in it, made by hand. */
function zip(name, bytes) {
  const crc = zlib.crc32 ? zlib.crc32(bytes) : crc32(bytes);
  const fixed = Buffer.alloc(26);
  fixed.writeUInt16LE(20, 0);
  fixed.writeUInt32LE(crc, 10);
  fixed.writeUInt32LE(bytes.length, 14);
  fixed.writeUInt32LE(bytes.length, 18);
  fixed.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), fixed, Buffer.from(name), bytes]);
  const central = Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), fixed, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

function write(name, bytes) {
  const file = path.join(work, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, bytes);
  return file;
}

/** Resident memory of the browser's largest page process, in MB. */
function largest(browser) {
  const parent = browser.process().pid;
  const rows = execFileSync("ps", ["-eo", "pid,ppid,rss,args"], { encoding: "utf8" }).trim().split("\n").slice(1);
  const all = rows.map((row) => row.trim().split(/\s+/)).map(([pid, ppid, rss, ...args]) => ({ pid: +pid, ppid: +ppid, rss: +rss, args: args.join(" ") }));
  const family = new Set([parent]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const one of all) if (family.has(one.ppid) && !family.has(one.pid)) grown = !!family.add(one.pid);
  }
  const pages = all.filter((one) => family.has(one.pid) && /type=renderer|-contentproc/.test(one.args));
  return Math.max(...pages.map((one) => one.rss)) / 1024;
}

let passed = 0;
const failures = [];
async function test(name, act) {
  const started = Date.now();
  try {
    await act();
    passed++;
    console.log(`ok   ${kind}: ${name} (${Date.now() - started} ms)`);
  } catch (error) {
    failures.push(name);
    console.log(`FAIL ${kind}: ${name}\n${error.stack}`);
  }
}

const browser = await launch(kind, program);
const server = await serve();
const httpUrl = `http://127.0.0.1:${server.address().port}/`;

/** Runs `act` on a fresh page and checks that the browser had nothing to refuse. */
async function onPage(url, act, refusals = false) {
  const page = await open(browser, url);
  await act(page);
  if (!refusals) {
    assert.deepEqual(await page.evaluate(() => window.violations), []);
    assert.deepEqual(page.trouble, []);
  }
  await page.close();
}

for (const [where, url] of [["http", httpUrl], ["disk", fileUrl]]) {
  await test(`${where}: an attacked log gives evidence, twice the same`, () => onPage(url, async (page) => {
    const file = write("access_log", attacked);
    await choose(page, [file]);
    await state(page, ["done"]);
    const first = await answer(page);
    assert.equal(first.verdict, "evidence");
    assert.equal(first.focus, "verdict-title");
    const before = await report(page);
    await choose(page, [file]);
    await state(page, ["scanning", "done"]);
    await state(page, ["done"]);
    assert.equal(await report(page), before);
  }));

  await test(`${where}: a zip inside a tar.gz, a UTF-16 log, a damaged gzip and an empty file`, () => onPage(url, async (page) => {
    const nested = write("bundle.tar.gz", zlib.gzipSync(tar("inner.zip", zip("access_log", Buffer.from(attacked)))));
    const wide = write("wide.log", Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(attacked, "utf16le")]));
    const whole = zlib.gzipSync(Buffer.from(attacked.repeat(200)));
    const damaged = write("cut.gz", whole.subarray(0, whole.length - 20));
    const empty = write("empty.log", "");
    await choose(page, [nested, wide, damaged, empty]);
    await state(page, ["done"]);
    const seen = await answer(page);
    assert.equal(seen.verdict, "evidence");
    const names = seen.files.map((row) => row[0]);
    assert.ok(names.includes("bundle.tar.gz > bundle.tar > inner.zip > access_log"), names.join("\n"));
    assert.ok(seen.files.some((row) => row[0] === "wide.log" && row[4] === "3"), "records of the UTF-16 log");
    assert.ok(seen.files.some((row) => row[0] === "empty.log" && row[1] === "empty file"));
    assert.ok(seen.unchecked.some((what) => what.includes("ends in the middle")), seen.unchecked.join("\n"));
  }));

  await test(`${where}: the proof button shows the browser's refusal`, () => onPage(url, async (page) => {
    await page.click("#prove");
    await page.waitForSelector("#proof-result[data-proof]", { timeout: 20_000 });
    const proof = await page.$eval("#proof-result", (place) => [place.dataset.proof, place.textContent]);
    assert.equal(proof[0], "refused", proof[1]);
  }, true));

  await test(`${where}: by keyboard alone, an incident and its example`, () => onPage(url, async (page) => {
    await page.focus("#incident-search");
    await page.keyboard.type("accellion");
    await page.keyboard.press("Enter");
    assert.match(await page.$eval("#incident-title", (title) => title.textContent), /Accellion/);
    const press = async (until) => {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press("Tab");
        if (await page.evaluate((until) => document.activeElement.matches(until), until)) return;
      }
      assert.fail(`${until} is not reached`);
    };
    await press("details:has(#example) > summary");
    await page.keyboard.press("Enter");
    await press("#example");
    await page.keyboard.press("Enter");
    await state(page, ["done"]);
    const seen = await answer(page);
    assert.equal(seen.verdict, "evidence");
    assert.ok(await page.$eval("#verdict-example", (badge) => !badge.hidden));
    assert.equal(seen.focus, "verdict-title");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "save-html");
  }));
}

if (kind === "chrome") {
  await test("a dropped folder is read to its depth", () => onPage(fileUrl, async (page) => {
    write("drop/a/b/access_log", attacked);
    write("drop/c.log", line("20", "/courier/oauth.api", 404));
    await drop(page, [path.join(work, "drop")]);
    await state(page, ["done"]);
    const seen = await answer(page);
    assert.deepEqual(seen.files.map((row) => row[0]), ["drop/a/b/access_log", "drop/c.log"]);
    assert.equal(seen.verdict, "evidence");
  }));
}

await test("indicators of another publisher are searched for as well, until they are removed", () => onPage(fileUrl, async (page) => {
  const pack = write("mine.csv", "type,value\nipv4,192.0.2.9\nmutex,x\n");
  await (await page.$("#packs-input")).uploadFile(pack);
  await page.waitForSelector("#packs-list .card");
  const told = await page.$eval("#packs-list .card", (card) => card.textContent);
  assert.match(told, /1 indicator taken, 1 not taken/);
  assert.match(told, /1 ipv4/);
  assert.match(told, /mine.csv, line 3/);
  await choose(page, [write("other.log", line("20", "/x"))]);
  await state(page, ["done"]);
  const seen = await answer(page);
  assert.equal(seen.verdict, "needs-review");
  assert.ok(seen.findings.some((title) => title.includes("192.0.2.9")));
  await page.$eval("#packs-list button", (button) => button.click());
  await page.waitForFunction(() => !document.querySelector("#packs-list .card"));
  assert.equal(await page.$eval("#again-box", (box) => box.hidden), false);
  await page.click("#again");
  await state(page, ["scanning", "done"]);
  await page.waitForFunction(() => document.getElementById("verdict").dataset.state === "done");
  assert.deepEqual((await answer(page)).findings, []);
}));

await test("the address chooses an incident, the search finds one by its product, and all can be checked", () => onPage(`${fileUrl}#pack=moveit-2023`, async (page) => {
  const title = () => page.$eval("#incident-title", (place) => place.textContent);
  const searched = async (file) => {
    await choose(page, [file]);
    await state(page, ["scanning", "done"]);
    await page.waitForFunction(() => document.getElementById("verdict").dataset.state === "done");
    return JSON.parse(await report(page)).provenance.packs.map(([id]) => id);
  };
  const log = write("access_log", attacked);
  assert.match(await title(), /MOVEit/);
  assert.match(await page.$eval("#bring", (table) => table.textContent), /inetpub/);
  assert.deepEqual(await searched(log), ["moveit-2023"]);
  await page.click("#incident-search");
  await page.keyboard.type("goanywhere");
  const shown = await page.$$eval("#incident-list label:not([hidden])", (rows) => rows.map((row) => row.textContent.trim()));
  assert.equal(shown.length, 2, shown.join("\n"));
  await page.keyboard.press("Enter");
  assert.match(await title(), /GoAnywhere/);
  assert.deepEqual(await searched(log), ["goanywhere-2023"]);
  await page.$eval("#incident-list input", (input) => input.click());
  assert.ok((await searched(log)).length > 30);
  await page.evaluate(() => (location.hash = "#pack=no-such-incident"));
  await page.waitForFunction(() => !document.getElementById("incident-unknown").hidden);
}));

await test("an indicator file among the evidence is pointed out, and can be searched for instead", () => onPage(fileUrl, async (page) => {
  const bundle = { type: "bundle", id: "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d", objects: [{ type: "indicator", spec_version: "2.1", id: "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", pattern_type: "stix", pattern: "[ipv4-addr:value = '192.0.2.9']", valid_from: "2020-01-01T00:00:00Z" }] };
  await choose(page, [write("advisory.json", JSON.stringify(bundle)), write("other.log", line("20", "/x"))]);
  await state(page, ["done"]);
  assert.match(await page.$eval("#indicator-files", (list) => list.textContent), /advisory\.json \(STIX\)/);
  await page.click("#indicator-files button");
  await page.waitForSelector("#packs-list .card");
  await page.click("#again");
  await state(page, ["scanning", "done"]);
  await page.waitForFunction(() => document.getElementById("verdict").dataset.state === "done");
  assert.ok((await answer(page)).findings.some((title) => title.includes("192.0.2.9")));
}));

await test("browser report = command report, for every case", () => onPage(fileUrl, async (page) => {
  const cases = path.join(root, "tests/cases");
  let count = 0;
  for (const area of fs.readdirSync(cases)) {
    for (const claim of fs.readdirSync(path.join(cases, area))) {
      const here = path.join(cases, area, claim);
      const files = fs.readdirSync(path.join(here, "evidence")).map((name) => path.join(here, "evidence", name));
      const ours = spawnSync(command, ["scan", "--quiet", "--pack", area, "--format", "json", ...files.map((file) => path.relative(here, file))], { cwd: here, encoding: "utf8", maxBuffer: 1 << 28 });
      await choose(page, files);
      await state(page, ["scanning", "done"]);
      await page.waitForFunction(() => document.getElementById("verdict").dataset.state === "done");
      assert.equal(await report(page), withoutEnvironment(ours.stdout), `${area}/${claim}`);
      count++;
    }
  }
  assert.ok(count > 0);
  console.log(`     ${count} cases`);
}));

async function big(name, size) {
  const file = path.join(work, name);
  const block = Buffer.from((line("20", "/files/report.pdf?id=17") + line("21", "/style.css")).repeat(5_000));
  const out = fs.openSync(file, "w");
  fs.writeSync(out, Buffer.from(line("19", "/courier/about.html")));
  for (let written = 0; written < size; written += block.length) fs.writeSync(out, block);
  fs.writeSync(out, Buffer.from(line("22", "/courier/oauth.api")));
  fs.closeSync(out);
  return file;
}

await test("stopping in the middle gives no verdict, and the next drop works", () => onPage(fileUrl, async (page) => {
  const file = await big("middle.log", 300 << 20);
  await choose(page, [file]);
  await state(page, ["scanning"]);
  await page.waitForFunction(() => document.getElementById("progress").value > 0, { timeout: 60_000 });
  const started = Date.now();
  await page.click("#cancel");
  await state(page, ["cancelled"]);
  assert.ok(Date.now() - started < 2_000);
  assert.equal(await page.$eval("#verdict", (place) => place.dataset.verdict), undefined);
  await choose(page, [write("access_log", attacked)]);
  await state(page, ["done"]);
  assert.equal((await answer(page)).verdict, "evidence");
  fs.rmSync(file);
}));

if (!quick) {
  await test("a log of 1 GiB is read in less than 300 MB", () => onPage(fileUrl, async (page) => {
    const file = await big("big.log", 1 << 30);
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, largest(browser))), 250);
    const started = Date.now();
    await choose(page, [file]);
    await state(page, ["scanning"]);
    await state(page, ["done"], 600_000);
    clearInterval(watch);
    const seconds = (Date.now() - started) / 1000;
    const size = fs.statSync(file).size;
    console.log(`     ${(size / 1e6 / seconds).toFixed(0)} MB/s, largest process of the browser ${peak.toFixed(0)} MB`);
    const seen = await answer(page);
    assert.equal(seen.verdict, "evidence");
    assert.equal(seen.findings.length >= 2, true);
    assert.ok(peak < 300, `${peak} MB`);
    fs.rmSync(file);
  }));
}

await test("pictures at phone width, desktop, dark, and 200 %", async () => {
  for (const [name, viewport, scheme] of [
    ["phone", { width: 320, height: 800 }, "light"],
    ["desktop", { width: 1280, height: 900 }, "light"],
    ["dark", { width: 1280, height: 900 }, "dark"],
    ["zoom", { width: 640, height: 450, deviceScaleFactor: 2 }, "light"],
  ]) {
    const page = await open(browser, `${fileUrl}#pack=accellion-fta-2020`);
    await page.setViewport(viewport);
    if (kind === "chrome") await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.screenshot({ path: path.join(shots, `${kind}-${name}-start.png`), fullPage: true });
    await page.$eval("#example", (button) => button.click());
    await state(page, ["done"]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    assert.equal(wide, false, `${name}: the page scrolls sideways`);
    await page.screenshot({ path: path.join(shots, `${kind}-${name}-report.png`), fullPage: name !== "phone" });
    await page.close();
  }
});

await browser.close();
server.close();
console.log(`${kind}: ${passed} passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);
