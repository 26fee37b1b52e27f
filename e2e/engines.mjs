// The main path through the page in other engines than Chromium: make check-engines. It says per engine what ran, how it went and what differs.
//
//	node e2e/engines.mjs [--only firefox,webkit,chromium] [--shots FOLDER] [--rate]
import { parseArgs } from 'node:util';
import * as chromium from './engines/chromium.mjs';
import * as firefox from './engines/firefox.mjs';
import { lookout } from './engines/lookout.mjs';
import { mainPath } from './engines/mainpath.mjs';
import { rate } from './engines/rate.mjs';
import { shoot } from './engines/shots.mjs';
import { Tab } from './engines/tab.mjs';
import * as webkit from './engines/webkit.mjs';
import { serve } from './workbench.mjs';

const engines = { firefox, webkit, chromium };
const { values } = parseArgs({ options: { only: { type: 'string', default: 'firefox,webkit' }, shots: { type: 'string' }, rate: { type: 'boolean' } } });

/** Goes the main path in one engine; resolves with whether all of it went well. */
async function walk(engine, server) {
  const heard = await lookout(server.url), tab = new Tab(await engine.start());
  console.log(`\n${tab.name}`);
  const said = {};
  walked.push({ name: tab.name, said });
  try {
    for (const [what, step] of Object.entries(mainPath)) said[what] = await take(what, step, { tab, heard, url: heard.url });
  } finally {
    await tab.driver.close();
    heard.close();
  }
  return Object.values(said).every((s) => s !== undefined);
}

/** Takes one step; resolves with what it says, or with nothing if it failed. */
async function take(what, step, place) {
  const began = performance.now();
  try {
    const said = await step(place) ?? '', trouble = place.heard.trouble.splice(0);
    if (trouble.length) throw new Error(trouble.join('\n'));
    console.log(`  ok    ${what}${said ? `: ${said}` : ''} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
    return said;
  } catch (e) {
    console.log(`  FAIL  ${what}: ${e.message}\n${place.heard.trouble.splice(0).map((t) => `        ${t}\n`).join('')}`);
    return undefined;
  }
}

/** Says, of each step, in what the engines differ. */
function compare() {
  for (const what of Object.keys(mainPath)) {
    const all = walked.map((w) => [w.name, w.said[what]]);
    if (new Set(all.map(([, said]) => said)).size > 1) console.log(`\n${what}\n${all.map(([name, said]) => `  ${name}: ${said ?? 'failed'}`).join('\n')}`);
  }
}

const walked = []; // what each engine said of each step
const server = await serve();
let well = true, ran = 0;
try {
  for (const name of values.only.split(',')) {
    const engine = engines[name];
    if (!engine) throw new Error(`there is no engine ${name}: ${Object.keys(engines).join(', ')}`);
    if (!engine.program) { console.log(`\n${name} is not installed: not checked`); continue; }
    ran++;
    if (values.rate) console.log(`${name}: ${await rate(engine, server.url)}`);
    else if (values.shots) await shoot(engine, server.url, `${values.shots}/${name}`);
    else well = await walk(engine, server) && well;
  }
  if (walked.length > 1) compare();
} finally {
  server.stop();
}
if (ran === 0) console.error('No engine is installed: name Firefox by FIREFOX=/path, or install Debian’s firefox-esr or webkit2gtk-driver.');
process.exit(well && ran > 0 ? 0 : 1);
