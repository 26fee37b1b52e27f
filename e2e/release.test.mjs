// The version is written in one place, package.json; what else names it agrees.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.dirname(import.meta.dirname);
const read = (name) => readFileSync(path.join(root, name), 'utf8');
const { version } = JSON.parse(read('package.json'));

test('the program, the lock file and the list of changes name the version of package.json', () => {
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.equal(JSON.parse(execFileSync(path.join(root, 'bin/autodidact'), ['version', '-json'])).version, version);
  assert.equal(JSON.parse(read('package-lock.json')).packages[''].version, version);
  assert.ok(read('CHANGELOG.md').split('\n').includes(`## ${version}`), 'CHANGELOG.md has no such heading');
});
