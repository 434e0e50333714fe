// Has workers write entries: many small ones as one unit of work with the chunks that they need, a large file in pieces.
//
// A file whose chunks cannot be read, or are not what they should be, is tried once more in pieces through
// `repository.readChunks`, which looks in a fresh index and in every copy.

import type { ChunkIndex } from '../../core/repository.ts';
import { BackupError } from '../../errors.ts';
import type { TreeEntry } from '../../format/tree-entry.ts';
import { fingerprintBytes } from '../../packing/fingerprinter.ts';
import { type BatchEntry, type EntryAction, packEntries } from '../worker/entry-batch.ts';
import type { OpenedFile, RestoreOutput } from '../worker/restore-messages.ts';
import type { ChunkFetcher } from './chunk-fetcher.ts';
import { ChunkNumbers } from './chunk-numbers.ts';
import type { LinkGroup } from './hard-link-table.ts';
import { itemPath, type RestoreItem } from './restore-item.ts';
import type { RestoreReport } from './restore-report.ts';
import type { Slots } from './slots.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Raw bytes that a unit of work, or a piece of a large file, has about. */
export const unitBytes = 4 * 1024 * 1024;
export const unitEntriesMax = 2048;
/** Of a large file: many may be one and the same chunk of zeros. */
const pieceChunksMax = 4096;

export type PlacedItem = RestoreItem & {
  readonly action: EntryAction;
  /** The group that it begins, to be told its inode. */
  readonly group?: LinkGroup | undefined;
};

export type EntryWriterOptions = {
  readonly pool: WorkerPool;
  readonly fetcher: ChunkFetcher;
  readonly index: ChunkIndex;
  readonly report: RestoreReport;
  readonly signal: AbortSignal;
  /** The target is full: nothing more is begun. */
  readonly onFull: (problem: string) => void;
};

export class EntryWriter {
  readonly #options: EntryWriterOptions;

  constructor(options: EntryWriterOptions) {
    this.#options = options;
  }

  /** Entries with all of their chunks. Everything that fails is in the report, but what ends the restore. */
  async writeUnit(items: readonly PlacedItem[]): Promise<void> {
    const { fetcher, pool, index } = this.#options;
    const numbers = new ChunkNumbers(index);
    const entries = items.map((item) => batchEntry(item, numbers));
    const chunks = await fetcher.sealed(numbers.chunks);
    const output = await pool.run({ kind: 'write', entries: packEntries(entries), chunks });
    fetcher.release(chunks);
    await this.#settle(items, output);
  }

  /** A file of any size. With `slots`, a piece waits for a free one; `raw` reads chunks wherever they are. */
  async writeInPieces(item: PlacedItem, options: { slots?: Slots; raw?: boolean } = {}): Promise<void> {
    const { pool, report } = this.#options;
    const { relative } = item.directory;
    const { file, failures } = await pool.run({ kind: 'open', directory: relative });
    if (file === undefined) {
      this.#fail(item, failures[0]!.problem, failures[0]!.kind === 'full');
      return;
    }
    try {
      const problem = await this.#writePieces(item, file, options);
      if (problem !== undefined) {
        report.problem(itemPath(item), problem);
        await pool.run({ kind: 'discard', file, directory: relative });
        return;
      }
    } catch (error) {
      await pool.run({ kind: 'discard', file, directory: relative });
      throw error;
    }
    const entries = packEntries([{ ...item, directory: relative, chunks: [] }]);
    await this.#settle([item], await pool.run({ kind: 'finish', file, entries }));
  }

  /** What went wrong with any of them. */
  async #writePieces(
    item: PlacedItem,
    file: OpenedFile,
    { slots, raw = false }: { slots?: Slots; raw?: boolean },
  ): Promise<string | undefined> {
    const { index, signal } = this.#options;
    const running: Promise<void>[] = [];
    const problems: string[] = [];
    // Met by whoever comes next, or at the end: a promise that rejects while nobody waits for it would end the process.
    const thrown: unknown[] = [];
    let offset = 0;
    for (const numbers of pieces(item.entry, index)) {
      await slots?.take();
      const piece = { ...numbers, offset };
      offset += numbers.lengthBytes;
      const writing = this.#writePiece(item, file, piece, raw)
        .then(
          (problem) => void (problem !== undefined && problems.push(problem)),
          (error: unknown) => void thrown.push(error),
        )
        .finally(() => slots?.give());
      running.push(writing);
      if (slots === undefined) await writing;
      if (problems.length + thrown.length > 0 || signal.aborted) break;
    }
    await Promise.all(running);
    if (thrown.length > 0) throw thrown[0];
    signal.throwIfAborted();
    return problems[0] ?? sizeProblem(item.entry, offset);
  }

  async #writePiece(
    item: PlacedItem,
    file: OpenedFile,
    piece: Piece,
    raw: boolean,
  ): Promise<string | undefined> {
    const { fetcher, pool, onFull } = this.#options;
    const { content } = item.entry;
    try {
      const chunks = await (raw ? fetcher.raw(piece.chunks) : fetcher.sealed(piece.chunks));
      const { failures } = await pool.run({
        kind: 'piece',
        descriptor: file.descriptor,
        offset: piece.offset,
        sparse: content.kind === 'file' && content.sparse,
        chunks,
        order: Uint32Array.from(piece.order),
      });
      fetcher.release(chunks);
      const [failure] = failures;
      if (failure?.kind === 'chunk' && !raw) return await this.#writePiece(item, file, piece, true);
      if (failure?.kind === 'full') onFull(failure.problem);
      return failure?.problem;
    } catch (error) {
      if (!(error instanceof BackupError) || error.code !== 'damaged') throw error;
      return error.message;
    }
  }

  async #settle(items: readonly PlacedItem[], { failures, notices, inodes }: RestoreOutput): Promise<void> {
    const { report } = this.#options;
    const failed = new Set(failures.map(({ entry }) => entry));
    for (const { entry, kind, detail } of notices) report.notice(kind, itemPath(items[entry]!), detail);
    for (const { entry, inode } of inodes) if (items[entry]!.group) items[entry]!.group.inode = inode;
    for (const [at, item] of items.entries()) if (!failed.has(at)) this.#count(item);
    for (const { entry, kind, problem } of failures) {
      const item = items[entry]!;
      if (kind === 'chunk') await this.writeInPieces(item, { raw: true });
      else this.#fail(item, problem, kind === 'full');
    }
  }

  #fail(item: PlacedItem, problem: string, full: boolean): void {
    this.#options.report.problem(itemPath(item), problem);
    if (full) this.#options.onFull(problem);
  }

  #count({ entry }: PlacedItem): void {
    const { counts } = this.#options.report;
    if (entry.type === 'directory') return;
    counts.files += 1;
    if (entry.content.kind === 'file') counts.bytes += entry.content.sizeBytes;
  }
}

type Piece = {
  readonly chunks: ChunkNumbers['chunks'];
  readonly order: readonly number[];
  readonly lengthBytes: number;
  readonly offset: number;
};

function batchEntry(item: PlacedItem, numbers: ChunkNumbers): BatchEntry {
  const { content } = item.entry;
  const chunks =
    content.kind === 'file' && item.action !== 'describe' ? numbers.add(content.fingerprints) : [];
  return { entry: item.entry, action: item.action, directory: item.directory.relative, chunks };
}

/** Runs of a file's chunks. */
function* pieces(entry: TreeEntry, index: ChunkIndex): Iterable<Omit<Piece, 'offset'>> {
  if (entry.content.kind !== 'file') return;
  const { fingerprints } = entry.content;
  let numbers = new ChunkNumbers(index);
  let order: number[] = [];
  for (let at = 0; at < fingerprints.length; at += fingerprintBytes) {
    order.push(...numbers.add(fingerprints.subarray(at, at + fingerprintBytes)));
    const isLast = at + fingerprintBytes === fingerprints.length;
    if (!isLast && numbers.rawBytes < unitBytes && order.length < pieceChunksMax) continue;
    const { chunks } = numbers;
    const lengthBytes = order.reduce((sum, number) => sum + (chunks[number]!.location?.rawBytes ?? 0), 0);
    yield { chunks, order, lengthBytes };
    numbers = new ChunkNumbers(index);
    order = [];
  }
}

function sizeProblem({ content }: TreeEntry, chunkBytes: number): string | undefined {
  if (content.kind !== 'file' || content.sizeBytes === chunkBytes) return undefined;
  return `its chunks have ${chunkBytes} bytes, its entry says ${content.sizeBytes}`;
}
