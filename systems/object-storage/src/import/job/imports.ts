// All imports of a process: begins them, remembers them, and goes on after a restart with those that were under way.

import type { Log } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { ObjectStorage } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { importId } from '../pass/source-mark.ts';
import { type SourceCredentials, sourcePlace } from '../source/open-source.ts';
import { type KeptImport, readImports, writeImports } from './import-file.ts';
import { ImportJob } from './import-job.ts';
import type { ImportRequest, ImportStatus } from './import-types.ts';

export type ImportsOptions = {
  readonly storage: ObjectStorage;
  readonly world: World;
  readonly log: Log;
  /** Of the file in which imports are kept. */
  readonly path: string;
  /** Of buckets that are made. */
  readonly owner: string;
  /** By their names in the configuration. */
  readonly credentials: Readonly<Record<string, SourceCredentials>>;
  /** Whether it goes on with what was under way. */
  readonly resumes: boolean;
  readonly followRestMs?: number | undefined;
  readonly retryRestMs?: number | undefined;
};

const followRestMsDefault = 10_000;
const retryRestMsDefault = 250;
/** Finished ones that are remembered. */
const keptMax = 100;

export class Imports {
  readonly #options: ImportsOptions;
  readonly #jobs = new Map<string, ImportJob>();
  /** Of earlier processes. */
  readonly #kept = new Map<string, KeptImport>();
  #writing: Promise<void> = Promise.resolve();
  #closing = false;

  private constructor(options: ImportsOptions) {
    this.#options = options;
  }

  static async open(options: ImportsOptions): Promise<Imports> {
    const imports = new Imports(options);
    const kept = await readImports(options.world.disk, options.path);
    if (kept === undefined)
      options.log.warn('the file of imports is damaged: what is under way has to be started again', {
        path: options.path,
      });
    for (const each of kept ?? []) imports.#resume(each);
    return imports;
  }

  /**
   * Begins an import, or goes on with it; one that is under way stays as it is, and `switches` ends its following. Without
   * `credentials` those that the request names, or what the environment of this process has.
   */
  start(
    request: ImportRequest,
    options: { readonly credentials?: SourceCredentials | undefined; readonly switches?: boolean } = {},
  ): ImportStatus {
    const place = sourcePlace(request.from);
    if (place === undefined) {
      const message = `could not import from '${request.from}': wanted is http(s)://HOST[:PORT][/BUCKET[/PREFIX]] or s3://[BUCKET[/PREFIX]], without credentials`;
      throw new ObjectStorageError('InvalidArgument', { message });
    }
    if (place.bucket !== undefined && request.buckets.length > 0) {
      const message = 'a URL that names a bucket goes with no others';
      throw new ObjectStorageError('InvalidArgument', { message });
    }
    const id = idOf(request);
    const running = this.#jobs.get(id);
    if (running?.isUnderWay) {
      if (options.switches) running.switch();
      return running.status();
    }
    const credentials = options.credentials ?? this.#named(request.credentials);
    const job = this.#begin({ id, request, place, credentials, kept: running?.kept() ?? this.#kept.get(id) });
    if (options.switches) job.switch();
    return job.status();
  }

  list(): readonly ImportStatus[] {
    const statuses = [...this.#jobs.values()].map((job) => job.status());
    const known = new Set(this.#jobs.keys());
    const others = [...this.#kept.values()].filter(({ id }) => !known.has(id));
    const all = [...statuses, ...others.map(statusOf)];
    return all.toSorted((left, right) => left.startedMs - right.startedMs);
  }

  /** Throws InvalidArgument for one that nobody knows. Stopping what ended changes nothing. */
  async stop(id: string): Promise<ImportStatus> {
    const job = this.#jobs.get(id);
    await job?.stop();
    const kept = this.#kept.get(id);
    if (job === undefined && kept !== undefined && isUnderWay(kept))
      this.#kept.set(id, { ...kept, state: 'stopped' });
    await this.#keep();
    const status = this.list().find((each) => each.id === id);
    if (status !== undefined) return status;
    throw new ObjectStorageError('InvalidArgument', { message: `there is no import ${id}` });
  }

  /** What is under way goes on with the next process. */
  async close(): Promise<void> {
    await this.#keep();
    this.#closing = true;
    await this.#writing;
    await Promise.all([...this.#jobs.values()].map((job) => job.stop()));
  }

  #resume(kept: KeptImport): void {
    const { id, request } = kept;
    this.#kept.set(id, kept);
    const place = sourcePlace(request.from);
    const credentials = request.credentials && this.#known(request.credentials);
    if (this.#options.resumes && isUnderWay(kept) && credentials && place !== undefined)
      this.#begin({ id, request, place, credentials, kept });
  }

  #begin(start: ConstructorParameters<typeof ImportJob>[1]): ImportJob {
    const { storage, world, owner, followRestMs = followRestMsDefault } = this.#options;
    const { retryRestMs = retryRestMsDefault } = this.#options;
    const job = new ImportJob(
      { storage, owner, followRestMs, retryRestMs, clock: world.clock, keep: () => this.#keep() },
      start,
    );
    this.#jobs.set(start.id, job);
    return job;
  }

  #known(name: string): SourceCredentials | undefined {
    const { credentials } = this.#options;
    return Object.hasOwn(credentials, name) ? credentials[name] : undefined;
  }

  #named(name: string | undefined): SourceCredentials | undefined {
    if (name === undefined) return undefined;
    const found = this.#known(name);
    if (found !== undefined) return found;
    throw new ObjectStorageError('InvalidArgument', {
      message: `the configuration has no object-storage.credentials.${name}`,
    });
  }

  /** One after the other: each writes what is so by then. */
  #keep(): Promise<void> {
    // What stops because the process ends is still under way.
    if (this.#closing) return this.#writing;
    const { disk } = this.#options.world;
    this.#writing = this.#writing
      .catch(() => {})
      .then(() => writeImports(disk, this.#options.path, this.#all()));
    return this.#writing;
  }

  #all(): readonly KeptImport[] {
    const jobs = [...this.#jobs.entries()].map(([id, job]) => [id, job.kept()] as const);
    const all = [...new Map([...this.#kept, ...jobs]).values()].filter(({ request }) => !request.dryRun);
    return all.toSorted((left, right) => left.startedMs - right.startedMs).slice(-keptMax);
  }
}

function isUnderWay({ state }: ImportStatus): boolean {
  return state === 'running' || state === 'following';
}

/** Of one that no job is behind. */
function statusOf({ places: _, ...status }: KeptImport): ImportStatus {
  return isUnderWay(status) ? { ...status, state: 'waiting', reason: waitingReason } : status;
}

const waitingReason =
  'it goes on when the command is run again, or, with credentials of the configuration, when a server starts';

function idOf({ from, buckets, dryRun }: ImportRequest): string {
  const pairs = buckets.map(({ bucket, as }) => `${bucket}=${as}`).toSorted();
  return importId([from, ...pairs, ...(dryRun ? ['dry run'] : [])]);
}
