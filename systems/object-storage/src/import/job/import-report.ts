// What an import counts and remembers while it runs.

import type { PlannedVersion } from '../pass/version-plan.ts';
import { type ImportCounts, type ImportFailure, type ImportStatus, noCounts } from './import-types.ts';

const failuresMax = 1_000;
const noticesMax = 1_000;

type Counts = { -readonly [Name in keyof ImportCounts]: ImportCounts[Name] };

export class ImportReport {
  readonly #counts: Counts;
  readonly #failures: ImportFailure[];
  readonly #notices: Set<string>;
  #at: ImportStatus['at'];
  #changes = 0;

  constructor(kept: Pick<ImportStatus, 'counts' | 'failures' | 'notices'> | undefined) {
    this.#counts = { ...(kept?.counts ?? noCounts) };
    this.#failures = [...(kept?.failures ?? [])];
    this.#notices = new Set(kept?.notices);
  }

  /** A pass begins: what failed in the one before is tried again. */
  beginPass(): void {
    this.#failures.length = 0;
    this.#counts.failed = 0;
    this.#changes = 0;
  }

  looksAt(bucket: string, key: string): void {
    this.#at = { bucket, key };
  }

  listed(versions: number, present: number): void {
    this.#counts.listed += versions;
    this.#counts.present += present;
  }

  imported({ version, versionId }: PlannedVersion, verified: boolean): void {
    this.#changes++;
    if (version.deleteMarker) this.#counts.importedMarkers++;
    else this.#counts.importedObjects++;
    this.#counts.importedBytes += version.sizeBytes;
    if (!verified) this.#counts.unverified++;
    if (versionId !== version.versionId) this.#counts.renamedVersions++;
  }

  removed(): void {
    this.#changes++;
    this.#counts.removed++;
  }

  /** Something was not what the listing had said. */
  changed(): void {
    this.#changes++;
  }

  fails(failure: ImportFailure): void {
    this.#counts.failed++;
    if (this.#failures.length < failuresMax) this.#failures.push(failure);
  }

  notes(notices: readonly string[]): void {
    for (const notice of notices) if (this.#notices.size < noticesMax) this.#notices.add(notice);
  }

  /** Whether the pass found nothing to do and nothing that failed. */
  get foundNothing(): boolean {
    return this.changedNothing && this.#counts.failed === 0;
  }

  /** Whether the pass found nothing to do but what failed. */
  get changedNothing(): boolean {
    return this.#changes === 0;
  }

  get told(): Pick<ImportStatus, 'counts' | 'failures' | 'notices' | 'at'> {
    return {
      counts: { ...this.#counts },
      failures: [...this.#failures],
      notices: [...this.#notices],
      ...(this.#at && { at: this.#at }),
    };
  }
}
