// What one shared write-ahead file would win: `node bench/shared-log.ts [--tiny]`. Batches for many partitions are made
// durable in three ways, by as many appenders at once as there are partitions:
//
//   own      each partition writes to a file of its own, which grows, and syncs that; who waits for a file shares its sync
//   filled   the same with files whose blocks were there before
//   shared   all that waits is written to one file by one call and synced once; then it goes to the partitions' own files
//            without a sync, since readers need it there: twice the bytes
//
// Files of the shared way are written over again and again, as a ring would be: they never grow. DESIGN.md "Files" says
// what follows from the result.

import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const tiny = process.argv.includes('--tiny');
const durationMs = tiny ? 20 : 1_000;
const ringBytes = tiny ? 2 ** 20 : 64 * 2 ** 20;
const filledBytes = tiny ? 2 ** 19 : 4 * 2 ** 20;
const turns = tiny ? 1 : 3;

type Way = {
  /** Resolves when the batch is durable. */
  append(partition: number, batch: Buffer): Promise<void>;
  close(): Promise<void>;
};
type Waiting = { readonly partition: number; readonly batch: Buffer; readonly resolve: () => void };

/** Takes what waits together, one group at a time. */
class Groups {
  readonly #commit: (group: readonly Waiting[]) => Promise<void>;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(commit: (group: readonly Waiting[]) => Promise<void>) {
    this.#commit = commit;
  }

  append(partition: number, batch: Buffer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ partition, batch, resolve });
    if (!this.#running) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      await this.#commit(group);
      for (const { resolve } of group) resolve();
    }
    this.#running = false;
  }
}

class AppendedFile {
  readonly #file: FileHandle;
  #position = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(batches: readonly Buffer[], ring = Number.POSITIVE_INFINITY): Promise<void> {
    const bytes = batches.reduce((sum, batch) => sum + batch.length, 0);
    if (this.#position + bytes > ring) this.#position = 0;
    const at = this.#position;
    this.#position += bytes;
    await this.#file.writev([...batches], at);
  }

  sync(): Promise<void> {
    return this.#file.datasync();
  }

  /** Gives every block its place, durably. */
  async fill(bytes: number): Promise<void> {
    const zeros = Buffer.alloc(2 ** 20);
    for (let at = 0; at < bytes; at += zeros.length) await this.#file.write(zeros, 0, zeros.length, at);
    await this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

async function openFiles(directory: string, count: number): Promise<readonly AppendedFile[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      return new AppendedFile(await open(join(directory, `partition-${index}`), 'w'));
    }),
  );
}

function ownFiles(directory: string, partitions: number): Promise<Way> {
  return filesOfTheirOwn(directory, { partitions, ring: undefined });
}

function filledFiles(directory: string, partitions: number): Promise<Way> {
  return filesOfTheirOwn(directory, { partitions, ring: filledBytes });
}

async function filesOfTheirOwn(
  directory: string,
  { partitions, ring }: { readonly partitions: number; readonly ring: number | undefined },
): Promise<Way> {
  const files = await openFiles(directory, partitions);
  if (ring !== undefined) for (const file of files) await file.fill(ring);
  const groups = files.map(
    (file) =>
      new Groups(async (group) => {
        await file.write(
          group.map(({ batch }) => batch),
          ring,
        );
        await file.sync();
      }),
  );
  return {
    append: (partition, batch) => groups[partition]!.append(partition, batch),
    close: async () => void (await Promise.all(files.map((file) => file.close()))),
  };
}

async function sharedFile(directory: string, partitions: number): Promise<Way> {
  const files = await openFiles(directory, partitions);
  const shared = new AppendedFile(await open(join(directory, 'shared'), 'w'));
  await shared.fill(ringBytes);
  const groups = new Groups(async (group) => {
    await shared.write(
      group.map(({ batch }) => batch),
      ringBytes,
    );
    await shared.sync();
    await Promise.all(
      [...Map.groupBy(group, ({ partition }) => partition)].map(([partition, own]) =>
        files[partition]!.write(own.map(({ batch }) => batch)),
      ),
    );
  });
  return {
    append: (partition, batch) => groups.append(partition, batch),
    close: async () => void (await Promise.all([...files, shared].map((file) => file.close()))),
  };
}

type Measured = { readonly perSecond: number; readonly cpuMicroseconds: number };

async function measure(
  openWay: typeof ownFiles,
  { partitions, batchBytes }: { readonly partitions: number; readonly batchBytes: number },
): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'cairn-bench-shared-log-'));
  const way = await openWay(directory, partitions);
  const batch = Buffer.alloc(batchBytes, 'x');
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  let batches = 0;
  const append = async (partition: number): Promise<void> => {
    while (performance.now() - start < durationMs) {
      await way.append(partition, batch);
      batches++;
    }
  };
  await Promise.all(Array.from({ length: partitions }, (_, partition) => append(partition)));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpuStart);
  await way.close();
  await rm(directory, { recursive: true });
  return { perSecond: batches / seconds, cpuMicroseconds: (user + system) / batches };
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const cells = (values: readonly (string | number)[]): string => `| ${values.join(' | ')} |`;
const ways = { own: ownFiles, filled: filledFiles, shared: sharedFile };
const names = Object.keys(ways);
console.log(
  cells([
    ...['partitions', 'bytes', ...names.map((name) => `${name}, batches/s`), 'shared/own', 'shared/filled'],
    ...names.map((name) => `${name}, CPU-us`),
  ]),
);
console.log(cells(Array.from({ length: 4 + 2 * names.length }, () => '---:')));
for (const partitions of [1, 10, 100]) {
  for (const batchBytes of [1_024, 16_384, 262_144]) {
    const results = new Map<string, Measured[]>(names.map((name) => [name, []]));
    for (let turn = 0; turn < turns; turn++)
      for (const [name, way] of Object.entries(ways))
        results.get(name)!.push(await measure(way, { partitions, batchBytes }));
    const medians = [...results.values()].map((all) => ({
      perSecond: Math.round(medianOf(all.map(({ perSecond }) => perSecond))),
      cpuMicroseconds: Math.round(medianOf(all.map(({ cpuMicroseconds }) => cpuMicroseconds))),
    }));
    const rates = medians.map(({ perSecond }) => perSecond);
    const [own, filled, shared] = rates;
    const ratios = [shared! / own!, shared! / filled!].map((ratio) => ratio.toFixed(1));
    const costs = medians.map(({ cpuMicroseconds }) => cpuMicroseconds);
    console.log(cells([partitions, batchBytes, ...rates, ...ratios, ...costs]));
  }
}
