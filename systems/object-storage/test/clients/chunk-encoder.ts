// Writes aws-chunked bodies, for tests: an encoder that shares nothing with the decoder but the specification.

import { createHash, createHmac } from 'node:crypto';
import type { ChunkSignatureSeed } from '../../src/s3/signature/chunk-signatures.ts';

export type EncodeOptions = {
  readonly seed?: ChunkSignatureSeed | undefined;
  /** `name:value` each. */
  readonly trailer?: readonly string[] | undefined;
};

/** The body that carries these chunks; the empty one that ends it is added. */
export function encodeChunks(chunks: readonly Uint8Array[], { seed, trailer }: EncodeOptions): Buffer {
  const parts: (string | Uint8Array)[] = [];
  let previous = seed?.signature ?? '';
  const sign = (kind: string, lines: readonly string[]): string => {
    if (seed === undefined) return '';
    const text = [`AWS4-HMAC-SHA256-${kind}`, seed.date, seed.scope, previous, ...lines].join('\n');
    previous = createHmac('sha256', seed.key).update(text).digest('hex');
    return previous;
  };
  for (const chunk of [...chunks, Buffer.alloc(0)]) {
    const signature = sign('PAYLOAD', [sha256(''), sha256(chunk)]);
    const extension = seed === undefined ? '' : `;chunk-signature=${signature}`;
    parts.push(`${chunk.length.toString(16)}${extension}\r\n`, chunk);
    if (chunk.length > 0) parts.push('\r\n');
  }
  for (const line of trailer ?? []) parts.push(`${line}\r\n`);
  if (trailer !== undefined && seed !== undefined) {
    const canonical = trailer.map((line) => `${line}\n`).join('');
    parts.push(`x-amz-trailer-signature:${sign('TRAILER', [sha256(canonical)])}\r\n`);
  }
  parts.push('\r\n');
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
