// Runs models as ONNX and compares what comes out with what Autodidact computed: in Node and in a page alike.

const arrays = { float32: Float32Array, uint8: Uint8Array, int64: BigInt64Array };

/** A tensor of a case for ONNX Runtime; null is not a number. */
function tensor(ort, { type, dims, data }) {
  return new ort.Tensor(type, arrays[type].from(data, type === 'int64' ? BigInt : (v) => (v === null ? NaN : v)), dims);
}

/** What differs between a model's outputs and those expected of it, [] if nothing does: by 1e-4 of the largest number of an output, at least of 1. */
export async function differences(ort, name, model, runs) {
  const wrong = [];
  let session;
  try {
    session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
  } catch (e) {
    return [`${name}: ${e.message}`];
  }
  for (const [k, run] of runs.entries()) {
    const inputs = Object.fromEntries(Object.entries(run.inputs).map(([name, x]) => [name, tensor(ort, x)]));
    const outputs = await session.run(inputs);
    for (const [output, want] of Object.entries(run.outputs)) {
      const got = outputs[output];
      if (String(got.dims) !== String(want.dims)) {
        wrong.push(`${name}, run ${k}: ${output} is [${got.dims}] and should be [${want.dims}]`);
        continue;
      }
      let far = 0, large = 1;
      for (let i = 0; i < want.data.length; i++) {
        const off = Math.abs(got.data[i] - want.data[i]);
        far = off <= far ? far : off; // NaN is far
        large = Math.max(large, Math.abs(want.data[i]));
      }
      if (!(far <= 1e-4 * large)) wrong.push(`${name}, run ${k}: ${output} is off by ${far}, of numbers up to ${large}`);
    }
  }
  await session.release();
  return wrong;
}
