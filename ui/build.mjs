// Builds the page and the element into one folder that any file server can hand out:
//
//	node ui/build.mjs --out server/bundle --wasm build/autodidact.wasm --wasm-exec $GOROOT/lib/wasm/wasm_exec.js --sample build/samples/emoji.zip
//
//	index.html                 the workbench
//	manifest.webmanifest       what it is called, and its icons, once it is installed
//	sw.js                      keeps all of this in the browser; it has a list of it
//	assets/NAME-HASH.EXT       what never changes under its name
//	autodidact/define.js       registers the element; this folder is all that another page needs
//	autodidact/index.js        the classes, without side effects
//	autodidact/element-HASH.js what the two share
//	autodidact/worker.js       the toolchain's wasm_exec.js and ui/src/worker/worker.ts, the kernels inside
//	autodidact/clips.js        reads films, loaded by the worker when it is given one
//	autodidact/autodidact.wasm the trainer
//	autodidact/single.html     what a page is made of that has a model inside it: the rest is added by an export
//	autodidact/licenses.txt    of what all of this contains
//	autodidact/samples/        the sample sets that --sample names, and index.json, a list of them
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { licenses } from './licenses.mjs';

const here = import.meta.dirname;
const src = (name) => path.join(here, 'src', name);

const shared = {
  bundle: true, minify: true, target: ['es2022'], charset: 'utf8', legalComments: 'none', logLevel: 'warning',
  loader: { '.css': 'text', '.wasm': 'binary' }, metafile: true,
};

/** Writes the scripts of the element into out. Gives what they are made of. */
async function scripts(out) {
  return inputs(await build({
    ...shared, format: 'esm', splitting: true, outdir: out,
    entryPoints: { 'autodidact/define': src('define.ts'), 'autodidact/index': src('index.ts') },
    chunkNames: 'autodidact/element-[hash]',
    plugins: [tight, english],
  }));
}

const inputs = ({ metafile }) => Object.keys(metafile.inputs).filter((i) => !i.startsWith('(disabled)'));

/** Takes the white space out of the element's style, which travels as text. */
const tight = {
  name: 'tight',
  setup(b) {
    b.onLoad({ filter: /element\/styles\.css$/ }, async ({ path }) => {
      const { outputFiles } = await build({ entryPoints: [path], minify: true, write: false, logLevel: 'warning', target: ['chrome120', 'firefox121', 'safari17.2'] });
      return { contents: outputFiles[0].text, loader: 'text' };
    });
  },
};

/** Has uPlot write numbers as the page does, in English: in the language of a browser that calls it C, as WebKit may, all would fail. */
const english = {
  name: 'english',
  setup(b) {
    const said = "domEnv ? nav.language : 'en-US'";
    b.onLoad({ filter: /uPlot\.esm\.js$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8');
      return contents.includes(said) ? { contents: contents.replace(said, "'en'") } : { errors: [{ text: `uPlot no longer says ${said}` }] };
    });
  },
};

/** Writes worker.js, a classic script, because wasm_exec.js is one; and the script it loads for films. */
async function worker(out, wasmExec) {
  const classic = await build({
    ...shared, format: 'iife', outfile: path.join(out, 'autodidact/worker.js'), entryPoints: [src('worker/worker.ts')],
    banner: { js: readFileSync(wasmExec, 'utf8') },
  });
  const films = await build({ ...shared, format: 'iife', globalName: 'autodidactClips', outfile: path.join(out, 'autodidact/clips.js'), entryPoints: [src('worker/clips.ts')] });
  return [...inputs(classic), ...inputs(films)];
}

const digest = (file, as) => createHash('sha256').update(readFileSync(file)).digest(as);

/** Writes index.html and the web app manifest, and what they name under names that carry a hash of their content. */
async function page(out) {
  await build({ ...shared, format: 'esm', outdir: path.join(out, 'assets'), entryPoints: [src('page/page.ts')], entryNames: '[name]-[hash]' });
  const script = readdirSync(path.join(out, 'assets')).find((n) => n.endsWith('.js'));
  const whole = ['index.html', 'manifest.webmanifest'], texts = whole.map((name) => readFileSync(path.join(here, 'public', name), 'utf8'));
  const put = (name, now) => { for (const i in texts) texts[i] = texts[i].replaceAll(`"${name}"`, `"${now}"`); };
  put('page.js', `assets/${script}`);
  for (const name of readdirSync(path.join(here, 'public')).filter((n) => !whole.includes(n))) {
    const from = path.join(here, 'public', name), { name: stem, ext } = path.parse(name);
    const now = `assets/${stem}-${digest(from, 'hex').slice(0, 10)}${ext}`;
    copyFileSync(from, path.join(out, now));
    put(name, now);
  }
  const chunk = readdirSync(path.join(out, 'autodidact')).find((n) => n.startsWith('element-'));
  texts[0] = texts[0].replace('<script', `<link rel="modulepreload" href="autodidact/${chunk}">\n<script`);
  whole.forEach((name, i) => writeFileSync(path.join(out, name), texts[i]));
}

/** Writes single.html: script and style are in it, and its policy knows no others. licenses are those of the program that is added to it. */
async function single(out, licenses) {
  const [script, style] = await Promise.all(['single.ts', 'single.css'].map((name) => build({
    ...shared, format: 'iife', entryPoints: [src(`single/${name}`)], write: false, outdir: out, charset: 'ascii', target: ['chrome120', 'firefox121', 'safari17.2'], loader: {}, define: { 'import.meta.url': '"about:blank"' }, // its files are in the page
  })));
  const text = ({ outputFiles: [{ text }] }) => text.trim().replaceAll('</script', '<\\/script');
  const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const parts = {
    '{{script-hash}}': hash(text(script)), '{{style-hash}}': hash(text(style)), '{{style}}': text(style), '{{script}}': text(script),
    '<!--licenses-->': `<script type="application/gzip;base64" id="file-licenses">${gzipSync(licenses(inputs(script)), { level: 9 }).toString('base64')}</script>`,
  };
  const html = readFileSync(src('single/single.html'), 'utf8').replaceAll(/{{(script|style)(-hash)?}}|<!--licenses-->/g, (name) => parts[name]);
  writeFileSync(path.join(out, 'autodidact/single.html'), html);
}

/** Copies the sample sets, and lists them. */
function samples(out, files) {
  const folder = path.join(out, 'autodidact/samples');
  mkdirSync(folder);
  for (const file of files) copyFileSync(file, path.join(folder, path.basename(file)));
  writeFileSync(path.join(folder, 'index.json'), `${JSON.stringify(files.map((f) => path.basename(f, '.zip')))}\n`);
}

/** Writes sw.js, which knows every other file: those of the program, and the sample sets. Comes last. */
async function serviceWorker(out) {
  const within = (folder) => readdirSync(path.join(out, folder), { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => path.relative(out, path.join(f.parentPath, f.name)).replaceAll(path.sep, '/'));
  const files = ['index.html', 'manifest.webmanifest', ...within('assets').sort(), ...within('autodidact').sort()]; // the licences, which no page asks for, come after
  const listed = (names) => JSON.stringify(names.map((name) => [name, digest(path.join(out, name), 'base64')]));
  const isSample = (name) => name.endsWith('.zip');
  const policy = readFileSync(path.join(out, 'index.html'), 'utf8').match(/<meta http-equiv="Content-Security-Policy" content="([^"]*)">/)[1];
  return inputs(await build({
    ...shared, format: 'iife', outfile: path.join(out, 'sw.js'), entryPoints: [src('page/sw.ts')],
    define: { PROGRAM: listed(files.filter((n) => !isSample(n))), SAMPLES: listed(files.filter(isSample)), POLICY: JSON.stringify(policy), 'process.env.NODE_ENV': '"production"' },
  }));
}

function need(what, file, how) {
  if (file && existsSync(file)) return file;
  console.error(`ui/build: ${what} ${file ? `${file} is not there` : 'is not named'}: ${how}`);
  process.exit(1);
}

const { values } = parseArgs({ options: { out: { type: 'string' }, wasm: { type: 'string' }, 'wasm-exec': { type: 'string' }, sample: { type: 'string', multiple: true, default: [] }, 'no-check': { type: 'boolean' } } });
const out = path.resolve(values.out ?? path.join(here, 'dist'));
const wasm = need('the trainer', values.wasm, 'build it with GOOS=js GOARCH=wasm go build -o FILE ./wasm, and name it with --wasm FILE');
const wasmExec = need('wasm_exec.js', values['wasm-exec'], 'name the toolchain’s with --wasm-exec $(go env GOROOT)/lib/wasm/wasm_exec.js');

if (!values['no-check']) {
  try {
    execFileSync('npx', ['tsc', '--noEmit', '-p', here], { stdio: 'inherit' });
  } catch { process.exit(1); } // tsc has said what is wrong
}
for (const folder of ['assets', 'autodidact']) {
  rmSync(path.join(out, folder), { recursive: true, force: true });
  mkdirSync(path.join(out, folder), { recursive: true });
}
const made = await Promise.all([scripts(out), worker(out, wasmExec)]);
await page(out);
copyFileSync(wasm, path.join(out, 'autodidact/autodidact.wasm'));
samples(out, values.sample);
await single(out, (more) => licenses([...made[1], ...more].map((i) => path.resolve(i))));
const kept = await serviceWorker(out);
writeFileSync(path.join(out, 'autodidact/licenses.txt'), licenses([...made.flat(), ...kept].map((i) => path.resolve(i))));
