// LitElement, as far as the package shows of it: its types then stand without Lit's.
import { LitElement } from 'lit';

export interface Base extends HTMLElement {
  /** Resolves when what has changed is drawn. */
  readonly updateComplete: Promise<boolean>;
  requestUpdate(): void;
  connectedCallback(): void;
  disconnectedCallback(): void;
}

export const Base: { new (): Base; readonly observedAttributes: string[] } = LitElement;
