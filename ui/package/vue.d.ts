// The element in the templates of Vue 3.
import type { DefineComponent } from 'vue';
import type { TrainerEvents } from './index.js';
import './define.js';

type Listeners = { [T in keyof TrainerEvents as `on${Capitalize<T>}`]?: (e: CustomEvent<TrainerEvents[T]>) => void };

export interface AutodidactTrainerProps extends Listeners {
  task?: string;
  encoder?: string;
  size?: number | string;
  batch?: number | string;
  epochs?: number | string;
  minutes?: number | string;
  steps?: number | string;
  seed?: number | string;
  controls?: string;
  baseUrl?: string;
  wasmUrl?: string;
  workerUrl?: string;
}

declare module 'vue' {
  interface GlobalComponents { 'autodidact-trainer': DefineComponent<AutodidactTrainerProps> }
}
