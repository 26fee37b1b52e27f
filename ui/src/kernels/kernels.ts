// Binds the kernels (cmd/kernels) to Go: they multiply matrices in Go's own memory.
import relaxed from './relaxed.wasm';
import simd from './simd.wasm';

/** What Go imports as "kernels": see core/kernel/cpu/module.go. */
export interface Kernels {
  imports: WebAssembly.ModuleImports;
  /** To be called before Go runs. */
  bind(go: WebAssembly.Instance): void;
}

/** The functions of both modules, as Go's imports name them. */
const names = [
  'rows6', 'rows4', 'columns6', 'columns4', 'transpose', 'pack', 'turnPatch', 'turnBack', 'turnBlame',
  'stackPatch', 'stackBack', 'stackBlame',
  'add', 'sub', 'mul', 'affine', 'axpy', 'relu', 'step', 'exp', 'gelu', 'geluSlope', 'geluErf', 'geluErfSlope',
  'softmax',
  'addRow', 'addRows', 'addSquares', 'addProducts', 'standardize', 'normGrad', 'layerNorm', 'layerNormGrad',
] as const;

export type Variant = 'none' | 'simd' | 'relaxed';

/** Go needs its imports before it has a memory, so they pass calls on to what is bound later. */
export function kernels(name: Variant = WebAssembly.validate(relaxed) ? 'relaxed' : 'simd'): Kernels {
  const bound: Record<string, (...args: number[]) => void> = {};
  const imports: WebAssembly.ModuleImports = { variant: () => ['none', 'simd', 'relaxed'].indexOf(name) };
  for (const f of names) imports[f] = (...args: number[]) => bound[f]!(...args);
  return {
    imports,
    bind(go) {
      const module = new WebAssembly.Module(name === 'relaxed' ? relaxed : simd);
      Object.assign(bound, new WebAssembly.Instance(module, { go: { mem: go.exports['mem']! } }).exports);
    },
  };
}
