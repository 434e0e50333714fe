// Extended attributes of entries during a walk: what cannot be read of one entry is a problem, what cannot be read on this
// system at all is said once.

import { readExtendedAttributes } from '../filesystem/extended-attributes.ts';
import { libc } from '../filesystem/libc.ts';
import type { ExtendedAttribute } from '../format/tree-entry.ts';
import { pathWithNul } from './file-path.ts';
import type { WalkReport } from './walk-report.ts';

const none: readonly ExtendedAttribute[] = [];

export class AttributeReader {
  readonly #libc = libc();
  readonly #report: WalkReport;

  constructor(report: WalkReport) {
    this.#report = report;
  }

  /** `path` has one byte per character. */
  read(path: string): readonly ExtendedAttribute[] {
    if (this.#libc === undefined) return none;
    try {
      return readExtendedAttributes(this.#libc, pathWithNul(path));
    } catch (error) {
      this.#report.failure(path, error);
      return none;
    }
  }

  /** What no entry has because this system cannot tell. */
  get lacking(): readonly string[] {
    return this.#libc === undefined
      ? ['extended attributes and ACLs are not backed up: this system gives no access to them']
      : [];
  }
}
