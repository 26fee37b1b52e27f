// Registers <autodidact-trainer>.
import { AutodidactTrainer } from './element/element.ts';

if (!customElements.get('autodidact-trainer')) customElements.define('autodidact-trainer', AutodidactTrainer);

declare global {
  interface HTMLElementTagNameMap { 'autodidact-trainer': AutodidactTrainer }
}
