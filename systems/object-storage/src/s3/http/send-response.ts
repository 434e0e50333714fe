// Gives an answer to the exchange. Content goes out as fast as the client takes it: the next chunk is asked for when the
// kernel has the last one, because its buffer is used again.

import { type Exchange, OutputLost, type TurnBudget } from '@cairn/service';
import type { Readable } from '../../core/object-content.ts';
import type { S3Response } from '../handlers/handler.ts';

/** The client went away before it had everything. */
export class ClientGone extends Error {}

const nothing = new Uint8Array(0);
/** Of a client that does not keep up so much has to be taken within the time limit, and no more. */
const pieceBytes = 64 * 1024;

/**
 * Sends head and body, and gives the bytes of the body; what is there at once goes out at once. Throws ClientGone, and
 * whatever reading the content throws.
 */
export function sendResponse(
  exchange: Exchange,
  { status, headers, lines, body }: S3Response,
  { turns }: { turns: TurnBudget },
): number | Promise<number> {
  if (body?.kind === 'content' && body.content.whole === undefined) {
    return sendContent(exchange, { status, headers, lines, content: body.content, turns });
  }
  let mayChange = true;
  try {
    if (exchange.gone) throw new ClientGone();
    addFields(exchange, headers);
    if (lines !== undefined) exchange.addLines(lines);
    if (body?.kind === 'length') {
      exchange.begin(status, body.sizeBytes);
      exchange.end();
      return 0;
    }
    if (body?.kind === 'xml') exchange.addField('content-type', 'application/xml');
    const bytes = bytesOf(body);
    mayChange = exchange.send(status, bytes);
    return bytes.length;
  } finally {
    if (body?.kind === 'content') closeWhenSent(body.content, { exchange, mayChange });
  }
}

/** Its memory may be lent, and serves another read from then on: with a head of many fields even few bytes may wait. */
function closeWhenSent(
  content: Readable,
  { exchange, mayChange }: { exchange: Exchange; mayChange: boolean },
): void {
  const taken = mayChange ? undefined : exchange.whenTaken();
  const close = () => content.close();
  if (taken === undefined) close();
  else void taken.then(close, close);
}

function addFields(exchange: Exchange, headers: S3Response['headers']): void {
  for (const name in headers) exchange.addField(name, headers[name]!);
}

function bytesOf(body: Exclude<S3Response['body'], { kind: 'length' }>): Uint8Array {
  if (body?.kind === 'xml') return Buffer.from(body.text);
  return body?.content.whole ?? nothing;
}

type ContentToSend = {
  readonly status: number;
  readonly headers: S3Response['headers'];
  readonly lines: S3Response['lines'];
  readonly content: Readable;
  readonly turns: TurnBudget;
};

async function sendContent(
  exchange: Exchange,
  { status, headers, lines, content, turns }: ContentToSend,
): Promise<number> {
  try {
    if (exchange.gone) throw new ClientGone();
    addFields(exchange, headers);
    if (lines !== undefined) exchange.addLines(lines);
    exchange.begin(status, content.sizeBytes);
    let isBehind = true;
    for await (const chunk of content.chunks()) {
      for (let at = 0; at < chunk.byteLength; ) {
        const turn = turns.turn();
        if (turn !== undefined) await turn;
        const end = isBehind ? at + pieceBytes : chunk.byteLength;
        const taken = exchange.write(chunk.subarray(at, end));
        isBehind = taken !== undefined;
        if (isBehind) await taken;
        at = end;
      }
    }
    exchange.end();
    return content.sizeBytes;
  } catch (error) {
    throw error instanceof OutputLost ? new ClientGone('', { cause: error }) : error;
  } finally {
    content.close();
  }
}
