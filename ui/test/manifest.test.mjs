// custom-elements.json and the tables of docs/embed.md are what the types and comments say, and those say all of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const ui = path.dirname(import.meta.dirname);
const read = (...names) => readFileSync(path.join(ui, ...names), 'utf8');
const manifest = JSON.parse(read('custom-elements.json')).modules[0].declarations[0];
const element = read('src/element/element.ts');

test('what is written of the element is what its types say', () => {
  execFileSync(process.execPath, [path.join(ui, 'manifest.mjs'), '--check'], { stdio: 'pipe' });
});

test('every attribute, method, event, part and custom property has a description', () => {
  const { attributes, members, events, cssParts, cssProperties } = manifest;
  assert.deepEqual([...attributes, ...members, ...events, ...cssParts, ...cssProperties].filter((m) => !m.description).map((m) => m.name), []);
});

test('the element has every method of the trainer but those that its own life takes the place of and those for a page with a model inside, and passes on every event', () => {
  const methods = [...read('src/trainer/trainer.ts').matchAll(/^  (?:async )?([a-z]\w*)\(.*\{/gm)].map((m) => m[1]).filter((n) => n !== 'constructor');
  assert.deepEqual(manifest.members.filter((m) => m.kind === 'method').map((m) => m.name).sort(), methods.filter((n) => !['restart', 'close', 'open', 'apply'].includes(n)).sort());
  const events = [...element.match(/const events.*= \[(.*)\];/)[1].matchAll(/'(\w+)'/g)].map((m) => m[1]);
  assert.deepEqual(manifest.events.map((e) => e.name).sort(), events.sort());
});

test('the parts and custom properties that are described are those of the workbench', () => {
  const sources = readdirSync(path.join(ui, 'src'), { recursive: true }).filter((n) => n.endsWith('.ts')).map((n) => read('src', n)).join('\n');
  const parts = new Set([...sources.matchAll(/ part="([\w-]+)"/g)].map((m) => m[1]));
  assert.deepEqual(manifest.cssParts.map((p) => p.name).sort(), [...parts].sort());
  const properties = new Set([...read('src/element/styles.css').matchAll(/--autodidact-\w+/g)].map((m) => m[0]));
  assert.deepEqual(manifest.cssProperties.map((p) => p.name).sort(), [...properties].sort());
});
