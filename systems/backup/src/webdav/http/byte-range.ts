// `Range` of a GET (RFC 9110, 14.2): one range of bytes. Several are answered with everything, as the RFC lets a server.

export type ByteRange = { readonly start: number; readonly length: number };

/**
 * `whole` when there is none, it is not understood, or there are several; `unsatisfiable` when it begins behind the end.
 *
 *   parseByteRange('bytes=-500', 2000); // { start: 1500, length: 500 }
 */
export function parseByteRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  const [, first, last] = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole';
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, length };
  }
  const start = Number(first);
  const end = last === '' ? Number.POSITIVE_INFINITY : Number(last);
  if (end < start) return 'whole';
  if (start >= sizeBytes) return 'unsatisfiable';
  return { start, length: Math.min(end + 1, sizeBytes) - start };
}
