// The bytes of a repository's objects, and the quota that they must stay within.
//
// The invariant: what is counted is at least what is stored, at every moment. Bytes count from when they arrive, before they
// are stored, and are taken back when they were not; so any number of puts at once stay within the quota together.

import { BackupError } from '../../errors.ts';

export class Usage {
  #bytes: number;
  #quotaBytes: number | undefined;

  constructor(bytes: number, quotaBytes: number | undefined) {
    this.#bytes = bytes;
    this.#quotaBytes = quotaBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get quotaBytes(): number | undefined {
    return this.#quotaBytes;
  }

  setQuota(quotaBytes: number | undefined): void {
    this.#quotaBytes = quotaBytes;
  }

  /** Throws `BackupError` `quota-exceeded`, and counts nothing then. */
  take(bytes: number, attempted: string): void {
    this.requireRoom(bytes, attempted);
    this.#bytes += bytes;
  }

  /** Throws `BackupError` `quota-exceeded`. */
  requireRoom(bytes: number, attempted: string): void {
    if (this.#quotaBytes !== undefined && this.#bytes + bytes > this.#quotaBytes) {
      const detail = `${this.#bytes} bytes of a quota of ${this.#quotaBytes} are used, and ${bytes} more do not fit`;
      throw new BackupError('quota-exceeded', { attempted, detail });
    }
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}
