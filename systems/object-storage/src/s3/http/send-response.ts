// Writes an answer to the socket. Content goes out as fast as the client takes it: the next chunk is asked for when the
// last one is out, because its buffer is used again.

import type { ServerResponse } from 'node:http';
import type { Readable } from '../../core/object-content.ts';
import type { ResponseBody, S3Response } from '../handlers/handler.ts';
import type { TurnBudget } from './turn-budget.ts';

/** The client went away before it had everything. */
export class ClientGone extends Error {}

/**
 * Writes head and body, and gives the bytes of the body. What is there at once is written together with the end of the
 * response, unless that is to be left open. Throws ClientGone, and whatever reading the content throws.
 */
export async function sendResponse(
  response: ServerResponse,
  answer: S3Response,
  { leaveOpen, turns }: { leaveOpen: boolean; turns: TurnBudget },
): Promise<number> {
  const { status, headers, body } = answer;
  try {
    if (response.destroyed) throw new ClientGone();
    response.writeHead(status, { ...headers, ...lengthHeaders(body, status) });
    if (body?.kind === 'content' && body.content.whole === undefined) {
      return await sendContent(response, { content: body.content, turns });
    }
    return sendAtOnce(response, { bytes: bytesOf(body), leaveOpen });
  } finally {
    if (body?.kind === 'content') body.content.close();
  }
}

function lengthHeaders(body: ResponseBody | undefined, status: number): Record<string, string | number> {
  switch (body?.kind) {
    case undefined:
      return status === 204 || status === 304 ? {} : { 'content-length': 0 };
    case 'xml':
      return { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body.text) };
    case 'content':
      return { 'content-length': body.content.sizeBytes };
    case 'length':
      return { 'content-length': body.sizeBytes };
  }
}

function bytesOf(body: ResponseBody | undefined): Uint8Array {
  if (body?.kind === 'xml') return Buffer.from(body.text);
  return (body?.kind === 'content' ? body.content.whole : undefined) ?? nothing;
}

const nothing = new Uint8Array(0);

function sendAtOnce(
  response: ServerResponse,
  { bytes, leaveOpen }: { bytes: Uint8Array; leaveOpen: boolean },
): number {
  if (!leaveOpen) response.end(bytes);
  else if (bytes.length > 0) response.write(bytes);
  else response.flushHeaders();
  return bytes.length;
}

async function sendContent(
  response: ServerResponse,
  { content, turns }: { content: Readable; turns: TurnBudget },
): Promise<number> {
  const writer = new ChunkWriter(response);
  for await (const chunk of content.chunks()) {
    await turns.turn();
    await writer.write(chunk);
  }
  return content.sizeBytes;
}

class ChunkWriter {
  readonly #response: ServerResponse;
  #fail: ((error: ClientGone) => void) | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.once('close', () => this.#fail?.(new ClientGone()));
  }

  /** Resolves when the kernel has the chunk. */
  write(chunk: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      this.#response.write(chunk, (error) =>
        error ? reject(new ClientGone('', { cause: error })) : resolve(),
      );
    });
  }
}
