// The body of a request, whole, within its limit.

import type { IncomingMessage } from 'node:http';
import { sqsRequestBytesMax } from '../limits.ts';
import { QueueError } from '../queues/queue-error.ts';

/** Throws QueueError RequestEntityTooLarge as soon as it is known. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > sqsRequestBytesMax) throw tooLarge();
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > sqsRequestBytesMax) throw tooLarge();
    pieces.push(piece);
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, bytes);
}

function tooLarge(): QueueError {
  return new QueueError('RequestEntityTooLarge', `A request has at most ${sqsRequestBytesMax} bytes.`);
}
