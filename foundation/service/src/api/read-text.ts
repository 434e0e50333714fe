// Reads a request's body as text within a bound, whether its length is announced or not.

import { ApiError } from '../api-error.ts';

/** Fails with ApiError `too-large` before more than the bound is kept, `invalid-request` for what is not UTF-8. */
export async function readText(request: Request, bytesMax: number): Promise<string> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > bytesMax) throw tooLarge(bytesMax);
  if (request.body === null) return '';
  // Copied, because a client may send chunks of one byte, and each would be an object of hundreds.
  let bytes = Buffer.alloc(firstBytes);
  let length = 0;
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    const end = length + chunk.byteLength;
    if (end > bytesMax) throw tooLarge(bytesMax);
    if (end > bytes.length) bytes = Buffer.concat([bytes], Math.max(2 * bytes.length, end));
    bytes.set(chunk, length);
    length = end;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
  } catch (cause) {
    throw new ApiError('invalid-request', 'the body is not UTF-8', { cause });
  }
}

const firstBytes = 4 * 1024;

function tooLarge(bytesMax: number): ApiError {
  return new ApiError('too-large', `the body is larger than ${bytesMax} bytes`);
}
