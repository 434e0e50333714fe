// What becomes of a body that was refused before it was read to its end.
//
// | what is left of it          | what happens                                                            |
// | --------------------------- | ----------------------------------------------------------------------- |
// | nothing                     | the connection is kept                                                  |
// | up to 256 KiB               | it is read and thrown away, the connection is kept                      |
// | more, or nobody knows       | the answer says `connection: close`; we go on reading for a while,      |
// |                             | because closing with unread bytes resets the connection, and the client |
// |                             | would see that instead of the answer                                    |
// | not asked for (`Expect`)    | as above: the client may send it or not, so the next request has no     |
// |                             | beginning that we could know                                            |

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@cairn/world';
import { drainBytesMax, lingerBytesMax, lingerMs } from '../limits.ts';

export type UnreadBody = 'none' | 'drain' | 'linger';

/** To be asked before the head of the answer is written. */
export function unreadBody(
  request: IncomingMessage,
  { receivedBytes, continueAwaited }: { receivedBytes: number; continueAwaited: boolean },
): UnreadBody {
  if (request.complete && !continueAwaited) return 'none';
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (coding === undefined && (length === undefined || length === '0')) return 'none';
  const leftBytes = coding === undefined ? Number(length) - receivedBytes : Number.POSITIVE_INFINITY;
  return leftBytes <= drainBytesMax && !continueAwaited ? 'drain' : 'linger';
}

/** Ends the response, after the unread body is dealt with. */
export function endResponse(
  exchange: { request: IncomingMessage; response: ServerResponse; clock: Clock },
  unread: UnreadBody,
): void {
  if (unread === 'linger') {
    linger(exchange);
    return;
  }
  exchange.response.end();
  if (unread === 'drain') exchange.request.resume();
}

function linger({
  request,
  response,
  clock,
}: {
  request: IncomingMessage;
  response: ServerResponse;
  clock: Clock;
}): void {
  let readBytes = 0;
  const timer = clock.setTimer(lingerMs, () => finish());
  const finish = () => {
    timer.cancel();
    request.off('data', count);
    response.end();
  };
  const count = (piece: Buffer) => {
    readBytes += piece.length;
    if (readBytes > lingerBytesMax) finish();
  };
  request.on('error', () => {});
  request.on('data', count);
  request.once('end', finish);
  request.once('close', finish);
  request.resume();
}
