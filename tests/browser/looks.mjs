// How it looks: pictures for people, and that nothing is cut off.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { fileUrl, open, ready, root, state } from "./harness.mjs";

const start = `${fileUrl}#pack=accellion-fta-2020`;
const shots = path.join(root, "target/screenshots");

/** Name, viewport, and what the person's system asks for. */
const LOOKS = [
  ["phone", { width: 320, height: 800 }, {}],
  ["desktop", { width: 1280, height: 900 }, {}],
  ["dark", { width: 1280, height: 900 }, { "prefers-color-scheme": "dark" }],
  ["zoom", { width: 640, height: 450, deviceScaleFactor: 2 }, {}],
  ["forced", { width: 1280, height: 900 }, { "forced-colors": "active" }],
  ["print", { width: 794, height: 1123 }, { media: "print" }],
];

export async function looks({ kind, browser, test }) {
  fs.mkdirSync(shots, { recursive: true });
  await test("pictures at phone width, desktop, dark, 200 %, forced colors and print", async () => {
    // One tab for all: Chromium may never draw a tab that comes to the front while another closes (puppeteer issue 12712).
    const page = await open(browser, start);
    const client = kind === "chrome" ? await page.createCDPSession() : null;
    for (const [name, viewport, { media, ...features }] of LOOKS) {
      const special = media || Object.keys(features).length > 0;
      if (kind !== "chrome" && special) continue;
      await page.setViewport(viewport);
      await client?.send("Emulation.setEmulatedMedia", { media: media ?? "", features: Object.entries(features).map(([name, value]) => ({ name, value })) });
      await page.reload();
      await ready(page);
      await page.screenshot({ path: path.join(shots, `${kind}-${name}-start.png`), fullPage: true });
      await page.$eval("#example", (button) => button.click());
      await state(page, ["done"]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      assert.equal(wide, false, `${name}: the page scrolls sideways`);
      await page.screenshot({ path: path.join(shots, `${kind}-${name}-report.png`), fullPage: name === "print" });
    }
    await page.close();
  });
}
