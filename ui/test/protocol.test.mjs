// ui/src/trainer/protocol.ts and worker/protocol are counterparts: both know every message of worker/protocol/testdata/protocol.json.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const golden = JSON.parse(readFileSync(path.join(root, 'worker/protocol/testdata/protocol.json'), 'utf8'));
const named = (to) => golden.filter((g) => g.to === to).map((g) => g.message);

/** What the compiler says of the messages written down as constants of their types. */
function compile(messages) {
  const folder = mkdtempSync(path.join(root, 'ui/test/.golden-'));
  try {
    const lines = [`import type { Commands, Events } from '../../src/trainer/protocol.ts';`];
    for (const [types, some] of Object.entries(messages)) {
      // Fields of a literal that its type does not know are errors, and so are required ones it lacks.
      some.forEach(({ type, id, ...body }, i) => lines.push(`export const ${types}${i}: ${types}[${JSON.stringify(type)}] = ${JSON.stringify(body)};`));
      // Every message has an example, and every example a message.
      lines.push(`export const all${types}: Record<keyof ${types}, true> = ${JSON.stringify(Object.fromEntries(some.map((m) => [m.type, true])))};`);
    }
    writeFileSync(path.join(folder, 'golden.ts'), lines.join('\n'));
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['golden.ts'] }));
    const { stdout } = spawnSync(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'], { encoding: 'utf8' });
    return stdout.split('\n').filter((l) => l.includes('error')).map((l) => l.replace(/^.*?: error/, 'error'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('every message of the golden file is known, field by field', () => {
  assert.deepEqual(compile({ Commands: named('trainer'), Events: named('page') }), []);
});

test('a renamed field, a missing field and an unknown message would be noticed', () => {
  const spoil = (type, how) => named('page').map((m) => (m.type === type ? how({ ...m }) : m));
  for (const [type, how] of [
    ['progress', ({ itemsPerSecond, ...rest }) => ({ ...rest, itemsPerSec: itemsPerSecond })],
    ['done', ({ loss, ...rest }) => rest],
    ['saved', (m) => ({ ...m, type: 'stored' })],
  ]) assert.notDeepEqual(compile({ Events: spoil(type, how) }), [], type);
});

test('each command has the answer that commands.go promises', async () => {
  const { answers } = await bundled('trainer/protocol.ts');
  const go = readFileSync(path.join(root, 'worker/protocol/commands.go'), 'utf8');
  const event = (name) => (name === 'OK' ? 'ok' : name.charAt(0).toLowerCase() + name.slice(1));
  let checked = 0;
  // A command's comment ends in its answer: "… adds them to the data: Added." or "answered by Done".
  for (const [, comment, type] of go.matchAll(/((?:^\t\/\/.*\n)+)^\t([A-Z]\w*) +struct/gm)) {
    const command = type.charAt(0).toLowerCase() + type.slice(1);
    const promised = comment.replace(/\n\t\/\//g, '').match(/(?::| answered by) (OK|[A-Z][a-z]+ed|Done|Pixels|Embedding)\b/)?.[1];
    if (!(command in answers) || !promised) continue;
    assert.equal(answers[command], event(promised), command);
    checked++;
  }
  assert.ok(checked >= 15, `${checked} comments were understood`);
  assert.deepEqual(Object.keys(answers).sort(), [...new Set(named('trainer').map((m) => m.type))].sort());
});
