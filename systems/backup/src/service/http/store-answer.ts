// How an answer of the store is written, and what an error is as a status: one exhaustive place.

import type { ServerResponse } from 'node:http';
import { BlobsError, type BlobsErrorCode } from '@cairn/engines/blobs';
import { ApiError, type ApiErrorCode, apiErrorStatuses } from '@cairn/service';
import { BackupError, backupErrorCodes } from '../../errors.ts';

export type StoreAnswer =
  | { readonly status: 204 | 304; readonly headers?: Headers }
  | { readonly status: 200; readonly json: unknown }
  | { readonly status: 200 | 201; readonly bytes: Uint8Array; readonly headers?: Headers }
  | {
      readonly status: 200 | 206;
      readonly stream: AsyncIterable<Uint8Array>;
      readonly lengthBytes: number;
      readonly headers?: Headers;
    };
type Headers = Readonly<Record<string, string>>;

const blobsStatuses = {
  'invalid-url': 'internal',
  'invalid-name': 'invalid-request',
  'invalid-range': 'invalid-request',
  'no-bucket': 'not-found',
  denied: 'internal', // to us, not to the client
  full: 'no-space',
  conflict: 'conflict',
  unreadable: 'internal',
  unavailable: 'unavailable',
  closed: 'unavailable',
  failed: 'internal',
} as const satisfies Record<BlobsErrorCode, ApiErrorCode>;

export type ToldError = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** What is wrong, without what was attempted. */
  readonly detail?: string | undefined;
};

/** What a client is told; undefined for what is unexpected, of which it is told no more than that. */
export function toldError(error: unknown): ToldError | undefined {
  if (error instanceof ApiError) return { status: error.status, code: error.code, message: error.message };
  if (error instanceof BackupError) {
    const status = apiErrorStatuses[backupErrorCodes[error.code].status];
    return { status, code: error.code, message: error.message, detail: error.detail };
  }
  if (error instanceof BlobsError) {
    return { status: apiErrorStatuses[blobsStatuses[error.code]], code: error.code, message: error.message };
  }
  return undefined;
}

/** Resolves when all is written, or the client is gone. Rejects with what a stream fails with. */
export async function writeAnswer(response: ServerResponse, answer: StoreAnswer): Promise<void> {
  if ('stream' in answer) return writeStream(response, answer);
  const bytes =
    'json' in answer
      ? Buffer.from(JSON.stringify(answer.json))
      : 'bytes' in answer
        ? answer.bytes
        : undefined;
  response.writeHead(answer.status, {
    ...('json' in answer && { 'content-type': 'application/json' }),
    ...(bytes !== undefined && { 'content-length': bytes.length }),
    ...('headers' in answer && answer.headers),
  });
  response.end(bytes);
}

async function writeStream(
  response: ServerResponse,
  { status, stream, lengthBytes, headers }: Extract<StoreAnswer, { stream: unknown }>,
): Promise<void> {
  response.writeHead(status, {
    'content-type': 'application/octet-stream',
    'content-length': lengthBytes,
    ...headers,
  });
  for await (const piece of stream) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

export function writeError(response: ServerResponse, error: ToldError): void {
  const { status, ...told } = error;
  const body = JSON.stringify({ error: told });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(status === 401 && { 'www-authenticate': 'Basic realm="Cairn", charset="UTF-8"' }),
  });
  response.end(body);
}
