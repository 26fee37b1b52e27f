// The package without side effects: importing it registers nothing.
export { AutodidactTrainer } from './element.ts';
export { Trainer, type Pixels, type Shown, type Told } from './trainer.ts';
export { TrainerError, type Places } from './link.ts';
export type { Found, Given } from './files.ts';
export type * from './protocol.ts';
