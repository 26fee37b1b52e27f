// The npm package in each bundler and framework, installed from the registry: make check-package. Minutes.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { browse } from '../workbench.mjs';
import { examples, host, program, project, tool } from './consumer.mjs';
import { trains } from './trains.mjs';

const html = (body) => `<!doctype html><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">${body}`;
const element = '<autodidact-trainer task="simclr" controls="none"></autodidact-trainer>';
const compiler = (more) => JSON.stringify({ compilerOptions: { strict: true, noEmit: true, skipLibCheck: false, module: 'esnext', moduleResolution: 'bundler', target: 'es2022', lib: ['es2022', 'dom', 'dom.iterable'], types: [], ...more }, include: ['src'] });

let browser;
before(async () => { browser = await browse(); });
after(async () => { await browser?.close(); });

/** A test in a project of its own. */
function uses(name, needs, files, work) {
  test(name, { timeout: 600_000 }, async () => {
    const user = await project(files, needs);
    try { await work(user); } finally { user.remove(); }
  });
}

/** Trains in the page of a folder, and of a server that is a program. */
async function inFolder(folder) {
  const server = await host(folder);
  try { await trains(browser.context, `${server.url}/`); } finally { server.stop(); }
}
async function inProgram(user, ...words) {
  const server = await program(user.folder, ...words);
  try { await trains(browser.context, `${server.url}/`); } finally { server.stop(); }
}

uses('webpack', ['webpack@5', 'webpack-cli'], {
  'index.html': html(`<script type="module" src="main.js"></script>${element}`),
  'src/index.js': "import 'autodidact/define';",
  'webpack.config.js': "export default { mode: 'production', output: { path: process.cwd() + '/dist' }, performance: false };",
}, async (user) => {
  const said = await tool(user.folder, 'webpack');
  assert.doesNotMatch(said, /WARNING|ERROR/);
  cpSync(user.at('index.html'), user.at('dist/index.html'));
  await inFolder(user.at('dist'));
});

uses('esbuild', ['esbuild'], {
  'src/index.js': "import 'autodidact/define';",
  'dist/index.html': html('<script type="module" src="index.js"></script><autodidact-trainer base-url="autodidact" controls="none"></autodidact-trainer>'),
}, async (user) => {
  await tool(user.folder, 'esbuild', 'src/index.js', '--bundle', '--format=esm', '--outdir=dist', '--minify');
  cpSync(user.at('node_modules/autodidact/dist'), user.at('dist/autodidact'), { recursive: true });
  await inFolder(user.at('dist'));
});

uses('React 19 with Vite', ['react@19', 'react-dom@19', '@types/react@19', '@types/react-dom@19', 'vite@8.3.4', 'typescript@5.9'], {
  'index.html': html('<div id="root"></div><script type="module" src="/src/main.tsx"></script>'),
  'tsconfig.json': compiler({ jsx: 'react-jsx' }),
  'src/train.tsx': examples('tsx')[0],
  'src/main.tsx': `import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Train } from './train';

// @ts-expect-error: steps are a number
void <autodidact-trainer steps="three" />;
createRoot(document.getElementById('root')!).render(<StrictMode><Train /></StrictMode>);
`,
}, async (user) => {
  await tool(user.folder, 'tsc', '-p', '.');
  await tool(user.folder, 'vite', 'build', '--logLevel', 'warn');
  await inFolder(user.at('dist'));
  await inProgram(user, 'vite', '--host', '127.0.0.1', '--port', '0');
});

uses('Vue 3 with Vite', ['vue@3', 'vite@8.3.4', '@vitejs/plugin-vue', 'vue-tsc', 'typescript@5.9'], {
  'index.html': html('<div id="app"></div><script type="module" src="/src/main.ts"></script>'),
  'tsconfig.json': compiler({ jsx: 'preserve' }),
  'vite.config.js': "import vue from '@vitejs/plugin-vue';\nexport default { plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith('autodidact-') } } })] };",
  'src/main.ts': "import { createApp } from 'vue';\nimport App from './App.vue';\ncreateApp(App).mount('#app');\n",
  'src/App.vue': `<script setup lang="ts">
import 'autodidact/vue';
import { ref } from 'vue';
const loss = ref(0);
</script>
<template>
  <output>{{ loss }}</output>
  <autodidact-trainer task="simclr" :steps="3" controls="none" @progress="(e) => loss = e.detail.loss" />
</template>
`,
}, async (user) => {
  await tool(user.folder, 'vue-tsc', '-p', '.');
  await tool(user.folder, 'vite', 'build', '--logLevel', 'warn');
  await inFolder(user.at('dist'));
  await inProgram(user, 'vite', '--host', '127.0.0.1', '--port', '0');
});

uses('Next', ['next@16', 'react@19', 'react-dom@19', '@types/react@19', 'typescript@5.9', '@types/node'], {
  'app/layout.tsx': "export default function Layout({ children }: { children: React.ReactNode }) { return <html lang=\"en\"><head><link rel=\"icon\" href=\"data:,\" /></head><body>{children}</body></html>; }",
  'app/page.tsx': "import Train from './train';\nexport default function Page() { return <main><h1>A page</h1><Train /></main>; }",
  'app/train.tsx': "'use client';\nimport 'autodidact/react';\nexport default function Train() { return <autodidact-trainer task=\"simclr\" controls=\"none\" onprogress={(e) => console.log(e.detail.loss)} />; }",
}, async (user) => {
  await tool(user.folder, 'next', 'build');
  await inProgram(user, 'next', 'start', '--hostname', '127.0.0.1', '--port', '3917');
});
