// What a person drops, from http and from disk, in every form.
import assert from "node:assert/strict";
import path from "node:path";
import zlib from "node:zlib";
import { answer, check, drop, fileUrl, next, report, state } from "./harness.mjs";
import { attacked, line, tar, zip } from "./make.mjs";

export async function evidence({ kind, test, onPage, write, work, httpUrl }) {
  for (const [where, url] of [["http", httpUrl], ["disk", fileUrl]]) {
    await test(`${where}: an attacked log gives evidence, twice the same`, () => onPage(url, async (page) => {
      const file = write("access_log", attacked);
      await check(page, [file]);
      const first = await answer(page);
      assert.equal(first.verdict, "evidence");
      assert.equal(first.focus, "verdict-title");
      assert.ok(!first.example, "evidence is called an example");
      const before = await report(page);
      await check(page, [file]);
      assert.equal(await report(page), before);
    }));

    await test(`${where}: a zip inside a tar.gz, a UTF-16 log, a damaged gzip and an empty file`, () => onPage(url, async (page) => {
      const nested = write("bundle.tar.gz", zlib.gzipSync(tar("inner.zip", zip("access_log", Buffer.from(attacked)))));
      const wide = write("wide.log", Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(attacked, "utf16le")]));
      const whole = zlib.gzipSync(Buffer.from(attacked.repeat(200)));
      const damaged = write("cut.gz", whole.subarray(0, whole.length - 20));
      const empty = write("empty.log", "");
      await check(page, [nested, wide, damaged, empty]);
      const seen = await answer(page);
      assert.equal(seen.verdict, "evidence");
      const names = seen.files.map((row) => row[0]);
      assert.ok(names.includes("bundle.tar.gz > bundle.tar > inner.zip > access_log"), names.join("\n"));
      assert.ok(seen.files.some((row) => row[0] === "wide.log" && row[4] === "3"), "records of the UTF-16 log");
      assert.ok(seen.files.some((row) => row[0] === "empty.log" && row[1] === "empty file"));
      assert.ok(seen.unchecked.some((what) => what.includes("ends in the middle")), seen.unchecked.join("\n"));
    }));

    await test(`${where}: a locked zip asks for its password, and the report does not have it`, () => onPage(url, async (page) => {
      await check(page, [write("locked.zip", zip("access_log", Buffer.from(attacked), "only I know"))]);
      assert.equal((await answer(page)).verdict, "could-not-check");
      assert.match(await page.$eval("#locked", (list) => list.textContent), /locked\.zip: member access_log is locked/);
      const give = async (password) => {
        await page.type("#password", password);
        await next(page, () => page.keyboard.press("Enter"));
      };
      await give("guessed");
      assert.match(await page.$eval("#locked-text", (text) => text.textContent), /1 password that you gave/);
      await give("only I know");
      assert.equal((await answer(page)).verdict, "evidence");
      assert.ok(await page.$eval("#locked-box", (box) => box.hidden));
      assert.ok(!(await report(page)).includes("only I know"));
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
      assert.ok(seen.example, "an example is not called one");
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
}
