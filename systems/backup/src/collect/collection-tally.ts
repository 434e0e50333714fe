// The report of a collection while it grows.

import type { DamagedObject } from '../core/repository.ts';
import type { CollectReport, SessionWait } from './collect-options.ts';
import type { CollectionPlan } from './plan-collection.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export class CollectionTally {
  readonly #report: Writable<CollectReport>;
  readonly #waits = new Map<string, SessionWait>();

  constructor(isDryRun: boolean) {
    this.#report = {
      dryRun: isDryRun,
      ...{ snapshots: 0, chunksReachable: 0, bytesUsed: 0, bytesUnused: 0 },
      ...{ packsRewritten: 0, bytesRewritten: 0, packsCondemned: 0, bytesCondemned: 0 },
      ...{ packsDeleted: 0, bytesFreed: 0, packsWaiting: 0, waits: [], sessionsFenced: 0, damaged: [] },
      noRoom: false,
    };
  }

  get damaged(): readonly DamagedObject[] {
    return this.#report.damaged;
  }

  set damaged(damaged: readonly DamagedObject[]) {
    this.#report.damaged = damaged;
  }

  get bytesRewritten(): number {
    return this.#report.bytesRewritten;
  }

  set sessionsFenced(count: number) {
    this.#report.sessionsFenced = count;
  }

  reached({
    snapshots,
    chunks,
  }: {
    readonly snapshots: number;
    readonly chunks: { readonly size: number };
  }): void {
    this.#report.snapshots = snapshots;
    this.#report.chunksReachable = chunks.size;
  }

  planned({ bytesUsed, bytesUnused }: Pick<CollectionPlan, 'bytesUsed' | 'bytesUnused'>): void {
    this.#report.bytesUsed = bytesUsed;
    this.#report.bytesUnused = bytesUnused;
  }

  /** Nothing that was rewritten counts. */
  noRoom(): void {
    this.#report.noRoom = true;
    this.#report.packsRewritten = 0;
    this.#report.bytesRewritten = 0;
  }

  rewrote(usedBytes: number): void {
    this.#report.packsRewritten += 1;
    this.#report.bytesRewritten += usedBytes;
  }

  condemned(sizeBytes: number): void {
    this.#report.packsCondemned += 1;
    this.#report.bytesCondemned += sizeBytes;
  }

  deleted(sizeBytes: number): void {
    this.#report.packsDeleted += 1;
    this.#report.bytesFreed += sizeBytes;
  }

  /** Packs of a condemnation, and the sessions that it waits for. */
  waiting(packs: number, waits: readonly SessionWait[]): void {
    this.#report.packsWaiting += packs;
    for (const wait of waits) this.#waits.set(wait.session, wait);
  }

  report(): CollectReport {
    return { ...this.#report, waits: [...this.#waits.values()] };
  }
}
