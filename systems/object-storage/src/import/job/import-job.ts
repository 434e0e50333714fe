// One import under way: passes through its buckets until it is done, or, when it follows, until the switch.
//
//   state        what happens
//   running      a pass is under way
//   following    all passes so far ended; the next begins in a while
//   done         the last pass ended; when it followed, that found the two sides equal
//   failed       it could not go on; starting it again goes on where it was
//   stopped      somebody asked for that, or the process ended: then it goes on with the next one
//   waiting      of a process that ended, with credentials that only the command had
//
// A switch is a pass from the beginning, with the source read-only by then, that finds nothing to do; the passes before it
// may still find some.

import type { Clock } from '@cairn/world';
import type { ObjectStorage, Versioning } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { BucketPass } from '../pass/bucket-pass.ts';
import { listSource } from '../source/list-source.ts';
import { openSource, type Source, type SourceCredentials, type SourcePlace } from '../source/open-source.ts';
import { Pace } from '../source/pace.ts';
import { type Patience, patiently } from '../source/patient.ts';
import { reasonOf } from '../source/source-error.ts';
import type { KeptImport } from './import-file.ts';
import { ImportReport } from './import-report.ts';
import type { ImportRequest, ImportStateName, ImportStatus } from './import-types.ts';
import { type PrepareParts, prepareBucket, versioningThere } from './prepare-bucket.ts';
import { takeLifecycle } from './take-settings.ts';

export type ImportParts = {
  readonly storage: ObjectStorage;
  readonly clock: Clock;
  /** Of buckets that are made. */
  readonly owner: string;
  /** Between two passes. */
  readonly followRestMs: number;
  /** Before something is asked for again. */
  readonly retryRestMs: number;
  /** Keeps where it is; durable when it resolves. */
  readonly keep: () => Promise<void>;
};
export type ImportStart = {
  readonly id: string;
  readonly request: ImportRequest;
  readonly place: SourcePlace;
  readonly credentials: SourceCredentials | undefined;
  readonly kept: KeptImport | undefined;
};

/** How many passes a switch may take until one finds nothing. */
const switchPassesMax = 10;
const failingPassesMax = 2;
const keepEveryMs = 2_000;

export class ImportJob {
  readonly #parts: ImportParts;
  readonly #start: ImportStart;
  readonly #stopping = new AbortController();
  /** Aborted when nobody needs the count any more. */
  readonly #counted = new AbortController();
  readonly #report: ImportReport;
  readonly #pace: Pace;
  readonly #startedMs: number;
  readonly #places: Map<string, string | null>;
  #state: ImportStateName = 'running';
  #reason: string | undefined;
  #finishedMs: number | undefined;
  #inSyncMs: number | undefined;
  #passes: number;
  #switching = false;
  #endRest: () => void = () => {};
  #total: ImportStatus['total'];
  #keptAtMs = 0;
  readonly ended: Promise<void>;

  constructor(parts: ImportParts, start: ImportStart) {
    const { kept, request } = start;
    const { clock } = parts;
    const resumed = kept?.state === 'done' ? undefined : kept;
    this.#parts = parts;
    this.#start = start;
    this.#report = new ImportReport(resumed);
    if (resumed === undefined) this.#report.beginPass();
    this.#places = new Map(Object.entries(resumed?.places ?? {}));
    this.#passes = resumed?.passes ?? 0;
    this.#startedMs = resumed?.startedMs ?? Math.floor(clock.nowMs());
    const { bytesPerSecond } = request;
    this.#pace = new Pace({ clock, bytesPerSecond, signal: this.#stopping.signal });
    this.ended = this.#run();
  }

  get isUnderWay(): boolean {
    return this.#state === 'running' || this.#state === 'following';
  }

  /** The source is read-only by now: one more pass, until nothing is left, and it is done. */
  switch(): void {
    this.#switching = true;
    this.#endRest();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the import was stopped'));
    this.#endRest();
    await this.ended;
  }

  status(): ImportStatus {
    const { id, request } = this.#start;
    const { counts, ...told } = this.#report.told;
    return {
      ...{ id, request, state: this.#state, startedMs: this.#startedMs, passes: this.#passes, ...told },
      counts: { ...counts, receivedBytes: counts.receivedBytes + this.#pace.receivedBytes },
      ...(this.#reason !== undefined && { reason: this.#reason }),
      ...(this.#finishedMs !== undefined && { finishedMs: this.#finishedMs }),
      ...(this.#total && { total: this.#total }),
      ...(this.#inSyncMs !== undefined && { inSyncMs: this.#inSyncMs }),
    };
  }

  kept(): KeptImport {
    return { ...this.status(), places: Object.fromEntries(this.#places) };
  }

  async #run(): Promise<void> {
    let source: Source | undefined;
    try {
      source = await openSource(this.#start.place.server, this.#start.credentials);
      await this.#keep({ now: true });
      await this.#passUntilDone(source);
      this.#state = 'done';
    } catch (error) {
      const { aborted } = this.#stopping.signal;
      this.#state = aborted ? 'stopped' : 'failed';
      if (!aborted) this.#reason = reasonOf(error);
    } finally {
      source?.client.destroy();
    }
    this.#finishedMs = Math.floor(this.#parts.clock.nowMs());
    await this.#keep({ now: true }).catch(() => {}); // What was not kept is found out by comparing.
  }

  async #passUntilDone(source: Source): Promise<void> {
    const counting = this.#passes === 0 ? this.#count(source) : undefined;
    try {
      await this.#passesUntilDone(source);
    } finally {
      this.#counted.abort();
      await counting;
    }
  }

  async #passesUntilDone(source: Source): Promise<void> {
    const { follow } = this.#start.request;
    let failingPasses = 0;
    for (let switchPasses = 0; ; ) {
      const switching = this.#switching;
      const beganMs = Math.floor(this.#parts.clock.nowMs());
      await this.#pass(source);
      if (this.#report.foundNothing) this.#inSyncMs = beganMs;
      if (!follow && !switching) return this.#takeLifecycles(source);
      if (switching && this.#report.foundNothing) return this.#takeLifecycles(source);
      // What failed once more with nothing else to do goes on failing, and is listed.
      const onlyFailed = switching && this.#report.changedNothing;
      failingPasses = onlyFailed ? failingPasses + 1 : 0;
      if (failingPasses === failingPassesMax) return this.#takeLifecycles(source);
      if (switching && ++switchPasses === switchPassesMax)
        throw new Error(
          `after ${switchPassesMax} passes the two sides still differ: is the source read-only?`,
        );
      if (!switching) await this.#rest();
    }
  }

  /** Beside the first pass, by a listing of its own: so that it can be told how much is left. */
  async #count(source: Source): Promise<void> {
    const signal = AbortSignal.any([this.#counted.signal, this.#stopping.signal]);
    const patience = { ...this.#patience, signal };
    let [versions, bytes] = [0, 0];
    try {
      for (const { bucket } of await this.#buckets(source)) {
        const versioned = isShown(await versioningThere(this.#preparing(source), bucket));
        const range = { bucket, prefix: this.#start.place.prefix, after: '', versioned };
        for await (const found of listSource(source, range, patience)) {
          signal.throwIfAborted();
          versions += found.versions.length;
          for (const { sizeBytes } of found.versions) bytes += sizeBytes;
        }
      }
      this.#total = { versions, bytes };
    } catch {
      // The pass meets it too, and tells.
    }
  }

  async #rest(): Promise<void> {
    this.#state = 'following';
    const { clock, followRestMs } = this.#parts;
    const { signal } = this.#stopping;
    if (!this.#switching) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = clock.setTimer(followRestMs, resolve);
      this.#endRest = resolve;
      await promise;
      timer.cancel();
    }
    signal.throwIfAborted();
    this.#state = 'running';
  }

  async #pass(source: Source): Promise<void> {
    // Of a pass that was interrupted what failed before stays told.
    if (this.#places.size === 0) this.#report.beginPass();
    for (const { bucket, as } of await this.#buckets(source)) {
      const after = this.#places.get(bucket);
      if (after === null) continue;
      try {
        await this.#passBucket(source, { bucket, as, after: after ?? '' });
      } catch (error) {
        if (!(error instanceof ObjectStorageError) || error.status >= 500) throw error;
        this.#report.fails({ bucket, key: '', versionId: '', reason: `${error.code}: ${error.message}` });
      }
      this.#places.set(bucket, null);
      await this.#keep({ now: true });
    }
    this.#places.clear();
    this.#passes++;
    await this.#keep({ now: true });
  }

  async #buckets(source: Source): Promise<ImportRequest['buckets']> {
    const { request, place } = this.#start;
    if (request.buckets.length > 0) return request.buckets;
    if (place.bucket !== undefined) return [{ bucket: place.bucket, as: place.bucket }];
    const command = () => source.client.send(new source.sdk.ListBucketsCommand({}));
    const { Buckets = [] } = await patiently(this.#patience, command);
    return Buckets.flatMap(({ Name }) => (Name === undefined ? [] : [{ bucket: Name, as: Name }]));
  }

  async #passBucket(
    source: Source,
    { bucket, as, after }: { bucket: string; as: string; after: string },
  ): Promise<void> {
    const { storage, owner } = this.#parts;
    const { request, place } = this.#start;
    const found = await versioningThere(this.#preparing(source), bucket);
    const versioning = isShown(found) ? found : undefined;
    const removes = request.follow || this.#switching;
    if (found === 'hidden' && removes && (await this.#isVersioned(as)))
      return this.#report.fails({ bucket, key: '', versionId: '', reason: hidden });
    const exists = await prepareBucket(this.#preparing(source), {
      bucket,
      as,
      versioning,
      dryRun: request.dryRun,
    });
    const { documents } = exists ? await storage.bucketConfiguration({ bucket: as }) : { documents: {} };
    const pass = new BucketPass(
      {
        ...{ source, storage, owner, pace: this.#pace, patience: this.#patience, report: this.#report },
        ...{ signal: this.#stopping.signal, jobs: request.jobs, dryRun: request.dryRun },
      },
      {
        ...{ bucket, as, after, exists, prefix: place.prefix, versioned: versioning !== undefined },
        ...{ locks: 'object-lock' in documents, removes },
      },
    );
    await pass.run(async (key) => {
      this.#places.set(bucket, key);
      await this.#keep({ now: false });
    });
  }

  async #isVersioned(bucket: string): Promise<boolean> {
    try {
      return (await this.#parts.storage.headBucket({ bucket })).versioning !== undefined;
    } catch (error) {
      if (error instanceof ObjectStorageError && error.code === 'NoSuchBucket') return false;
      throw error;
    }
  }

  async #takeLifecycles(source: Source): Promise<void> {
    const { storage } = this.#parts;
    if (this.#start.request.dryRun) return;
    for (const place of await this.#buckets(source)) {
      try {
        this.#report.notes(await takeLifecycle({ source, storage, patience: this.#patience }, place));
      } catch (error) {
        // A bucket that could not be made was told of.
        if (!(error instanceof ObjectStorageError) || error.code !== 'NoSuchBucket') throw error;
      }
    }
  }

  #preparing(source: Source): PrepareParts {
    const { storage, owner } = this.#parts;
    return { source, storage, owner, patience: this.#patience, report: this.#report };
  }

  get #patience(): Patience {
    const { clock, retryRestMs: restMs } = this.#parts;
    return { clock, signal: this.#stopping.signal, restMs };
  }

  async #keep({ now }: { now: boolean }): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    if (!now && nowMs - this.#keptAtMs < keepEveryMs) return;
    this.#keptAtMs = nowMs;
    if (!this.#start.request.dryRun) await this.#parts.keep();
  }
}

function isShown(versioning: Versioning | 'hidden' | undefined): versioning is Versioning {
  return versioning !== undefined && versioning !== 'hidden';
}

/** By what is current alone all versions behind it would be deleted here. */
const hidden =
  'the source does not show whether the bucket has versions, and the one here has some: it was left as it is';
