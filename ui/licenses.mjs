// The licences of what travels in the bundle: npm packages by what esbuild bundled, Go modules by what the trainer imports.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const license = (folder) => readdirSync(folder).filter((n) => /^(licen[cs]e|copying)(\.|$)/i.test(n)).map((n) => readFileSync(path.join(folder, n), 'utf8').trim()).join('\n\n');

/** The packages whose files are among the inputs of a build. */
function packages(inputs) {
  const folders = new Set(inputs.map((i) => i.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean));
  return [...folders].map((folder) => {
    const { name, version, license: id } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    return { name: `${name} ${version} (${id}), from npm`, text: license(folder) };
  });
}

/** The modules that the trainer is compiled of, and Go itself. */
function modules() {
  const env = { ...process.env, GOOS: 'js', GOARCH: 'wasm', GOFLAGS: '' };
  const go = (...words) => execFileSync('go', words, { env, encoding: 'utf8' }).trim();
  const lines = go('list', '-deps', '-tags', 'wasmkernel', '-f', '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}', './wasm').split('\n').filter(Boolean);
  const used = [...new Set(lines)].map((line) => line.split('\t')).map(([name, folder]) => ({ name: `${name}, a Go module`, text: license(folder) }));
  const root = go('env', 'GOROOT');
  return [{ name: `Go ${go('env', 'GOVERSION').slice(2)}: its standard library, runtime and wasm_exec.js`, text: license(existsSync(path.join(root, 'LICENSE')) ? root : path.dirname(root)) }, ...used];
}

/** The text of licenses.txt. Throws where a licence is not found. */
export function licenses(inputs) {
  const all = [...packages(inputs), ...modules()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const without = all.filter((l) => !l.text).map((l) => l.name);
  if (without.length) throw new Error(`no licence was found of ${without.join(', ')}`);
  return `Autodidact contains the following.\n\n${all.map((l) => `${'='.repeat(80)}\n${l.name}\n${'='.repeat(80)}\n\n${l.text}\n`).join('\n')}`;
}
