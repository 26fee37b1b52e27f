// custom-elements.json says what the element has, and nothing else.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const ui = path.dirname(import.meta.dirname);
const read = (...names) => readFileSync(path.join(ui, ...names), 'utf8');
const manifest = JSON.parse(read('custom-elements.json')).modules[0].declarations[0];
const element = read('src/element/element.ts');

test('every public method and event of the element is in the manifest', () => {
  const methods = [...element.matchAll(/^  (?:async |override )*(\w+)\([^)]*\)?.*\{/gm)].map((m) => m[1])
    .filter((n) => !['connectedCallback', 'disconnectedCallback', 'constructor'].includes(n));
  assert.deepEqual(manifest.members.filter((m) => m.kind === 'method').map((m) => m.name).sort(), [...new Set(methods)].sort());
  const events = [...element.match(/const events.*= \[(.*)\];/)[1].matchAll(/'(\w+)'/g)].map((m) => m[1]);
  assert.deepEqual(manifest.events.map((e) => e.name).sort(), events.sort());
});

test('the parts and custom properties that the manifest names are those of the workbench', () => {
  const sources = readdirSync(path.join(ui, 'src'), { recursive: true }).filter((n) => n.endsWith('.ts')).map((n) => read('src', n)).join('\n');
  const parts = new Set([...sources.matchAll(/ part="([\w-]+)"/g)].map((m) => m[1]));
  assert.deepEqual(manifest.cssParts.map((p) => p.name).sort(), [...parts].sort());
  const properties = new Set([...read('src/element/styles.css').matchAll(/--autodidact-\w+/g)].map((m) => m[0]));
  assert.deepEqual(manifest.cssProperties.map((p) => p.name).sort(), [...properties].sort());
});
