// One run over the tree: the walker says what to read, archivers read it, packs go to the store, results go back to the
// walker, until it has the root (DESIGN.md, "Create").

import { untilAborted } from '@cairn/engines/blobs';
import type { Executor, ExecutorOptions } from '@cairn/world';
import { pathText } from '../manifest/path-text.ts';
import type {
  ArchivedFile,
  ArchiverCounts,
  ArchiverInput,
  ArchiverOutput,
} from '../packing/archiver-messages.ts';
import { noArchiverCounts, sumOfCounts } from '../packing/chunk-sink.ts';
import { decodeArchivedFiles } from '../packing/file-batch.ts';
import { ArchiverPool } from './archiver-pool.ts';
import type { CreateContext } from './create-context.ts';
import type { CreateProgress } from './create-options.ts';
import { pathBytes } from './file-path.ts';
import { PackUploads } from './pack-uploads.ts';
import { readParentChunks } from './parent-chunks.ts';
import type { ChunkAnswer } from './parent-directories.ts';
import { noCounts, type WalkCounts } from './walk-report.ts';
import type { WalkDone, WalkerInit, WalkerInput, WalkerOutput, WalkProblem } from './walker-messages.ts';

const walkerModule = new URL('./walker-worker.ts', import.meta.url);
const archiverModule = new URL('../packing/archiver-worker.ts', import.meta.url);

export type BackupRunOptions = {
  readonly context: CreateContext;
  readonly archivers: number;
  /** The walker, and the archiver that shares its thread, take turns in this thread. */
  readonly inCallingThread: boolean;
  readonly onProgress: ((progress: CreateProgress) => void) | undefined;
  readonly signal: AbortSignal;
};

/**
 * Where there are no more archivers, the walker runs in the thread of the first: a thread of its own takes 15 MB, and there is no
 * core for it. The other archiver takes the more of the files.
 */
const archiversBesideWalker = 2;
/** At higher levels a turn of 8 MiB takes up to seconds, too long for the thread that uploads and hears signals. */
const callingThreadLevelMax = 4;
let runs = 0;

type BytesInput = Extract<ArchiverInput, { kind: 'bytes' }>;
export class BackupRun {
  readonly problems: WalkProblem[] = [];
  readonly totals: WalkCounts = noCounts();
  readonly warnings: string[] = [];
  counts: ArchiverCounts = noArchiverCounts();
  readonly #options: BackupRunOptions;
  readonly #uploads: PackUploads;
  readonly #pool: ArchiverPool;
  /** Aborted with what the run fails with. */
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #walkerOptions: ExecutorOptions;
  #results: Uint8Array[] = [];
  #chunks: ChunkAnswer[] = [];
  #wake: () => void = () => {};
  #current = '';
  /** Read of files that are not done. */
  #openBytes = 0;
  #bytesTold = 0;

  constructor(options: BackupRunOptions) {
    const { context, archivers, inCallingThread, signal } = options;
    const { executors } = context.repository.world;
    this.#options = options;
    const walkerOptions = inCallingThread ? { inCallingThread } : { thread: `walker ${++runs}` };
    this.#walkerOptions = walkerOptions;
    const { compressionLevel } = context.repository.config;
    const standsStill = inCallingThread && compressionLevel > callingThreadLevelMax;
    const sharesThread = archivers <= archiversBesideWalker && !standsStill;
    this.#signal = AbortSignal.any([signal, this.#failed.signal]);
    this.#signal.addEventListener('abort', () => this.#wake(), { once: true });
    this.#uploads = new PackUploads({
      store: context.storePack,
      onStored: ({ bytes }) => context.buffers.giveBack(bytes),
      atOnce: context.uploadsAtOnce,
      signal: this.#signal,
    });
    this.#pool = new ArchiverPool({
      count: archivers,
      open: (number) =>
        executors.open<unknown, ArchiverInput, ArchiverOutput>(
          archiverModule,
          context.archiverInit,
          number === 0 && sharesThread ? walkerOptions : {},
        ),
      onOutput: (output) => this.#take(output),
      upload: (pack) => this.#uploads.add(pack),
      lookUp: (questions) => context.service!.lookup(questions),
      onFailure: (error) => this.#failed.abort(error),
    });
  }

  get bytesUploaded(): number {
    return this.#uploads.bytesUploaded;
  }

  /** The tree below `init.paths`. All that it consists of is durable when this resolves. */
  async walk(init: WalkerInit): Promise<WalkDone> {
    const { executors } = this.#options.context.repository.world;
    const walker = await executors.open<WalkerInit, WalkerInput, WalkerOutput>(
      walkerModule,
      init,
      this.#walkerOptions,
    );
    try {
      const done = await this.#drive(walker);
      this.warnings.push(...done.warnings);
      await this.finish();
      return done;
    } finally {
      await walker.close();
    }
  }

  /** Content that comes from no file; nothing else may be under way. */
  async store(inputs: AsyncIterable<BytesInput>): Promise<ArchivedFile> {
    const { files } = await this.#pool.addBytes(this.#counted(inputs));
    return decodeArchivedFiles(files)[0]!;
  }

  /** Everything that was archived is durable when this resolves. */
  async finish(): Promise<void> {
    await this.#pool.flush();
    await this.#uploads.drain();
    this.#signal.throwIfAborted();
  }

  /** Whether it ended well or not: archivers are gone and nothing is being uploaded when this resolves. */
  async close(): Promise<void> {
    await this.#pool.close();
    await this.#uploads.settle();
  }

  async #drive(walker: Executor<WalkerInput, WalkerOutput>): Promise<WalkDone> {
    for (;;) {
      this.#signal.throwIfAborted();
      const output = await walker.run(this.#takeAnswers());
      this.#note(output);
      this.#pool.addFiles(output.jobs);
      if (output.wanted.length > 0) this.#fetch(output.wanted);
      for (const pack of output.packs) await this.#uploads.add(pack);
      if (output.done !== undefined) return output.done;
      if (output.blocked) await this.#answers();
    }
  }

  #takeAnswers(): WalkerInput {
    const input = { results: this.#results, chunks: this.#chunks };
    this.#results = [];
    this.#chunks = [];
    return input;
  }

  /** Resolves when the walker can be told something, or the run failed. */
  async #answers(): Promise<void> {
    while (this.#results.length === 0 && this.#chunks.length === 0 && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #fetch(wanted: readonly Uint8Array[]): void {
    const { chunks } = this.#options.context;
    readParentChunks(chunks, wanted, this.#signal).then(
      (answers) => {
        this.#chunks.push(...answers);
        this.#noteLost(answers);
        this.#wake();
      },
      (error: unknown) => this.#failed.abort(error),
    );
  }

  #noteLost(chunks: readonly ChunkAnswer[]): void {
    const lost = chunks.filter(({ bytes }) => bytes === undefined).length;
    if (lost > 0)
      this.warnings.push(`${lost} chunks of the parent’s manifest cannot be read: its files were read again`);
  }

  #take({ files, counts, open }: ArchiverOutput): void {
    this.counts = sumOfCounts(this.counts, counts);
    if (files.length > 0) this.#results.push(files);
    this.#wake();
    this.#countOpen(files, counts.bytesRead, open);
  }

  /**
   * A large file is done after hours: until then what was read of it counts. Answers are only looked into while one is open;
   * files that are answered as a whole make no difference.
   */
  #countOpen(files: Uint8Array, bytesRead: number, open: boolean): void {
    if (this.#options.onProgress === undefined || (this.#openBytes === 0 && !open)) return;
    const answered = files.length === 0 ? [] : decodeArchivedFiles(files);
    const bytes = answered.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.#openBytes = Math.max(0, this.#openBytes + bytesRead - bytes);
    this.#tell();
  }

  #note({ problems, progress, counts }: WalkerOutput): void {
    this.problems.push(...problems);
    this.counts = sumOfCounts(this.counts, counts);
    const { current, ...more } = progress;
    for (const [name, by] of Object.entries(more)) this.totals[name as keyof WalkCounts] += by;
    if (current !== '') this.#current = current;
    this.#tell();
  }

  #tell(): void {
    // Between the answer of an archiver and that of the walker a file is counted by neither.
    this.#bytesTold = Math.max(this.#bytesTold, this.totals.bytesDone + this.#openBytes);
    this.#options.onProgress?.({
      ...this.totals,
      bytesDone: this.#bytesTold,
      bytesUploaded: this.bytesUploaded,
      errors: this.problems.length,
      current: pathText(pathBytes(this.#current)),
    });
  }

  /** A stream that stands still does not keep an abort waiting. */
  async *#counted(inputs: AsyncIterable<BytesInput>): AsyncIterable<BytesInput> {
    for await (const input of untilAborted(inputs, this.#signal)) {
      yield input;
      if (input.type === 'manifest') continue;
      this.totals.bytes += input.bytes.length;
      this.totals.bytesDone += input.bytes.length;
      this.#tell();
    }
  }
}
