// The model as others read it: graphs, folders of other libraries.
import { html, nothing, type TemplateResult } from 'lit';
import type { Checkpoints } from '../checkpoints/checkpoints.ts';
import type { Host } from '../host.ts';

interface Layout { format: string; name: string; says: string; options?: Record<string, string> }

export function formats(b: Host & { checkpoints: Checkpoints }): TemplateResult | typeof nothing {
  if (!(b.done || b.loaded) || b.running) return nothing;
  return html`
    <details class="formats">
      <summary>Use it elsewhere: ONNX, PyTorch${b.texts ? ', Hugging Face' : ''}</summary>
      <ul>${layouts(b).map((l) => html`
        <li>
          <p class="soft small" id="format-${l.format}">${l.says}</p>
          <button ?disabled=${b.waiting !== ''} aria-describedby="format-${l.format}" @click=${() => b.checkpoints.download(undefined, l.format, l.options)}>Download for ${l.name}</button>
        </li>`)}</ul>
    </details>`;
}

function layouts(b: Host): Layout[] {
  return [
    { format: 'onnx', name: 'ONNX', ...(b.texts ? {} : { options: { preprocess: 'true' } }),
      says: `A graph with its weights, which ONNX Runtime runs in Python, C++, C#, Java and browsers. It gives the features of ${b.texts ? 'tokens' : 'samples as they are'}.` },
    { format: 'pytorch', name: 'PyTorch', says: 'A zip of a folder with the run and a script, continue.py, that goes on pretraining in PyTorch, on one GPU or on many machines. The result can be imported here again.' },
    ...(b.texts ? [{ format: 'huggingface', name: 'Hugging Face', says: 'A zip of a folder that the library transformers opens as an ordinary BERT.' }] : []),
  ];
}
