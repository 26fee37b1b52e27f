// A new version of the page: it waits until every tab of the page has agreed or is closed, and only then takes over, in all of
// them at once. A tab that has not agreed holds a shared lock; one that gets the lock for itself saves, lets the new version in and reloads.
import type { Asked } from './messages.ts';

export type Stage =
  | 'none'
  | 'ready' // a new version waits
  | 'agreed' // here; other tabs have not
  | 'saving'
  | 'trouble' // what is to be saved could not be
  | 'elsewhere'; // the new version came in without this tab's consent, which browsers let nobody but a developer do

const hour = 3_600_000, patience = 10_000;

export class Updates {
  stage: Stage = 'none';
  trouble = '';

  #free?: () => void; // lets go of the lock
  #checked = Date.now();
  #controlled = navigator.serviceWorker.controller !== null;
  #channel = new BroadcastChannel('autodidact-update');
  #name: string;

  /** `save` is called before this page is reloaded, and throws where it must not be. */
  constructor(private registration: ServiceWorkerRegistration, private save: () => Promise<void>, private changed: () => void) {
    this.#name = `autodidact-page ${registration.scope}`;
    this.#hold();
    this.#watch();
    this.#look();
    this.#channel.onmessage = ({ data }) => { if (data === this.#name && this.stage === 'none') this.#look(); };
    navigator.serviceWorker.addEventListener('controllerchange', () => void this.#replaced());
  }

  #to(stage: Stage): void {
    this.stage = stage;
    this.changed();
  }

  /** Agrees to the new version. */
  update = async (): Promise<void> => {
    this.#to('agreed');
    this.#free?.();
    this.#channel.postMessage(this.#name); // others that put it off are asked again
    while (this.stage === 'agreed' && !await this.#alone(() => this.#takeOver())) await new Promise((next) => setTimeout(next, 300));
  };

  /** Puts the new version off. */
  dismiss = (): void => {
    this.#hold();
    this.#to('none');
  };

  reload = (): void => location.reload();

  /** Keeps a new version from coming in under this tab. */
  #hold(): void {
    this.#free?.();
    void navigator.locks.request(this.#name, { mode: 'shared' }, () => new Promise<void>((free) => { this.#free = free; }));
  }

  /** Does something if no other tab is against it; says whether. */
  #alone(act: () => Promise<void>): Promise<boolean> {
    return navigator.locks.request(this.#name, { ifAvailable: true }, async (lock) => {
      if (lock) await act();
      return lock !== null;
    });
  }

  async #takeOver(): Promise<void> {
    this.#to('saving');
    try {
      await this.save();
    } catch (e) {
      this.trouble = (e as Error).message;
      this.#hold();
      return this.#to('trouble');
    }
    this.registration.waiting?.postMessage({ type: 'update' } satisfies Asked);
    await new Promise((over) => setTimeout(over, patience)); // #replaced reloads before that
    this.reload();
  }

  /** Another version serves this page now. */
  async #replaced(): Promise<void> {
    if (!this.#controlled) this.#controlled = true; // the first version, which this page is of
    else if (this.stage === 'saving') this.reload();
    else if (this.stage === 'agreed') await this.save().then(this.reload, () => this.#to('elsewhere'));
    else this.#to('elsewhere');
  }

  #look(): void {
    if (this.registration.waiting && this.registration.active) this.#to('ready');
  }

  /** Looks for a new version every hour, and when the tab comes into view again. */
  #watch(): void {
    const { registration } = this;
    registration.addEventListener('updatefound', () => {
      const { installing } = registration;
      installing?.addEventListener('statechange', () => { if (installing.state === 'installed') this.#look(); });
    });
    const check = (): void => {
      if (document.hidden || Date.now() - this.#checked < hour) return;
      this.#checked = Date.now();
      void registration.update().catch(() => {}); // no network
    };
    setInterval(check, hour / 4);
    document.addEventListener('visibilitychange', check);
  }
}
