// The package without side effects: importing it registers nothing.
export { AutodidactTrainer } from './element/element.ts';
export { Trainer } from './trainer/trainer.ts';
export { TrainerError } from './trainer/link.ts';
export type { Places, PlacesGiven } from './trainer/places.ts';
export type { Example, Example as Shown, Labelled, Pixels, Plotted, TrainerEvents, TrainerEvents as Told, Watched } from './trainer/events.ts';
export type { FilesInput, FilesInput as Given, Found } from './trainer/files.ts';
export type { ChannelForecast as Foretold, HandoverState as Handed, ReadOptions as As } from './trainer/protocol.ts'; // by their earlier names
export type * from './trainer/protocol.ts';
