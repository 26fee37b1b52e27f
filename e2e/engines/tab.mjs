// A tab of any browser, with what the tests need of it, over the few commands that its driver has.
import { until } from './process.mjs';

const elementKey = 'element-6066-11e4-a52e-4f735466cecf'; // WebDriver's name of a reference

export class Tab {
  constructor(driver) { this.driver = driver; }

  get name() { return `${this.driver.name} ${this.driver.version}`; }

  /** Runs a function in the page, and waits for what it promises. */
  async evaluate(f, arg) {
    const script = `const done = arguments[arguments.length - 1];
      (async () => (${f})(...arguments[0]))().then((value) => done(['ok', value]), (e) => done(['no', String(e), e && e.code]));`;
    const [how, value, code] = await this.driver.script(script, [[arg]]);
    if (how !== 'ok') throw Object.assign(new Error(value), { code });
    return value;
  }

  /** Waits until a function in the page gives something, and gives that. */
  until(f, arg, milliseconds = 120_000) { return until(() => this.evaluate(f, arg), milliseconds, `in the page, ${f}`); }

  /** Calls a method of the element. */
  call(method, ...args) {
    return this.evaluate(([method, args]) => document.querySelector('autodidact-trainer')[method](...args), [method, args]);
  }

  /** Opens the page and waits until its trainer can be asked; resolves with what it can do. */
  async open(url) {
    await this.driver.go(url);
    return this.ready();
  }

  async reload() {
    await this.driver.reload();
    return this.ready();
  }

  async ready() {
    await this.until(() => document.querySelector('autodidact-trainer')?.ready !== undefined);
    return this.evaluate(() => document.querySelector('autodidact-trainer').ready);
  }

  /** Presses a button of the element as a person does. */
  async press(text) {
    const id = await this.#element(([text]) => [...document.querySelector('autodidact-trainer').shadowRoot.querySelectorAll('button')]
      .find((b) => b.textContent.trim() === text && !b.disabled && b.checkVisibility()), [text]);
    await this.driver.click(id);
  }

  /** Gives files, by their paths on this machine, to the page's own input. */
  async choose(paths) {
    const id = await this.#element(() => document.querySelector('autodidact-trainer').shadowRoot.querySelector('input[type=file]:not([webkitdirectory]):not([disabled])'), []);
    await this.driver.type(id, paths.join('\n'));
  }

  async #element(find, arg) {
    const script = `arguments[arguments.length - 1]((${find})(arguments[0]) ?? null)`;
    return (await until(() => this.driver.script(script, [arg]), 30_000, `no element by ${find}`))[elementKey];
  }
}
