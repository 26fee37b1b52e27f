// What the package is where there is no browser, such as on a server that renders a page: importing it does nothing there.
const absent = (name) => class {
  constructor() { throw new Error(`${name}: a trainer runs in a browser, not here`); }
};
export const AutodidactTrainer = absent('AutodidactTrainer');
export const Trainer = absent('Trainer');
export class TrainerError extends Error {}
