// The browser's copy of an answer. Where the server sends no Content-Security-Policy, as static hosts do, it gets the page's own:
// index.html carries that as a tag, and a worker obeys only what comes with its script.

export function copyOf(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const packed of ['Content-Encoding', 'Content-Length']) headers.delete(packed); // the body is unpacked by now
  if (!headers.has('Content-Security-Policy')) headers.set('Content-Security-Policy', POLICY);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
