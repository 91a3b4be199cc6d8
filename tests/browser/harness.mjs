// Opens the page in a real browser and uses it as a person would.
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const built = path.join(root, "dist/index.html");
export const command = process.env.BELLJAR_COMMAND ?? path.join(root, "target/release/belljar");

/** Starts a browser with a fresh profile. */
export async function launch(browser, program) {
  const chrome = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-component-update", "--disable-sync", "--disable-quic"];
  return puppeteer.launch({
    browser,
    executablePath: program,
    headless: true,
    protocolTimeout: 600_000,
    args: browser === "chrome" ? chrome : [],
    extraPrefsFirefox: {
      "app.update.enabled": false,
      "network.captive-portal-service.enabled": false,
      "network.connectivity-service.enabled": false,
      "services.settings.server": "data:,",
      "browser.safebrowsing.malware.enabled": false,
      "browser.safebrowsing.phishing.enabled": false,
    },
  });
}

/** Serves the built page on loopback. */
export function serve() {
  const server = http.createServer((request, response) => {
    const found = request.url === "/";
    response.writeHead(found ? 200 : 404, { "Content-Type": "text/html; charset=utf-8" });
    response.end(found ? fs.readFileSync(built) : "");
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

/** Opens the page, after `before` ran in it; every violation of its policy, error and foreign request is kept in `page.trouble`. */
export async function open(browser, url, before) {
  const page = await browser.newPage();
  page.trouble = [];
  page.on("pageerror", (error) => page.trouble.push(`error: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && page.trouble.push(`console: ${message.text()}`));
  page.on("request", (request) => {
    const own = request.url().split("#")[0] === url.split("#")[0] || /^(blob|data):/.test(request.url());
    if (!own) page.trouble.push(`request: ${request.url()}`);
  });
  await page.evaluateOnNewDocument(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.blockedURI || event.violatedDirective));
  });
  if (before) await page.evaluateOnNewDocument(before);
  await page.goto(url, { waitUntil: "load" });
  await ready(page);
  return page;
}

/** Waits until the page that was loaded can be used. */
export async function ready(page) {
  await page.waitForFunction(() => document.querySelector("#example-case option"), { timeout: 60_000 });
}

/** Waits until the page is in one of the states. */
export async function state(page, wanted, timeout = 120_000) {
  await page.waitForFunction((wanted) => wanted.includes(document.getElementById("verdict").dataset.state), { timeout, polling: 50 }, wanted);
}

/** Gives files to the file input. */
export async function choose(page, files) {
  const input = await page.$("#evidence");
  await input.uploadFile(...files);
}

/** Does what starts a run, and waits for that run's answer. */
export async function next(page, act, timeout = 120_000) {
  const before = await page.$eval("#verdict", (place) => Number(place.dataset.run ?? 0));
  await act();
  const done = (before) => {
    const { run, state } = document.getElementById("verdict").dataset;
    return Number(run) > before && state === "done";
  };
  await page.waitForFunction(done, { timeout, polling: 50 }, before);
}

/** Gives files and waits for the answer to them. */
export function check(page, files, timeout) {
  return next(page, () => choose(page, files), timeout);
}

/** The page's answer. */
export function answer(page) {
  return page.evaluate(() => ({
    verdict: document.getElementById("verdict").dataset.verdict,
    title: document.getElementById("verdict-name").textContent,
    sentence: document.getElementById("verdict-sentence").textContent,
    files: [...document.querySelectorAll("#files tr")].map((row) => [...row.cells].map((cell) => cell.textContent)),
    unchecked: [...document.querySelectorAll("#unchecked tr")].map((row) => row.cells[1].textContent),
    findings: [...document.querySelectorAll(".finding h3")].map((heading) => heading.textContent.trim()),
    focus: document.activeElement.id,
    // What is seen, not what is marked: a style may show what is marked as hidden.
    example: document.getElementById("verdict-example").checkVisibility(),
  }));
}

/** The report as the page saves it, without the environment block. */
export async function report(page) {
  const text = await page.evaluate(async () => {
    const taken = new Promise((done) => {
      const original = URL.createObjectURL;
      URL.createObjectURL = (blob) => {
        URL.createObjectURL = original;
        blob.text().then(done);
        return original.call(URL, blob);
      };
    });
    HTMLAnchorElement.prototype.click = () => {};
    document.getElementById("save-json").click();
    const text = await taken;
    delete HTMLAnchorElement.prototype.click;
    return text;
  });
  return withoutEnvironment(text);
}

/** Cuts the one block that may differ between two reports of the same evidence. */
export function withoutEnvironment(text) {
  return text.replace(/"environment": \{[^}]*\}/, '"environment": {}');
}

/** A fresh folder that goes away with the process. */
export function folder() {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), "belljar-"));
  process.on("exit", () => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A real drop of files and folders, as the DevTools protocol makes it (Chromium only). */
export async function drop(page, paths) {
  const client = await page.createCDPSession();
  await page.evaluate(() => document.getElementById("drop").scrollIntoView({ block: "center" }));
  const box = await (await page.$("#drop")).boundingBox();
  const place = { x: box.x + box.width / 2, y: box.y + 20 };
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) await client.send("Input.dispatchDragEvent", { type, ...place, data });
  await client.detach();
}

export const fileUrl = pathToFileURL(built).href;
