// Binds the kernels (cmd/kernels) to Go: they multiply matrices in Go's own memory.
import relaxed from './kernels/relaxed.wasm';
import simd from './kernels/simd.wasm';

/** What Go imports as "kernels": see core/kernel/cpu/module.go. */
export interface Kernels {
  imports: WebAssembly.ModuleImports;
  /** To be called before Go runs. */
  bind(go: WebAssembly.Instance): void;
}

type Tiles = (...args: number[]) => void;

export type Variant = 'none' | 'simd' | 'relaxed';

/** Go needs its imports before it has a memory, so they pass calls on to what is bound later. */
export function kernels(name: Variant = WebAssembly.validate(relaxed) ? 'relaxed' : 'simd'): Kernels {
  let rows: Tiles, packed: Tiles;
  return {
    imports: {
      variant: () => ['none', 'simd', 'relaxed'].indexOf(name),
      rows: (...args: number[]) => rows(...args),
      packed: (...args: number[]) => packed(...args),
    },
    bind(go) {
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(name === 'relaxed' ? relaxed : simd), { go: { mem: go.exports['mem']! } });
      rows = exports['rows'] as Tiles;
      packed = exports['packed'] as Tiles;
    },
  };
}
