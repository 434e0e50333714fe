// The body of a request, whole, within its limit and that of all that are being read or answered.

import type { Exchange } from '@cairn/service';
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

/** What is read of a request. */
export type BodySource = {
  readonly head: Pick<Exchange['head'], 'framing'>;
  readonly body: Pick<Exchange['body'], 'read'>;
};

/**
 * Calls `use` with the body, whose memory is taken until it settles. Throws QueueError RequestEntityTooLarge as soon as it
 * is known, and ServiceUnavailable; HttpProblem when it breaks off.
 */
export async function withBody<T>(
  { head: { framing }, body }: BodySource,
  memory: BodyMemory,
  use: (body: Buffer) => Promise<T>,
): Promise<T> {
  if (framing !== 'chunked' && framing > sqsRequestBytesMax) throw tooLarge();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const next = body.read();
      // What is there already is not waited for: most bodies come with their head.
      const piece = next instanceof Promise ? await next : next;
      if (piece === undefined) break;
      if (bytes + piece.length > sqsRequestBytesMax) throw tooLarge();
      memory.take(piece.length);
      bytes += piece.length;
      pieces.push(piece);
    }
    return await use(joined(pieces, bytes));
  } finally {
    memory.give(bytes);
  }
}

function joined(pieces: readonly Uint8Array[], bytes: number): Buffer {
  const [first] = pieces;
  if (first === undefined || pieces.length > 1) return Buffer.concat(pieces, bytes);
  return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
}

function tooLarge(): QueueError {
  return new QueueError('RequestEntityTooLarge', `A request has at most ${sqsRequestBytesMax} bytes.`);
}
