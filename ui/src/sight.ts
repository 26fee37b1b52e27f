// Starts what a panel needs when a person gets to see it, not before.
export class Sight {
  #wishes = new Map<string, () => void>();
  #hosts = new Map<string, Element>();
  #attach = new Map<string, (host?: Element) => void>();
  #seen = new Set<Element>();
  #observer = new IntersectionObserver((entries) => {
    for (const e of entries) {
      if (e.isIntersecting) this.#seen.add(e.target);
      else this.#seen.delete(e.target);
    }
    for (const panel of [...this.#wishes.keys()]) this.#look(panel);
  }, { rootMargin: '80px' });

  /** For lit's ref: where a panel is drawn. */
  at(panel: string): (host?: Element) => void {
    const known = this.#attach.get(panel);
    if (known) return known;
    const attach = (host?: Element): void => {
      const was = this.#hosts.get(panel);
      if (was === host) return;
      if (was) { this.#observer.unobserve(was); this.#seen.delete(was); this.#hosts.delete(panel); }
      if (host) { this.#hosts.set(panel, host); this.#observer.observe(host); }
    };
    this.#attach.set(panel, attach);
    return attach;
  }

  /** Does something once a panel is in sight; a later wish for the same panel takes its place. */
  when(panel: string, act: () => void): void {
    this.#wishes.set(panel, act);
    this.#look(panel);
  }

  /** Forgets all that waits to be seen. */
  forget(): void { this.#wishes.clear(); }

  #look(panel: string): void {
    const host = this.#hosts.get(panel), act = this.#wishes.get(panel);
    if (!host || !act || !this.#seen.has(host)) return;
    this.#wishes.delete(panel);
    act();
  }
}
