// The bytes of a repository's objects, and the quota that they must stay within.
//
// The invariant: what is counted is at least what is stored, at every moment. Bytes count from when they arrive, before they
// are stored, and are taken back when they were not; so any number of puts at once stay within the quota together.

import { BackupError } from '../../errors.ts';

/** What may be stored beyond the quota of what makes room (`object-rules.ts`): a few KiB of lists, and index objects put anew. */
const reserveBytes = 64 * 1024 * 1024;

export class Usage {
  #bytes: number;
  #quotaBytes: number | undefined;
  /** Taken while the quota was used up, and not given back. */
  #overdrawnBytes = 0;

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

  /** Throws `BackupError` `quota-exceeded`, and counts nothing then. What `makesRoom` may go beyond the quota, by the reserve. */
  take(bytes: number, attempted: string, options: { readonly makesRoom?: boolean } = {}): void {
    this.requireRoom(bytes, attempted, options);
    if (!this.#fits(bytes)) this.#overdrawnBytes += bytes;
    this.#bytes += bytes;
  }

  /** Throws `BackupError` `quota-exceeded`. */
  requireRoom(bytes: number, attempted: string, options: { readonly makesRoom?: boolean } = {}): void {
    const isTaken = this.#fits(bytes) || (options.makesRoom === true && this.#mayOverdraw(bytes));
    if (!isTaken) {
      const detail = `${this.#bytes} bytes of a quota of ${this.#quotaBytes} are used, and ${bytes} more do not fit`;
      throw new BackupError('quota-exceeded', { attempted, detail });
    }
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
    this.#overdrawnBytes = this.#fits(0) ? 0 : Math.max(0, this.#overdrawnBytes - bytes);
  }

  #fits(bytes: number): boolean {
    return this.#quotaBytes === undefined || this.#bytes + bytes <= this.#quotaBytes;
  }

  #mayOverdraw(bytes: number): boolean {
    return this.#overdrawnBytes + bytes <= reserveBytes;
  }
}
