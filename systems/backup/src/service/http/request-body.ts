// The body of a request, whole within a bound, or as a stream.

import type { IncomingMessage } from 'node:http';
import { BackupError } from '../../errors.ts';

/** Throws `BackupError` `invalid-argument` before more than the bound is kept. */
export async function readBytes(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > bytesMax) throw tooLarge(bytesMax);
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > bytesMax) throw tooLarge(bytesMax);
    pieces.push(piece);
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, length);
}

/** The pieces as they come. Throws `BackupError` `store` when it ends before it is whole: the client is gone. */
export async function* streamBytes(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  const cutOff = (cause?: unknown) =>
    new BackupError('store', { attempted: 'read a request', detail: 'it was cut off', cause });
  try {
    yield* request as AsyncIterable<Buffer>;
  } catch (cause) {
    throw cutOff(cause);
  }
  if (!request.complete) throw cutOff();
}

function tooLarge(bytesMax: number): BackupError {
  const detail = `the body is larger than ${bytesMax} bytes`;
  return new BackupError('invalid-argument', { attempted: 'read a request', detail });
}
