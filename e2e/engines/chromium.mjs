// Chromium, through playwright as in the other tests: what the others are compared with.
import { chromium } from 'playwright-core';
import { chrome, flags } from '../chrome.mjs';

export const program = chrome();

export async function start() {
  const browser = await chromium.launch({ executablePath: program, args: flags, headless: true }), page = await browser.newPage();
  page.setDefaultTimeout(600_000);
  const handles = new Map();
  return {
    name: 'Chromium', version: browser.version(),
    go: (url) => page.goto(url),
    reload: () => page.reload(),
    /** As WebDriver does: the script's last argument takes its result, and an element is a reference. */
    async script(script, args) {
      const got = await page.evaluateHandle(([script, args]) => new Promise((ok) => new Function(script)(...args, ok)), [script, args]).catch((e) => { throw new Error(e.message); });
      const element = got.asElement();
      if (!element) return got.jsonValue();
      handles.set(String(handles.size), element);
      return { 'element-6066-11e4-a52e-4f735466cecf': String(handles.size - 1) };
    },
    click: (id) => handles.get(id).click(),
    type: (id, text) => handles.get(id).setInputFiles(text.split('\n')),
    shot: () => page.screenshot(),
    resize: (width, height) => page.setViewportSize({ width, height }),
    dark: (is) => page.emulateMedia({ colorScheme: is ? 'dark' : 'light' }),
    close: () => browser.close(),
  };
}
