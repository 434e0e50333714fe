// SQLite's result codes (https://www.sqlite.org/rescode.html) as the codes of the sql port.

import type { SqlErrorCode } from '../sql-error.ts';

/** Primary result codes; an extended code holds its primary one in the low byte. */
const primaryCodes: Readonly<Record<number, SqlErrorCode>> = {
  5: 'unavailable', // SQLITE_BUSY: another process holds the lock for longer than the busy timeout
  11: 'corrupt', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL
  14: 'unavailable', // SQLITE_CANTOPEN
  26: 'corrupt', // SQLITE_NOTADB
};

/** SQLITE_IOERR_SHMSIZE: the index of the write-ahead log could not grow, which is what a full disk looks like there. */
const sharedMemorySizeError = 4874;

/** The port's code for an error that node:sqlite threw; undefined for an error that is not SQLite's, or means nothing special. */
export function sqliteErrorCode(error: Error): SqlErrorCode | undefined {
  if (!('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  if (error.errcode === sharedMemorySizeError) return 'full';
  return primaryCodes[error.errcode & 0xff];
}
