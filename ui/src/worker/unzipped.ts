// What lies in a page as base64 of gzip.

/** The bytes, as they are unpacked: reading them fails where they are damaged or cut short. */
export function unzipped(base64: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  const packed = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip')) as ReadableStream<Uint8Array<ArrayBuffer>>;
}
