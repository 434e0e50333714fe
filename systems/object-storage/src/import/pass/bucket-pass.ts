// One pass through a bucket: its listing there beside its listing here, and what is missing moves. The place that is kept
// names a key with all before it done, so a crash repeats a page at most, and what had come of that is found to be here.

import { listKeysMax } from '../../limits.ts';
import { listSource, type SourceKey, versionsOfKeyMax } from '../source/list-source.ts';
import { moveMissing } from './move-missing.ts';
import type { PassParts, PassPlace } from './pass-parts.ts';
import { removeKey, removeVersion } from './remove-extra.ts';
import { versionDigits } from './source-mark.ts';
import { inOrder, type TargetKey, TargetKeys } from './target-keys.ts';
import { planKey, type TargetVersion } from './version-plan.ts';

/** Versions that are looked at before the place is kept, whatever there is to do. */
const listedMax = 10_000;

type Task = () => Promise<void>;

export class BucketPass {
  readonly #parts: PassParts;
  readonly #place: PassPlace;
  readonly #here: TargetKeys | undefined;
  #tasks: Task[] = [];
  /** All keys up to this one were looked at. */
  #last: string;

  constructor(parts: PassParts, place: PassPlace) {
    const { as: bucket, prefix, after, exists } = place;
    this.#parts = parts;
    this.#place = place;
    this.#last = after;
    this.#here = exists ? new TargetKeys(parts.storage, { bucket, prefix, after }) : undefined;
  }

  /** `done` is told of keys up to which nothing is left to do. */
  async run(done: (key: string) => Promise<void>): Promise<void> {
    const { source, patience, report } = this.#parts;
    let listed = 0;
    for await (const there of listSource(source, this.#place, patience)) {
      await this.#look(there);
      if (inOrder(there.key, this.#last) > 0) this.#last = there.key;
      report.looksAt(this.#place.bucket, there.key);
      listed += there.versions.length;
      if (this.#tasks.length < listKeysMax && listed < listedMax) continue;
      listed = 0;
      await this.#work();
      // Of a key that comes in pieces not all may be done.
      if (there.versions.length < versionsOfKeyMax) await done(this.#last);
    }
    if (this.#here !== undefined && this.#place.removes)
      for await (const extra of this.#here.rest()) await this.#remove(extra);
    await this.#work();
  }

  async #look({ key, versions }: SourceKey): Promise<void> {
    const { bucket, removes } = this.#place;
    const name = { server: this.#parts.source.server, bucket, key };
    const plan = planKey({
      ...{
        source: versions,
        target: await this.#versionsHere(key),
        nowMs: this.#parts.patience.clock.nowMs(),
      },
      digitsOf: (versionId) => versionDigits(name, versionId),
    });
    this.#parts.report.listed(versions.length, plan.present.length);
    for (const planned of plan.missing)
      this.#tasks.push(() => moveMissing(this.#parts, this.#place, key, planned));
    if (!removes || versions.length === versionsOfKeyMax) return;
    for (const extra of plan.extra)
      this.#tasks.push(() => removeVersion(this.#parts, this.#place, key, extra));
  }

  async #versionsHere(key: string): Promise<readonly TargetVersion[]> {
    if (this.#here === undefined) return [];
    // A source that does not list in S3's order costs a look for each key that is out of it.
    if (inOrder(key, this.#last) <= 0) return this.#here.find(key);
    return this.#here.upTo(key, (extra) => this.#remove(extra));
  }

  async #remove(extra: TargetKey): Promise<void> {
    if (!this.#place.removes) return;
    this.#tasks.push(() => removeKey(this.#parts, this.#place, extra));
    if (this.#tasks.length >= listKeysMax) await this.#work();
  }

  async #work(): Promise<void> {
    const tasks = this.#tasks;
    this.#tasks = [];
    const { jobs, signal } = this.#parts;
    let next = 0;
    async function work(): Promise<void> {
      while (next < tasks.length) {
        signal.throwIfAborted();
        await tasks[next++]!();
      }
    }
    const workers = Array.from({ length: Math.min(jobs, tasks.length) }, () =>
      work().catch((error: unknown) => {
        next = tasks.length;
        throw error;
      }),
    );
    // Nothing is under way any more when the pass ends.
    const ended = await Promise.allSettled(workers);
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  }
}
