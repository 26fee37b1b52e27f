// A workbench for tests: the real server, a real browser, and guards that every test wants:
// no console error, no request to another origin.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { chrome, flags } from './chrome.mjs';

const root = path.dirname(import.meta.dirname);

/** Starts `autodidact serve` on a free port, with more flags if given; gives its URL and a way to stop it. */
export async function serve(...flags) {
  const child = spawn(path.join(root, 'bin/autodidact'), ['serve', '-addr', '127.0.0.1:0', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((found, lost) => {
    let said = '';
    child.stdout.on('data', (d) => {
      said += d;
      const m = said.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (m) found(m[0]);
    });
    child.on('exit', (code) => lost(new Error(`autodidact serve ended with ${code} and said ${said}`)));
  });
  return { url, stop: () => child.kill() };
}

/** A browser with a profile of its own, so that IndexedDB outlives a page and even a killed browser. */
export async function browse(profile) {
  const own = !profile;
  profile ??= await mkdtemp(path.join(tmpdir(), 'autodidact-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chrome(), args: flags, headless: true, viewport: { width: 1280, height: 900 },
  });
  return { context, profile, close: async () => { await context.close(); if (own) await rm(profile, { recursive: true, force: true }); } };
}

/**
 * Opens url and watches it. `trouble` fills with console errors, exceptions and requests
 * that leave the origin; a test ends by asserting that it is empty.
 */
export async function open(context, url) {
  const page = await context.newPage();
  const trouble = watch(page, url);
  await page.goto(url);
  await page.locator('autodidact-trainer').waitFor();
  await page.evaluate(() => document.querySelector('autodidact-trainer').ready);
  return { page, trouble };
}

function watch(page, url) {
  const origin = new URL(url).origin;
  const trouble = [];
  page.on('console', (m) => { if (m.type() === 'error') trouble.push(`console: ${m.text()}`); });
  page.on('pageerror', (e) => trouble.push(`exception: ${e.message}`));
  const check = (r) => {
    const u = new URL(r.url());
    if (!['data:', 'blob:'].includes(u.protocol) && u.origin !== origin) trouble.push(`request to ${r.url()}`);
  };
  page.on('request', check);
  page.context().on('request', (r) => { if (r.serviceWorker() && new URL(r.serviceWorker().url()).origin === origin) check(r); });
  return trouble;
}

/** Calls a method of the element in the page: call(page, 'configure', {...}). */
export function call(page, method, ...args) {
  return page.evaluate(([method, args]) => document.querySelector('autodidact-trainer')[method](...args), [method, args]);
}
