// What the badge says, of what was observed and of policies.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const root = path.join(import.meta.dirname, '../..');
const { closed } = await bundled('page/policy.ts');
const { Observed } = await bundled('page/observed.ts');
const { clean, grounds, headline, offlineLabel, offlineText } = await bundled('page/badge.ts');

const own = 'https://here.example', html = readFileSync(path.join(root, 'ui/public/index.html'), 'utf8');
const inPage = html.match(/<meta http-equiv="Content-Security-Policy" content="([^"]*)">/)[1];

test('the policy in the page is the server’s, but for what a page cannot say of itself', () => {
  const go = readFileSync(path.join(root, 'server/headers.go'), 'utf8').match(/var policy = [^{]*\{([^}]*)\}/)[1];
  const directives = [...go.matchAll(/"([^"]+)",\n/g)].map((m) => m[1]);
  assert.ok(directives.length > 8);
  assert.equal(inPage, directives.filter((d) => !d.startsWith('frame-ancestors')).join('; '));
  assert.ok(html.indexOf('Content-Security-Policy') < html.indexOf('<link'), 'it stands before all that it is about');
});

test('a policy is closed if no directive lets the page speak with another origin', () => {
  assert.ok(closed(inPage));
  assert.ok(closed(`connect-src *, ${inPage}`), 'of several, all are enforced');
  for (const open of ['', "default-src 'none'", "default-src 'self'; connect-src *; form-action 'none'", inPage.replace("connect-src 'self'", "connect-src 'self' https://there.example"),
    inPage.replace("form-action 'none'; ", ''), inPage.replace("default-src 'none'; ", ''), `${inPage}; report-uri https://there.example/`, inPage.replace("img-src 'self'", 'img-src https:')]) {
    assert.ok(!closed(open), open);
  }
});

/** What is known after some of it happened. */
function after(happened, more = {}) {
  const observed = new Observed(own, () => {});
  happened(observed);
  return { host: 'here.example', observed, counted: true, kept: { state: 'kept', missing: [] }, ...more };
}
const said = (known) => [headline(known), ...grounds(known)].join('\n');

test('as long as nothing left, the badge says 0 bytes and what that is known by', () => {
  const known = after((o) => { o.asked(`${own}/a.js`); o.asked('blob:https://here.example/1'); o.asked('chrome-extension://x/y.js'); }, { policies: { page: true, trainer: true } });
  assert.ok(clean(known));
  assert.equal(headline(known), '0 bytes sent');
  assert.match(said(known), /lets this page send requests to here\.example only: its Content-Security-Policy forbids all others\./);
  assert.match(said(known), /asked here\.example for 2 files, and no other site for anything\./);
  assert.match(said(known), /no data: 0 bytes, counted by/);
});

test('a request elsewhere, one with a body, and one that was refused are said', () => {
  const elsewhere = after((o) => { o.asked('https://there.example/x'); });
  assert.ok(!clean(elsewhere));
  assert.equal(headline(elsewhere), 'Contact with there.example');
  assert.match(said(elsewhere), /also asked there\.example\./);
  const trainer = after((o) => { o.left({ type: 'outgoing', origin: 'https://there.example', bytes: 0 }); });
  assert.equal(headline(trainer), 'Contact with there.example');
  const body = after((o) => { o.left({ type: 'outgoing', origin: own, bytes: 1200 }); });
  assert.ok(!clean(body));
  assert.equal(headline(body), '1,200 bytes sent');
  const refused = after((o) => { o.refused('https://there.example/x'); o.asked('https://there.example/x'); o.refused('inline'); });
  assert.ok(clean(refused));
  assert.match(said(refused), /kept it from asking there\.example\./);
});

test('without a policy, or a count, the badge claims neither', () => {
  const none = said(after(() => {}, { policies: { page: false, trainer: false }, counted: false }));
  assert.match(none, /sent no Content-Security-Policy/);
  assert.doesNotMatch(none, /lets this page send|no data: 0 bytes/);
  assert.match(said(after(() => {}, { policies: { page: true, trainer: false } })), /For the trainer the server sent no such rule/);
});

test('what is kept for offline use is said, and what is not', () => {
  const say = (kept) => { const known = after(() => {}, { kept }); return `${offlineLabel(known)}: ${offlineText(known)}`; };
  assert.match(say({ state: 'saving', missing: [] }), /^Saving for offline use…/);
  assert.match(say({ state: 'kept', missing: [] }), /^Works offline: The program and the samples are saved/);
  assert.match(say({ state: 'kept', missing: ['emoji'] }), /^Works offline, but for some samples: .* except the samples emoji/);
  assert.match(say({ state: 'not kept', missing: [], why: 'no room' }), /^Needs the network: .*not saved in this browser: no room/);
});
