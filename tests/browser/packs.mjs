// Incidents to choose from, and indicator files of the person's own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { answer, built, check, command, fileUrl, next, report } from "./harness.mjs";
import { attacked, line } from "./make.mjs";

export async function packs({ test, onPage, write }) {
  await test("indicators of another publisher are searched for as well, until they are removed", () => onPage(fileUrl, async (page) => {
    const pack = write("mine.csv", "type,value\nipv4,192.0.2.9\nmutex,x\n");
    await (await page.$("#packs-input")).uploadFile(pack);
    await page.waitForSelector("#packs-list .card");
    const told = await page.$eval("#packs-list .card", (card) => card.textContent);
    assert.match(told, /1 indicator taken, 1 not taken/);
    assert.match(told, /1 ipv4/);
    assert.match(told, /mine.csv, line 3/);
    assert.match(told, /values in the column “value”, their types in “type”/);
    await check(page, [write("other.log", line("20", "/x"))]);
    const seen = await answer(page);
    assert.equal(seen.verdict, "needs-review");
    assert.ok(seen.findings.some((title) => title.includes("192.0.2.9")));
    await page.$eval('#packs-list [data-slot="remove"]', (button) => button.click());
    await page.waitForFunction(() => !document.querySelector("#packs-list .card"));
    assert.equal(await page.$eval("#again-box", (box) => box.hidden), false);
    await next(page, () => page.click("#again"));
    assert.deepEqual((await answer(page)).findings, []);
  }));

  await test("a table's columns are told by their content, and the person can say what they hold", () => onPage(fileUrl, async (page) => {
    const pack = write("rows.csv", "Opfer;Angreifer\n192.0.2.20;192.0.2.9\n192.0.2.21;192.0.2.10\n");
    await (await page.$("#packs-input")).uploadFile(pack);
    await page.waitForSelector("#packs-list .card");
    const told = () => page.$eval("#packs-list .card", (card) => card.textContent);
    assert.match(await told(), /4 indicators taken.*values in the columns “opfer”, “angreifer”/s);
    await page.$eval("#packs-box", (box) => (box.open = true));
    await page.click('#packs-list [data-slot="choice"] summary');
    assert.match(await told(), /192\.0\.2\.20/);
    assert.equal(await page.$eval('#packs-list [data-slot="rejected"]', (box) => box.checkVisibility()), false);
    await page.select('#packs-list .column:nth-child(1) select', "about");
    await page.click('#packs-list [data-slot="again"]');
    await page.waitForFunction(() => document.getElementById("packs-list").textContent.includes("As you chose"));
    assert.match(await told(), /2 indicators taken/);
    await check(page, [write("other.log", line("20", "/x"))]);
    const ours = (await answer(page)).findings.filter((title) => title.includes("192.0.2"));
    assert.equal(ours.length, 1, ours.join("\n"));
    assert.match(ours[0], /192\.0\.2\.9/);
  }));

  await test("the address chooses an incident, the search finds one by its product, and all can be checked", () => onPage(`${fileUrl}#pack=moveit-2023`, async (page) => {
    const title = () => page.$eval("#incident-title", (place) => place.textContent);
    const searched = async (file) => {
      await check(page, [file]);
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
    assert.match(await page.$eval("#incidents tr", (row) => row.textContent), /Accellion.*finding/);
    await page.evaluate(() => (location.hash = "#pack=no-such-incident"));
    await page.waitForFunction(() => !document.getElementById("incident-unknown").hidden);
  }));

  await test("an indicator file among the evidence is pointed out, and can be searched for instead", () => onPage(fileUrl, async (page) => {
    const bundle = { type: "bundle", id: "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d", objects: [{ type: "indicator", spec_version: "2.1", id: "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", pattern_type: "stix", pattern: "[ipv4-addr:value = '192.0.2.9']", valid_from: "2020-01-01T00:00:00Z" }] };
    await check(page, [write("advisory.json", JSON.stringify(bundle)), write("other.log", line("20", "/x"))]);
    assert.match(await page.$eval("#indicator-files", (list) => list.textContent), /advisory\.json \(STIX\)/);
    await page.click("#indicator-files button");
    await page.waitForSelector("#packs-list .card");
    await next(page, () => page.click("#again"));
    assert.ok((await answer(page)).findings.some((title) => title.includes("192.0.2.9")));
  }));

  await test("a page published with packs of its own searches for those and no others", async () => {
    const pack = write("ours.csv", "type,value\nipv4,192.0.2.9\nmutex,x\n");
    const own = write("ours.html", "");
    execFileSync(command, ["page", "--pack", pack, "--pack", "moveit-2023", "--from", built, "-o", own], { stdio: "pipe" });
    await onPage(pathToFileURL(own).href, async (page) => {
      assert.equal((await page.$$("#incident-list input")).length, 3);
      await check(page, [write("other.log", line("20", "/x"))]);
      const seen = JSON.parse(await report(page));
      assert.deepEqual(seen.provenance.packs.map(([id]) => id), ["moveit-2023", "ours"]);
      assert.ok(seen.findings.some((finding) => finding.title.includes("192.0.2.9")));
      assert.equal(seen.ledger[1].rejected.length, 1);
    });
  });
}
