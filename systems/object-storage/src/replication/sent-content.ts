// Content as a body of the AWS SDK. The SDK wraps a stream into one of its own, to which nobody listens once its request
// ended: if that failed, the process would end. So the stream never fails: what goes wrong with the content aborts the request.

import { Readable as Stream } from 'node:stream';
import type { Readable } from '../core/object-content.ts';

/** Held in memory, so that the client can send it again; a stream keeps as much in front of the socket. */
const heldBytesMax = 1024 * 1024;

export type SentBody = {
  readonly input: { readonly Body: Uint8Array | Stream; readonly ContentLength?: number };
  /** Of a stream that says its checksum before it comes: its signature would need a second look at it. */
  readonly unsigned: Readonly<Record<string, string>>;
  /** To be given to the request. */
  readonly abortSignal: AbortSignal;
};

/** Sends content of a known size. Rejects with what is wrong with the content, or with the request. */
export async function sendContent<Answer>(
  content: Readable,
  {
    sizeBytes,
    signal,
    send,
  }: { sizeBytes: number; signal: AbortSignal; send: (body: SentBody) => Promise<Answer> },
): Promise<Answer> {
  if (sizeBytes <= heldBytesMax)
    return send({ input: { Body: await whole(content) }, unsigned: {}, abortSignal: signal });
  const failing = new AbortController();
  const stream = Stream.from(untilFailed(content, failing), {
    objectMode: false,
    highWaterMark: heldBytesMax,
  });
  try {
    return await send({
      input: { Body: stream, ContentLength: sizeBytes },
      unsigned: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      abortSignal: AbortSignal.any([signal, failing.signal]),
    });
  } catch (error) {
    throw failing.signal.aborted ? failing.signal.reason : error;
  } finally {
    stream.destroy();
  }
}

/** Stops instead of failing. */
async function* untilFailed(content: Readable, failing: AbortController): AsyncIterable<Uint8Array> {
  try {
    yield* gathered(content);
  } catch (error) {
    failing.abort(error);
    await new Promise(() => {});
  }
}

async function whole(content: Readable): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of copied(content)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The client refuses smaller ones, but for the last, where each is to be a chunk of the transfer coding. */
const chunkBytesMin = 65_536;

/** Parts that were appended may be of few bytes each. */
async function* gathered(content: Readable): AsyncIterable<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of copied(content)) {
    held.push(chunk);
    heldBytes += chunk.byteLength;
    if (heldBytes < chunkBytesMin) continue;
    yield held.length === 1 ? chunk : Buffer.concat(held, heldBytes);
    held = [];
    heldBytes = 0;
  }
  if (heldBytes > 0) yield Buffer.concat(held, heldBytes);
}

/** Chunks that stay as they are: the reader uses its buffers again. */
async function* copied(content: Readable): AsyncIterable<Uint8Array> {
  for await (const chunk of content.chunks()) yield Uint8Array.from(chunk);
}
