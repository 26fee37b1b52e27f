// Makes the npm package out of the built bundle, the same bytes each time:
//
//	node ui/package.mjs --bundle server/bundle --out build/package --tarball build/release
//
//	dist/                 the folder that a plain page needs: the bundle's autodidact/ without the sample sets
//	types/                declarations, made by the compiler
//	custom-elements.json  the element, described for editors
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const here = import.meta.dirname, root = path.dirname(here);
const { values } = parseArgs({ options: { bundle: { type: 'string' }, out: { type: 'string' }, tarball: { type: 'string' } } });
const out = path.resolve(values.out), at = (...names) => path.join(out, ...names);
const { name, version, description, license } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

function dist() {
  mkdirSync(at('dist/samples'), { recursive: true });
  const from = path.join(values.bundle, 'autodidact');
  for (const file of readdirSync(from).filter((n) => /\.(js|wasm|txt|html)$/.test(n))) copyFileSync(path.join(from, file), at('dist', file));
  writeFileSync(at('dist/samples/index.json'), '[]\n'); // sets that are put there go into this list
  copyFileSync(path.join(here, 'package/server.js'), at('dist/server.js'));
}

/** Declarations of what the entry points show, and no others. */
function types() {
  const all = at('all');
  execFileSync('npx', ['tsc', '-p', here, '--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--stripInternal', '--rootDir', path.join(here, 'src'), '--outDir', all], { stdio: 'inherit' });
  for (const file of ['react.d.ts', 'vue.d.ts']) copyFileSync(path.join(here, 'package', file), path.join(all, file));
  const wanted = ['index.d.ts', 'define.d.ts', 'react.d.ts', 'vue.d.ts'];
  for (const file of wanted) { // grows as it is gone through
    const text = readFileSync(path.join(all, file), 'utf8').replace(/((?:from|import) '\.[^']*)\.ts'/g, "$1.js'");
    mkdirSync(path.dirname(at('types', file)), { recursive: true });
    writeFileSync(at('types', file), text);
    for (const [, name] of text.matchAll(/(?:from|import) '(\.[^']*)\.js'/g)) {
      const next = path.join(path.dirname(file), `${name}.d.ts`);
      if (!wanted.includes(next)) wanted.push(next);
    }
  }
  rmSync(all, { recursive: true });
}

const entry = (types, file) => ({ types: `./types/${types}.d.ts`, browser: `./dist/${file}.js`, node: './dist/server.js', default: `./dist/${file}.js` });

const manifest = {
  name, version, description, license, type: 'module',
  keywords: ['self-supervised', 'machine-learning', 'representation-learning', 'webassembly', 'custom-element', 'offline'],
  exports: {
    '.': entry('index', 'index'),
    './define': entry('define', 'define'),
    './react': entry('react', 'define'),
    './vue': entry('vue', 'define'),
    './dist/*': './dist/*',
    './custom-elements.json': './custom-elements.json',
    './package.json': './package.json',
  },
  sideEffects: ['./dist/define.js', './dist/worker.js'],
  customElements: 'custom-elements.json',
  files: ['dist', 'types', 'custom-elements.json', 'CHANGELOG.md'],
};

rmSync(out, { recursive: true, force: true });
dist();
types();
writeFileSync(at('package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
copyFileSync(path.join(here, 'custom-elements.json'), at('custom-elements.json'));
copyFileSync(path.join(root, 'docs/embed.md'), at('README.md'));
copyFileSync(path.join(root, 'CHANGELOG.md'), at('CHANGELOG.md'));
copyFileSync(path.join(root, 'LICENSE'), at('LICENSE'));
mkdirSync(values.tarball, { recursive: true });
const [{ filename, unpackedSize, size, files }] = JSON.parse(execFileSync('npm', ['pack', out, '--json', '--ignore-scripts', '--pack-destination', path.resolve(values.tarball)], { encoding: 'utf8' }));
console.log(`${path.join(values.tarball, filename)}: ${files.length} files, ${size} bytes, ${unpackedSize} unpacked`);
