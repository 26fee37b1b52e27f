// Starts what a panel needs when it becomes visible, not before.
export class Visibility {
  #waiting = new Map<string, () => void>();
  #hosts = new Map<string, Element>();
  #attach = new Map<string, (host?: Element) => void>();
  #visible = new Set<Element>();
  #observer = new IntersectionObserver((entries) => {
    for (const e of entries) {
      if (e.isIntersecting) this.#visible.add(e.target);
      else this.#visible.delete(e.target);
    }
    for (const panel of [...this.#waiting.keys()]) this.#check(panel);
  }, { rootMargin: '80px' });

  /** For lit's ref: where a panel is drawn. */
  at(panel: string): (host?: Element) => void {
    const known = this.#attach.get(panel);
    if (known) return known;
    const attach = (host?: Element): void => {
      const was = this.#hosts.get(panel);
      if (was === host) return;
      if (was) { this.#observer.unobserve(was); this.#visible.delete(was); this.#hosts.delete(panel); }
      if (host) { this.#hosts.set(panel, host); this.#observer.observe(host); }
    };
    this.#attach.set(panel, attach);
    return attach;
  }

  /** Does something once a panel is visible; a later call for the same panel takes its place. */
  when(panel: string, act: () => void): void {
    this.#waiting.set(panel, act);
    this.#check(panel);
  }

  /** Forgets all that waits. */
  clear(): void { this.#waiting.clear(); }

  #check(panel: string): void {
    const host = this.#hosts.get(panel), act = this.#waiting.get(panel);
    if (!host || !act || !this.#visible.has(host)) return;
    this.#waiting.delete(panel);
    act();
  }
}
