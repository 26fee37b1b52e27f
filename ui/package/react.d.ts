// The element in the JSX of React 19.
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { AutodidactTrainer, TrainerEvents } from './index.js';
import './define.js';

type Listeners = { [T in keyof TrainerEvents as `on${T}`]?: (e: CustomEvent<TrainerEvents[T]>) => void };

export interface AutodidactTrainerProps extends Omit<DetailedHTMLProps<HTMLAttributes<AutodidactTrainer>, AutodidactTrainer>, keyof Listeners>, Listeners {
  task?: string;
  encoder?: string;
  size?: number;
  batch?: number;
  epochs?: number;
  minutes?: number;
  steps?: number;
  seed?: number;
  controls?: string;
  'base-url'?: string;
  'wasm-url'?: string;
  'worker-url'?: string;
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements { 'autodidact-trainer': AutodidactTrainerProps }
  }
}
