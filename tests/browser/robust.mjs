// Large evidence, many files, workers that fail, and a person who stops.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { answer, check, choose, drop, fileUrl, next, open, state } from "./harness.mjs";
import { attacked, bigBundle, bigLog, line } from "./make.mjs";

/** Resident memory of the browser's largest page process, and of all its page processes together, in MB. */
function memory(browser) {
  const parent = browser.process().pid;
  const rows = execFileSync("ps", ["-eo", "pid,ppid,rss,args"], { encoding: "utf8" }).trim().split("\n").slice(1);
  const all = rows.map((row) => row.trim().split(/\s+/)).map(([pid, ppid, rss, ...args]) => ({ pid: +pid, ppid: +ppid, rss: +rss, args: args.join(" ") }));
  const family = new Set([parent]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const one of all) if (family.has(one.ppid) && !family.has(one.pid)) grown = !!family.add(one.pid);
  }
  const pages = all.filter((one) => family.has(one.pid) && /type=renderer|-contentproc/.test(one.args));
  return { largest: Math.max(...pages.map((one) => one.rss)) / 1024, all: pages.reduce((sum, one) => sum + one.rss, 0) / 1024 };
}

/** Watches memory while `act` runs; the highest figures. */
async function watched(browser, act) {
  const peak = { largest: 0, all: 0 };
  const watch = setInterval(() => {
    const now = memory(browser);
    peak.largest = Math.max(peak.largest, now.largest);
    peak.all = Math.max(peak.all, now.all);
  }, 250);
  await act();
  clearInterval(watch);
  return peak;
}

export async function robust({ kind, browser, test, onPage, write, work, quick, bundle }) {
  await test("stopping in the middle gives no verdict, and the next drop works", () => onPage(fileUrl, async (page) => {
    const file = bigLog(path.join(work, "middle.log"), 300 << 20);
    await choose(page, [file]);
    await state(page, ["scanning"]);
    await page.waitForFunction(() => document.getElementById("progress").value > 0, { timeout: 60_000 });
    const started = Date.now();
    await page.$eval("#cancel", (button) => button.click());
    await state(page, ["cancelled"]);
    const stopped = Date.now() - started;
    console.log(`     stopped after ${stopped} ms`);
    assert.ok(stopped < 1_000, `${stopped} ms`);
    assert.equal(await page.$eval("#verdict", (place) => place.dataset.verdict), undefined);
    await check(page, [write("access_log", attacked)]);
    assert.equal((await answer(page)).verdict, "evidence");
    fs.rmSync(file);
  }));

  await test("a worker that crashes or gets stuck is told, and the other files are read", async () => {
    const page = await open(browser, fileUrl, () => {
      const Real = Worker;
      window.Worker = class extends Real {
        postMessage(message, ...rest) {
          const scan = message?.json?.includes('"ask":"scan"');
          if (scan && message.json.includes("stuck.log")) return;
          if (scan && message.json.includes("crash.log")) return super.postMessage({ json: "{" });
          super.postMessage(message, ...rest);
        }
      };
    });
    await page.$eval("#drop", (place) => place.setAttribute("data-patience-seconds", "3"));
    await check(page, ["crash.log", "stuck.log", "whole.log"].map((name) => write(name, attacked)));
    const seen = await answer(page);
    assert.equal(seen.verdict, "evidence");
    assert.equal(seen.files.length, 1);
    assert.equal(seen.unchecked.filter((what) => what.includes("was not read to its end")).length, 2, seen.unchecked.join("\n"));
    assert.ok(seen.unchecked.some((what) => what.includes("no sign of life")), seen.unchecked.join("\n"));
    await page.close();
  });

  await test("a large file is read without the second worker when that one breaks down", async () => {
    const page = await open(browser, fileUrl, () => {
      const Real = Worker;
      window.broken = 0;
      window.Worker = class extends Real {
        postMessage(message, ...rest) {
          if (!message?.json?.includes('"ask":"hash"')) return super.postMessage(message, ...rest);
          window.broken += 1;
          super.postMessage({ json: "{" });
        }
      };
    });
    const file = bigLog(path.join(work, "large.log"), 20 << 20);
    await check(page, [file]);
    const seen = await answer(page);
    assert.equal(await page.evaluate(() => window.broken), 1);
    assert.equal(seen.verdict, "evidence");
    assert.equal(seen.unchecked.some((what) => what.includes("was not read to its end")), false, seen.unchecked.join("\n"));
    fs.rmSync(file);
    await page.close();
  });

  await test("five thousand small files leave the page responsive", () => onPage(fileUrl, async (page) => {
    const files = [];
    for (let number = 0; number < 5_000; number++) files.push(write(`many/${number}.log`, line("20", `/${number}`)));
    await page.evaluate(() => {
      window.longest = 0;
      let last = performance.now();
      setInterval(() => {
        const now = performance.now();
        window.longest = Math.max(window.longest, now - last);
        last = now;
      }, 20);
    });
    const started = Date.now();
    // Chromium's driver holds even an empty page for two seconds before it hands over so many chosen files, so they are dropped.
    await next(page, () => (kind === "chrome" ? drop(page, [path.join(work, "many")]) : choose(page, files)));
    const longest = await page.evaluate(() => window.longest);
    console.log(`     ${Date.now() - started} ms in all, the page was busy for at most ${longest.toFixed(0)} ms`);
    assert.equal(await page.$$eval("#files tr:not(.more)", (rows) => rows.length), 50);
    await page.$eval("#files .more button", (button) => button.click());
    assert.equal(await page.$$eval("#files tr:not(.more)", (rows) => rows.length), 100);
    assert.equal(await page.evaluate(() => document.activeElement.closest("tbody")?.id), "files");
    assert.ok(longest < 500, `${longest} ms`);
  }));

  if (!quick) {
    await test("a log of 1 GiB is read in less than 300 MB", () => onPage(fileUrl, async (page) => {
      const file = bigLog(path.join(work, "big.log"), 1 << 30);
      const started = Date.now();
      const peak = await watched(browser, () => check(page, [file], 600_000));
      const seconds = (Date.now() - started) / 1000;
      const size = fs.statSync(file).size;
      console.log(`     ${(size / 1e6 / seconds).toFixed(0)} MB/s, largest process of the browser ${peak.largest.toFixed(0)} MB`);
      const seen = await answer(page);
      assert.equal(seen.verdict, "evidence");
      assert.equal(seen.findings.length >= 2, true);
      assert.ok(peak.largest < 300, `${peak.largest} MB`);
      fs.rmSync(file);
    }));
  }

  if (bundle) {
    await test("a tar.gz of 2 GiB with a zip inside is read in less than 500 MB", () => onPage(fileUrl, async (page) => {
      const file = await bigBundle(path.join(work, "bundle.tar.gz"), 2 * 2 ** 30);
      const started = Date.now();
      const peak = await watched(browser, () => check(page, [file], 1_800_000));
      const seconds = (Date.now() - started) / 1000;
      console.log(`     ${fs.statSync(file).size} bytes in ${seconds.toFixed(0)} s; largest process ${peak.largest.toFixed(0)} MB, all page processes ${peak.all.toFixed(0)} MB`);
      const seen = await answer(page);
      assert.equal(seen.verdict, "evidence");
      assert.ok(peak.largest < 500, `${peak.largest} MB`);
      fs.rmSync(file);
    }));
  }
}
