// The rooms of ui/src: imports run one way, and no file is too long.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const src = path.join(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true }).map((n) => n.replaceAll(path.sep, '/')).filter((n) => n.endsWith('.ts') && !n.endsWith('.d.ts'));
const read = (file) => readFileSync(path.join(src, file), 'utf8');

/** The files of ui/src that a file imports, types included. */
function importsOf(file) {
  const found = [...read(file).matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'(\.[^']*)'/gm)].map((m) => path.posix.join(path.posix.dirname(file), m[1]));
  return found.filter((f) => f.endsWith('.ts'));
}

const imports = new Map(files.map((f) => [f, importsOf(f)]));

/** A circle of a graph, as the names along it; undefined if there is none. */
function circle(graph) {
  const done = new Set();
  const walk = (at, trail) => {
    if (trail.includes(at)) return [...trail.slice(trail.indexOf(at)), at];
    if (done.has(at)) return undefined;
    for (const next of graph.get(at) ?? []) {
      const found = walk(next, [...trail, at]);
      if (found) return found;
    }
    done.add(at);
    return undefined;
  };
  for (const at of graph.keys()) {
    const found = walk(at, []);
    if (found) return found;
  }
  return undefined;
}

/** Rooms and what they import: the folders of ui/src, or those of ui/src/panels. */
function rooms(under = '') {
  const room = (f) => (f.startsWith(under) ? f.slice(under.length).split('/')[0] : undefined), graph = new Map();
  for (const [file, to] of imports) {
    const from = room(file);
    if (from === undefined) continue;
    graph.set(from, new Set([...graph.get(from) ?? [], ...to.map(room).filter((r) => r !== undefined && r !== from)]));
  }
  return graph;
}

test('every import leads to a file', () => {
  assert.ok(files.length > 60 && [...imports.values()].flat().length > 200, 'imports were found');
  for (const [file, to] of imports) for (const f of to) assert.ok(files.includes(f), `${file} imports ${f}`);
});

test('no file imports itself through others, and no room does', () => {
  assert.equal(circle(imports)?.join(' → '), undefined);
  assert.equal(circle(rooms())?.join(' → '), undefined);
  assert.equal(circle(rooms('panels/'))?.join(' → '), undefined);
  assert.deepEqual(circle(new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]])), ['b', 'c', 'b'], 'a circle would be found');
});

/** What each room may import. */
const allowed = {
  'define.ts': ['element'], 'index.ts': ['element', 'trainer'],
  element: ['workbench', 'trainer'], workbench: ['panels', 'trainer'], panels: ['trainer'], trainer: [],
  worker: ['trainer', 'kernels'], kernels: [], page: ['element'], single: ['panels', 'trainer', 'worker'],
};

test('panels know their host and the trainer, never the workbench; the trainer knows no page', () => {
  for (const [room, to] of rooms()) for (const r of to) assert.ok(allowed[room]?.includes(r), `${room} imports ${r}`);
});

test('no file is longer than 400 lines but the trainer', () => {
  const long = files.filter((f) => read(f).split('\n').length > 401);
  assert.deepEqual(long.filter((f) => f !== 'trainer/trainer.ts'), [], 'trainer/trainer.ts is one method for each thing a page may ask');
});
