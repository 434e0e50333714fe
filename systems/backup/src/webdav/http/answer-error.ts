// What went wrong as an answer: one place for statuses, and what becomes of an answer that had begun.

import type { ServerResponse } from 'node:http';
import { apiErrorStatuses } from '@cairn/service';
import { BackupError, backupErrorCodes } from '../../errors.ts';
import { ClientLeft } from './response-writer.ts';

/** An answer without content but a line for people. Only before headers are sent. */
export function answerText(response: ServerResponse, status: number, text: string): void {
  const bytes = Buffer.from(`${text}\n`);
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': bytes.length,
  });
  response.end(bytes);
}

/** An answer that had begun is cut: its length or its last chunk is missing, so no client takes it for whole. */
export function answerError(
  response: ServerResponse,
  error: unknown,
  onProblem: (problem: string) => void,
): void {
  if (error instanceof ClientLeft || response.destroyed) return;
  const message = error instanceof Error ? error.message : String(error);
  onProblem(`${response.req.method} ${response.req.url}: ${message}`);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const header of ofContent) response.removeHeader(header);
  answerText(response, statusOf(error), error instanceof BackupError ? message : 'a fault of the server');
}

/** What the answer was to be about. */
const ofContent = ['accept-ranges', 'content-range', 'etag', 'last-modified'];

function statusOf(error: unknown): number {
  return error instanceof BackupError ? apiErrorStatuses[backupErrorCodes[error.code].status] : 500;
}
