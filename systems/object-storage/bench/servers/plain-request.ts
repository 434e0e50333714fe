// Requests for servers that check no signature, as small as HTTP allows.

import type { PreparedRequest } from '@cairn/bench';
import { digestOf, inOnePiece } from '../signed-request.ts';
import type { StorageRequest } from './server.ts';

/** With `signPayload` the digest is sent as S3 sends it, so that a server may do the same work for it. */
export function plainRequest(request: StorageRequest): PreparedRequest {
  const { method, target, body = new Uint8Array(0), signPayload = false } = request;
  const digest = signPayload ? `x-amz-content-sha256: ${digestOf(body)}\r\n` : '';
  const length = method === 'GET' ? '' : `content-length: ${body.byteLength}\r\n`;
  return inOnePiece(`${method} ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\n${digest}${length}\r\n`, body);
}
