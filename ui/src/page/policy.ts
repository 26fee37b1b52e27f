// Reads Content-Security-Policies: whether they let a page speak with its own origin only.

/** Whether a policy does. Of several, separated by commas, each is enforced: one that does is enough. */
export const closed = (policies: string): boolean => policies.split(',').some(closes);

function closes(policy: string): boolean {
  const directives = new Map(policy.split(';').map((d) => d.trim().toLowerCase().split(/\s+/)).map(([name, ...sources]) => [name ?? '', sources]));
  if (!directives.has('default-src') || !directives.has('form-action')) return false; // default-src says nothing of forms
  return [...directives].every(([name, sources]) => !name.startsWith('report-') && (!speaks(name) || sources.every(own)));
}

const speaks = (name: string): boolean => /-src(-elem|-attr)?$/.test(name) || name === 'form-action';

/** Whether a source is no other origin: 'self', 'none' and what else is quoted, or memory. */
const own = (source: string): boolean => /^'.*'$/.test(source) || source === 'blob:' || source === 'data:';

/** What keeps the page, and its trainer, from speaking with others. */
export interface Policies { page: boolean; trainer: boolean }

/** Reads both as the server, or the browser's copy, sends them. */
export async function policies(): Promise<Policies> {
  const meta = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content') ?? '';
  const [page, trainer] = await Promise.all([sent(location.href), sent(new URL('autodidact/worker.js', document.baseURI).href)]);
  return { page: closed(meta) || closed(page), trainer: closed(trainer) };
}

async function sent(url: string): Promise<string> {
  try {
    const response = await fetch(url);
    void response.body?.cancel();
    return response.headers.get('Content-Security-Policy') ?? '';
  } catch {
    return '';
  }
}
