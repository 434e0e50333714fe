// Bounds what an S3 server may answer with. The SDK gathers every body but that of an object, and a server that is broken, or
// hostile, may send one that never ends.

import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';

/** Ten times the largest page that S3 has: a thousand keys of 1,024 characters, each of them encoded. */
export const answerBytesMax = 32 * 1024 * 1024;

type HttpAnswer = { readonly statusCode: number; body?: unknown };

/** Has a client fail where a body that it gathers is longer. */
export function withBoundedAnswers(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (step) => {
        const result = await next(step);
        const answer = result.response as HttpAnswer;
        const isObject = commandName === 'GetObjectCommand' && answer.statusCode < 300;
        if (!isObject && answer.body instanceof Readable) answer.body = Readable.from(bounded(answer.body));
        return result;
      },
    // The last step before the connection, so the first that sees the answer.
    { step: 'deserialize', priority: 'low', name: 'boundedAnswers' },
  );
}

async function* bounded(body: Readable): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    bytes += piece.byteLength;
    if (bytes > answerBytesMax)
      throw new Error(`The server's answer is longer than ${answerBytesMax} bytes.`);
    yield piece;
  }
}
