// Reads a request's body as text within a bound, whether its length is announced or not.

import { ApiError } from '../api-error.ts';
import { apiBodyBytesMax } from '../limits.ts';

/** Fails with ApiError `too-large` before more than the bound is kept, `invalid-request` for what is not UTF-8. */
export async function readText(request: Request): Promise<string> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > apiBodyBytesMax) throw tooLarge();
  if (request.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > apiBodyBytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new ApiError('invalid-request', 'the body is not UTF-8', { cause });
  }
}

function tooLarge(): ApiError {
  return new ApiError('too-large', `the body is larger than ${apiBodyBytesMax} bytes`);
}
