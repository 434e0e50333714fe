// The body of a request, whole, within its limit and that of all that are being read or answered.

import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { sqsRequestBytesMax } from '../limits.ts';
import { QueueError } from '../queues/queue-error.ts';

/** What the bodies of many requests may take together. */
export class BodyMemory {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Throws QueueError ServiceUnavailable: clients try again. */
  take(bytes: number): void {
    if (this.#bytes + bytes > this.#bytesMax)
      throw new QueueError('ServiceUnavailable', 'Too many requests are under way: try again.');
    this.#bytes += bytes;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/**
 * Calls `use` with the body, whose memory is taken until it settles. Throws QueueError RequestEntityTooLarge as soon as it
 * is known, and ServiceUnavailable.
 */
export async function withBody<T>(
  request: Readable & Pick<IncomingMessage, 'headers'>,
  memory: BodyMemory,
  use: (body: Buffer) => Promise<T>,
): Promise<T> {
  if (Number(request.headers['content-length'] ?? 0) > sqsRequestBytesMax) throw tooLarge();
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    await everyPiece(request, (piece) => {
      if (bytes + piece.length > sqsRequestBytesMax) throw tooLarge();
      memory.take(piece.length);
      bytes += piece.length;
      pieces.push(piece);
    });
    return await use(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, bytes));
  } finally {
    memory.give(bytes);
  }
}

/** By events: going over a request as an iterator costs a tenth of all that a short call costs. Rejects with what `take` throws. */
function everyPiece(request: Readable, take: (piece: Buffer) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  request.on('data', (piece: Buffer) => {
    try {
      take(piece);
    } catch (error) {
      reject(error);
      request.destroy();
    }
  });
  request.once('end', resolve);
  request.once('error', reject);
  return promise;
}

function tooLarge(): QueueError {
  return new QueueError('RequestEntityTooLarge', `A request has at most ${sqsRequestBytesMax} bytes.`);
}
