// Reads packs whole and has them examined by workers: one worker a core, one pack more in memory than there are workers, so
// that the next is read while they work. What differs when it is read again was read wrong: that is said, and is no damage.

import { availableParallelism } from 'node:os';
import type { Executor } from '@cairn/world';
import type { Repository } from '../core/repository.ts';
import { onStore } from '../core/store/store-error.ts';
import { objectName } from '../format/object-names.ts';
import { packObjectBytesHighest } from '../limits.ts';
import type { PackSummary } from '../packing/sealed-pack.ts';
import type { PackExamination, PackToExamine } from './examine-pack.ts';
import { type PackBytes, readPack } from './read-pack.ts';
import type { VerifyWorkerInit } from './verify-worker.ts';

export type PackExaminerOptions = {
  /** All cores when absent. */
  readonly workers?: number | undefined;
  /** The last of them has no thread of its own. */
  readonly inCallingThread?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What index objects say of a pack; asked for where its own footer cannot be read. */
  readonly indexed: (packId: string) => Promise<PackSummary | undefined>;
};

export type ListedPack = { readonly id: string; readonly sizeBytes: number };

export type ExaminedPack = {
  readonly id: string;
  readonly sizeBytes: number;
  /** Undefined when the pack is gone. */
  readonly examination: PackExamination | undefined;
  /** It was read twice, and only the second time was as it should be. */
  readonly unsteady: boolean;
};

/** To start a worker takes as much as it does in its first 64 MiB. */
const bytesPerWorker = 64 * 1024 * 1024;
const module = new URL('./verify-worker.ts', import.meta.url);

/** In the order in which they are done. Memory: workers + 1 packs. */
export async function* examinePacks(
  repository: Repository,
  packs: readonly ListedPack[],
  options: PackExaminerOptions,
): AsyncGenerator<ExaminedPack> {
  const bytes = packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const worthwhile = Math.max(1, Math.ceil(bytes / bytesPerWorker));
  const count = Math.min(options.workers ?? availableParallelism(), worthwhile);
  const workers = await openWorkers(repository, { count, inCallingThread: options.inCallingThread ?? false });
  try {
    const bytesMax = packs.reduce((most, { sizeBytes }) => Math.max(most, sizeBytes), 0);
    const memoryBytes = Math.min(bytesMax, packObjectBytesHighest);
    const lanes = Array.from(
      { length: count + 1 },
      () => new Lane(repository, workers, { ...options, memoryBytes }),
    );
    yield* inLanes(
      packs.map(({ id }) => id),
      lanes,
    );
  } finally {
    await Promise.all(workers.map(({ executor }) => executor.close()));
  }
}

type Worker = { readonly executor: Executor<PackToExamine, PackExamination>; busy: number };

async function openWorkers(
  { world, config, keyring }: Repository,
  { count, inCallingThread }: { readonly count: number; readonly inCallingThread: boolean },
): Promise<readonly Worker[]> {
  const open = (number: number) =>
    world.executors.open<VerifyWorkerInit, PackToExamine, PackExamination>(
      module,
      { config, keyring },
      { inCallingThread: inCallingThread && number === count - 1 },
    );
  return Promise.all(
    Array.from({ length: count }, async (_, number) => ({ executor: await open(number), busy: 0 })),
  );
}

/** Each lane takes the next pack as it becomes free. */
async function* inLanes(packIds: Iterable<string>, lanes: readonly Lane[]): AsyncGenerator<ExaminedPack> {
  const ids = packIds[Symbol.iterator]();
  const running = new Map<Lane, Promise<{ lane: Lane; done: ExaminedPack }>>();
  const start = (lane: Lane): void => {
    const next = ids.next();
    if (next.done) return;
    const examined = lane.examine(next.value).then((done) => ({ lane, done }));
    examined.catch(() => {}); // met when its turn comes: whoever takes what was examined may be busy for long
    running.set(lane, examined);
  };
  try {
    for (const lane of lanes) start(lane);
    while (running.size > 0) {
      const { lane, done } = await Promise.race(running.values());
      running.delete(lane);
      start(lane);
      yield done;
    }
  } finally {
    await Promise.allSettled(running.values()); // workers are closed next
  }
}

type LaneOptions = PackExaminerOptions & {
  /** Of the largest pack that was listed. */
  readonly memoryBytes: number;
};

/** Memory for one pack, used again and again: what is outgrown stays until the garbage is collected. */
class Lane {
  readonly #repository: Repository;
  readonly #workers: readonly Worker[];
  readonly #options: LaneOptions;
  readonly #memory: SharedArrayBuffer;

  constructor(repository: Repository, workers: readonly Worker[], options: LaneOptions) {
    this.#memory = new SharedArrayBuffer(options.memoryBytes);
    this.#repository = repository;
    this.#workers = workers;
    this.#options = options;
  }

  async examine(id: string): Promise<ExaminedPack> {
    const first = await this.#readAndExamine(id);
    if (first === undefined || isSound(first.examination)) return { id, unsteady: false, ...(first ?? gone) };
    const second = await this.#readAndExamine(id);
    if (second === undefined) return { id, unsteady: false, ...gone };
    const unsteady = isSound(second.examination);
    return { id, unsteady, ...second };
  }

  async #readAndExamine(
    id: string,
  ): Promise<{ sizeBytes: number; examination: PackExamination } | undefined> {
    const read = await this.#read(id);
    if (read === undefined) return undefined;
    const { bytes, unreadable } = read;
    let examination = await this.#run({ id, bytes });
    if (examination.footer === undefined) {
      const indexed = await this.#options.indexed(id);
      if (indexed !== undefined) examination = await this.#run({ id, bytes, indexed });
    }
    if (unreadable > 0) {
      const problem = `the store cannot read ${unreadable} bytes of it`;
      examination = { ...examination, problems: [problem, ...examination.problems] };
    }
    return { sizeBytes: bytes.length, examination };
  }

  async #read(id: string): Promise<PackBytes | undefined> {
    const { blobs, world } = this.#repository;
    const name = objectName('packs', id);
    const info = await onStore(`look up ${name}`, () => blobs.head(name));
    if (info === undefined) return undefined;
    // Of something longer than any pack the beginning is looked at: it may be a pack that something was put behind.
    const length = Math.min(info.sizeBytes, packObjectBytesHighest);
    const fits = this.#memory.byteLength >= length;
    const target = new Uint8Array(fits ? this.#memory : new SharedArrayBuffer(length), 0, length);
    return readPack({ blobs, world, name, signal: this.#options.signal }, target);
  }

  async #run(pack: PackToExamine): Promise<PackExamination> {
    const worker = this.#workers.reduce((least, other) => (other.busy < least.busy ? other : least));
    worker.busy += 1;
    try {
      return await worker.executor.run(pack);
    } finally {
      worker.busy -= 1;
    }
  }
}

const gone = { sizeBytes: 0, examination: undefined };

function isSound({ problems, bad }: PackExamination): boolean {
  return problems.length === 0 && bad.length === 0;
}
