// Imports a TypeScript module of ui/src in a test: Node reads no TypeScript, esbuild does.
import path from 'node:path';
import { build } from 'esbuild';

export async function bundled(name) {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, '../src', name)], bundle: true, write: false, format: 'esm', target: 'es2022', logLevel: 'error',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
