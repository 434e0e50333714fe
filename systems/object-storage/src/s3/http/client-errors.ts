// What does not even parse as HTTP: answered on the bare socket, and closed.

import type { Socket } from 'node:net';
import { ObjectStorageError, type ObjectStorageErrorCode } from '../../errors.ts';
import { errorDocument } from '../xml/error-document.ts';

type Occasion = { readonly requestId: string; readonly hostId: string };

/** For the server's `clientError`; gives the code answered, or undefined when nobody is there to answer. */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  occasion: Occasion,
): ObjectStorageErrorCode | undefined {
  // With bytes of an answer out already, another one would be read as part of it.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return undefined;
  }
  const failure = new ObjectStorageError(codeOf(error));
  const body = errorDocument(failure, { resource: '', ...occasion });
  const head = [
    `HTTP/1.1 ${failure.status} Bad Request`,
    'connection: close',
    'content-type: application/xml',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-amz-request-id: ${occasion.requestId}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  return failure.code;
}

function codeOf(error: NodeJS.ErrnoException): ObjectStorageErrorCode {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'RequestHeaderSectionTooLarge';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'RequestTimeout';
    default:
      return 'BadRequest';
  }
}
