// The browser's copy of an answer.
// - A server that sends no Content-Security-Policy, as static hosts do: the copy gets the page's own. index.html carries it as a
//   tag; a worker obeys only what comes with its script.
// - A copy has no address of its own, so that a worker keeps the address it was asked for by, which says where its files are.

export function copyOf(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const packed of ['Content-Encoding', 'Content-Length']) headers.delete(packed); // the body is unpacked by now
  if (!headers.has('Content-Security-Policy')) headers.set('Content-Security-Policy', POLICY);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
