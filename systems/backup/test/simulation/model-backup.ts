// A backup as the simulation makes it: W1 to W5 through the real session, over files that are numbers. File n always has the same content,
// so different backups share chunks; a snapshot holds its files in two directories stored on their own, so that they share these too.

import type { Clock } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import type { Repository, WriterSession } from '../../src/core/repository.ts';
import { rfc3339 } from '../../src/core/rfc3339.ts';
import type { Snapshot } from '../../src/format/snapshot-record.ts';
import type { TreeEntry, TreeSummary } from '../../src/format/tree-entry.ts';
import { TreeWriter } from '../../src/format/tree-writer.ts';
import { ChunkCompression } from '../../src/transform/chunk-compression.ts';
import { ChunkStore } from '../../src/transform/chunk-store.ts';

export type ModelBackupOptions = {
  readonly client: string;
  readonly files: readonly number[];
  /** Between two files, at most. */
  readonly pauseMsMax: number;
  /** Told before the commit: which root reaches which chunks, all by their fingerprints in hex. */
  readonly onBuilt: (root: string, chunks: readonly string[]) => void;
};

const attemptsMax = 4;

/** The id of the snapshot; undefined when it was fenced every time. */
export async function modelBackup(
  repository: Repository,
  options: ModelBackupOptions,
): Promise<string | undefined> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const session = await repository.openSession({ purpose: 'create', host: options.client, user: 'model' });
    try {
      const snapshot = await new ModelBackup(repository, session, options).build();
      if ((await session.commit(snapshot)) === 'committed') return session.id;
    } catch (error) {
      await session.abandon();
      throw error;
    }
  }
  return undefined;
}

export function contentOf(file: number): Buffer {
  const random = new SeededRandom(file, 'content');
  return random.bytes(200 + random.integer(500));
}

class ModelBackup {
  readonly #repository: Repository;
  readonly #store: ChunkStore;
  readonly #options: ModelBackupOptions;
  readonly #clock: Clock;
  readonly #chunks: string[] = [];

  constructor(repository: Repository, session: WriterSession, options: ModelBackupOptions) {
    this.#repository = repository;
    this.#store = new ChunkStore(repository, session, { compression: new ChunkCompression(repository) });
    this.#options = options;
    this.#clock = repository.world.clock;
  }

  async build(): Promise<Omit<Snapshot, 'kind' | 'id'>> {
    const { client, files, onBuilt } = this.#options;
    const parts = [files.filter((file) => file % 2 === 0), files.filter((file) => file % 2 === 1)];
    const writer = new TreeWriter();
    for (const [index, part] of parts.entries()) writer.append(await this.#directory(index, part));
    const { bytes, summary } = writer.finish();
    const fingerprints = await this.#put(await this.#store.putDirectory(bytes));
    await this.#store.finish();
    onBuilt(hex(fingerprints), this.#chunks);
    return {
      time: rfc3339(this.#repository.world.clock.nowMs()),
      ...{ host: client, user: 'model', paths: ['/'], tags: [], excludes: [], users: {}, groups: {} },
      root: { kind: 'chunks', fingerprints, lengthBytes: bytes.length },
      program: 'model',
      summary: summaryOf(summary),
    };
  }

  async #directory(index: number, files: readonly number[]): Promise<TreeEntry> {
    const writer = new TreeWriter();
    for (const file of files.toSorted((a, b) => nameOf(a).compare(nameOf(b))))
      writer.append(await this.#file(file));
    const { bytes, summary } = writer.finish();
    const fingerprints = await this.#put(await this.#store.putDirectory(bytes));
    const tree = { kind: 'chunks', fingerprints, lengthBytes: bytes.length } as const;
    return {
      ...plain,
      type: 'directory',
      name: nameOf(index),
      content: { kind: 'directory', summary, tree },
    };
  }

  async #file(file: number): Promise<TreeEntry> {
    const { pauseMsMax } = this.#options;
    if (pauseMsMax > 0) await this.#clock.sleep(this.#repository.world.random.integer(pauseMsMax));
    const raw = contentOf(file);
    const fingerprints = await this.#put(await this.#store.put('data', raw));
    const content = {
      kind: 'file',
      sizeBytes: raw.length,
      sparse: false,
      readable: true,
      fingerprints,
    } as const;
    return { ...plain, type: 'file', name: nameOf(file), content };
  }

  async #put(fingerprints: Uint8Array): Promise<Uint8Array> {
    for (let at = 0; at < fingerprints.length; at += 32)
      this.#chunks.push(hex(fingerprints.subarray(at, at + 32)));
    return fingerprints;
  }
}

const plain = {
  ...{ mode: 0o644, uid: 0, gid: 0, inode: 1n },
  mtime: { seconds: 0, nanoseconds: 0 },
  ctime: { seconds: 0, nanoseconds: 0 },
};

function nameOf(file: number): Buffer {
  return Buffer.from(`file-${file}`);
}

function summaryOf({ files, directories, bytes }: TreeSummary): Snapshot['summary'] {
  return {
    ...{ files, directories, bytes, filesNew: files, filesChanged: 0, filesUnmodified: 0, errors: 0 },
    ...{ chunksNew: 0, bytesAdded: 0, durationMs: 0 },
  };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
