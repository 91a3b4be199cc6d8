// The page's report is the command's report.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { check, command, fileUrl, report, root, withoutEnvironment } from "./harness.mjs";

/** Outside material, where it is at hand. */
const corpus = path.join(root, "../shared/corpus");
const FOLDERS = ["archives", "evtx", "pcap", "email", "malformed", "logs"];

/** The command's report on files, which are named as they are seen from `here`. */
function ours(here, names, options = []) {
  const ran = spawnSync(command, ["scan", "--quiet", "--format", "json", ...options, ...names], { cwd: here, encoding: "utf8", maxBuffer: 1 << 30 });
  assert.ok(ran.status <= 2 && ran.stdout, ran.stderr);
  return withoutEnvironment(ran.stdout);
}

/** Where two texts begin to differ. */
function same(one, other, about) {
  if (one === other) return;
  let at = 0;
  while (one[at] === other[at]) at++;
  assert.fail(`${about} differs at ${at}:\npage    ${one.slice(at - 200, at + 200)}\ncommand ${other.slice(at - 200, at + 200)}`);
}

/** Files below a folder up to a size, spread evenly if there are more than `most`. */
function sample(folder, most, largest) {
  const all = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  const small = files.filter((file) => fs.statSync(file).size <= largest).sort();
  const step = Math.ceil(small.length / most) || 1;
  return small.filter((_, number) => number % step === 0);
}

export async function equal({ test, onPage, work, quick }) {
  await test("browser report = command report, for every case", () => onPage(fileUrl, async (page) => {
    const cases = path.join(root, "tests/cases");
    let count = 0;
    for (const area of fs.readdirSync(cases)) {
      await page.evaluate((area) => (location.hash = `#pack=${area}`), area);
      await page.waitForFunction((area) => document.querySelector("#incident-list input:checked")?.value === area, {}, area);
      for (const claim of fs.readdirSync(path.join(cases, area))) {
        const here = path.join(cases, area, claim);
        const names = fs.readdirSync(path.join(here, "evidence")).map((name) => path.join("evidence", name));
        await check(page, names.map((name) => path.join(here, name)));
        same(await report(page), ours(here, names, ["--pack", area]), `${area}/${claim}`);
        count++;
      }
    }
    assert.ok(count > 0);
    console.log(`     ${count} cases`);
  }));

  await test("browser report = command report, for files that are hashed in a second worker", () => onPage(fileUrl, async (page) => {
    const here = path.join(work, "large");
    const names = ["first.log", "second.log"];
    fs.mkdirSync(here, { recursive: true });
    names.forEach((name, number) => {
      const line = `192.0.2.${number} - - [16/Dec/2020:10:00:00 +0000] "GET /courier/document_root.html HTTP/1.1" 200 1 "-" "x"\n`;
      fs.writeFileSync(path.join(here, name), line + "an ordinary line that nobody looks for\n".repeat((17 << 20) / 39));
    });
    await check(page, names.map((name) => path.join(here, name)));
    same(await report(page), ours(here, names), "the large files");
  }));

  if (!fs.existsSync(corpus)) {
    console.log("skip the outside material is not here");
    return;
  }
  for (const area of FOLDERS) {
    await test(`browser report = command report, for outside ${area}`, () => onPage(fileUrl, async (page) => {
      const here = path.join(work, `corpus-${area}`);
      fs.mkdirSync(here, { recursive: true });
      const names = sample(path.join(corpus, area), quick ? 40 : Infinity, quick ? 1 << 20 : 1 << 25).map((file, number) => {
        const name = `${String(number).padStart(3, "0")}-${path.basename(file)}`;
        fs.copyFileSync(file, path.join(here, name));
        return name;
      });
      await check(page, names.map((name) => path.join(here, name)));
      same(await report(page), ours(here, names), area);
      console.log(`     ${names.length} files`);
    }));
  }
}
