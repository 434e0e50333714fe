// Keeps the write-ahead log small. SQLite copies it back into the database after a commit once it holds enough pages,
// but can only begin it anew when no reader still needs it; under readers that overlap without a pause it would grow
// for ever. Past a bound the writer therefore waits for the readers of the moment (new ones read the database file).

import { statSync } from 'node:fs';
import type { SqliteConnection } from './sqlite-connection.ts';

/** Pages between checkpoints: 8 MiB, so that a page written often is copied back once, and recovery stays short. */
const checkpointPages = 2_048;
/** The log is cut back to this when it begins anew, and waited for past it. */
export const logBytesMax = 64 * 1024 * 1024;
/** Transactions between two looks at its length: a look costs as much as a small write's own statements. */
export const looksEvery = 16;

export class WriteAheadLog {
  readonly #connection: SqliteConnection;
  readonly #path: string;
  #waitAtBytes = logBytesMax;
  #transactions = 0;

  /** Switches the database to a write-ahead log; throws where the file system cannot share memory between processes. */
  constructor(connection: SqliteConnection, databasePath: string) {
    this.#connection = connection;
    this.#path = `${databasePath}-wal`;
    const [[mode]] = connection.pragma('journal_mode = wal') as [[string]];
    if (mode !== 'wal')
      throw new Error(`${databasePath} lies on a file system that cannot hold a write-ahead log`);
    connection.exec(
      `pragma wal_autocheckpoint = ${checkpointPages}; pragma journal_size_limit = ${logBytesMax}`,
    );
  }

  /** To be called after each transaction. Never throws: what could not be copied back stays in the log, and counts. */
  keepSmall(): void {
    // The first counts, for writers that come for a few transactions and leave.
    const isDue = this.#transactions % looksEvery === 0;
    this.#transactions += 1;
    if (!isDue) return;
    const sizeBytes = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (sizeBytes >= this.#waitAtBytes)
      this.#waitAtBytes = this.#truncate() ? logBytesMax : sizeBytes + logBytesMax;
  }

  /** Waits for readers at most for the busy timeout; false when one of them takes longer, or the disk fails. */
  #truncate(): boolean {
    try {
      const [[busy]] = this.#connection.pragma('wal_checkpoint(truncate)') as [[number]];
      return busy === 0;
    } catch {
      return false;
    }
  }
}
