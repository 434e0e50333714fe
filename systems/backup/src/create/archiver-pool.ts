// The archivers of one backup: files wait here for one that is free, and each is started when there is work that is worth it.
// None is given more before what it had is done and its packs are on their way, so memory is bounded.

import type { Executor } from '@cairn/world';
import type { ArchiverInput, ArchiverOutput } from '../packing/archiver-messages.ts';
import type { SealedPack } from '../packing/sealed-pack.ts';
import type { JobBatch } from './walker-messages.ts';

/**
 * What is worth the start of an archiver (50 ms): as many files, or as many bytes, or some of both. Less than the walker gives out at once for each
 * of them (`outstandingPerArchiver`), or there would never be enough.
 */
export const filesPerStart = 128;
const bytesPerStart = 16 * 1024 * 1024;

export type ArchiverPoolOptions = {
  readonly count: number;
  /** `number` counts from 0. */
  readonly open: (number: number) => Promise<Executor<ArchiverInput, ArchiverOutput>>;
  /** Counts and files of an answer, before its packs are uploaded. */
  readonly onOutput: (output: ArchiverOutput) => void;
  /** Resolves when there is room for more. */
  readonly upload: (pack: SealedPack) => Promise<void>;
  /** A byte for each of n x 32 bytes of questions. */
  readonly lookUp: (questions: Uint8Array) => Promise<Uint8Array>;
  /** The backup cannot go on. */
  readonly onFailure: (error: unknown) => void;
};

type Archiver = Executor<ArchiverInput, ArchiverOutput>;

export class ArchiverPool {
  readonly #options: ArchiverPoolOptions;
  readonly #archivers: Archiver[] = [];
  readonly #idle: Archiver[] = [];
  readonly #opening = new Set<Promise<Archiver>>();
  /** Those that are not idle. */
  readonly #working = new Set<Promise<void>>();
  #queue: JobBatch[] = [];
  #next = 0;
  #closed = false;

  constructor(options: ArchiverPoolOptions) {
    this.#options = options;
  }

  addFiles(jobs: readonly JobBatch[]): void {
    if (jobs.length === 0) return;
    this.#queue = [...this.#queue.slice(this.#next), ...jobs];
    this.#next = 0;
    this.#wake();
  }

  /**
   * Content that comes from no file, in pieces, through one archiver; nothing else may be under way. Gives the answer that
   * holds the file.
   */
  async addBytes(inputs: AsyncIterable<Extract<ArchiverInput, { kind: 'bytes' }>>): Promise<ArchiverOutput> {
    const archiver = this.#idle[0] ?? (await this.#open());
    let last: ArchiverOutput | undefined;
    for await (const input of inputs) {
      last = await this.#ask(archiver, input);
      if (last.questions !== undefined) await this.#answer(archiver, last.questions);
    }
    return last!;
  }

  /**
   * After the last file was answered: gives out packs that are not full. A file is answered before the questions about its
   * chunks are, and until then these are in no pack: so it waits for all that is under way.
   */
  async flush(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
    await Promise.all(this.#archivers.map((archiver) => this.#ask(archiver, { kind: 'flush' })));
  }

  /** Ends the archivers; what they are at is finished first. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#opening);
    await Promise.all(this.#archivers.map((archiver) => archiver.close()));
  }

  get #waiting(): number {
    return this.#queue.length - this.#next;
  }

  #wake(): void {
    for (let archiver = this.#idle.pop(); archiver !== undefined; archiver = this.#idle.pop()) {
      this.#start(archiver);
      if (this.#waiting === 0) return;
    }
    while (this.#isWorthAnother()) {
      this.#open().then((opened) => this.#start(opened), this.#options.onFailure);
    }
  }

  /** Where few files changed, one archiver reads them before a second would have started. */
  #isWorthAnother(): boolean {
    const opening = this.#opening.size;
    const all = this.#archivers.length + opening;
    if (all === this.#options.count || opening >= this.#waiting) return false;
    if (all === 0) return true;
    let starts = 0;
    for (const { count, sizeBytes } of this.#queue.slice(this.#next))
      starts += count / filesPerStart + sizeBytes / bytesPerStart;
    return starts >= opening + 1;
  }

  #open(): Promise<Archiver> {
    const opening = this.#options.open(this.#archivers.length + this.#opening.size);
    this.#opening.add(opening);
    const opened = opening.then((archiver) => {
      this.#archivers.push(archiver);
      return archiver;
    });
    return opened.finally(() => this.#opening.delete(opening));
  }

  #start(archiver: Archiver): void {
    const work = this.#work(archiver).then(() => this.#rest(archiver), this.#options.onFailure);
    const working = work.finally(() => this.#working.delete(working));
    this.#working.add(working);
  }

  /** Files may have come since it looked for some. */
  #rest(archiver: Archiver): void {
    this.#idle.push(archiver);
    if (this.#waiting > 0 && !this.#closed) this.#wake();
  }

  async #work(archiver: Archiver): Promise<void> {
    for (let batch = this.#take(); batch !== undefined && !this.#closed; batch = this.#take()) {
      let output = await this.#ask(archiver, { kind: 'files', files: batch.files });
      while (output.open && !this.#closed) output = await this.#continue(archiver, output);
    }
  }

  async #continue(archiver: Archiver, { questions }: ArchiverOutput): Promise<ArchiverOutput> {
    if (questions === undefined) return this.#ask(archiver, { kind: 'continue' });
    return this.#answer(archiver, questions);
  }

  async #answer(archiver: Archiver, questions: Uint8Array): Promise<ArchiverOutput> {
    return this.#ask(archiver, { kind: 'continue', known: await this.#options.lookUp(questions) });
  }

  /** Its packs are on their way when this resolves. */
  async #ask(archiver: Archiver, input: ArchiverInput): Promise<ArchiverOutput> {
    const output = await archiver.run(input);
    this.#options.onOutput(output);
    for (const pack of output.packs) await this.#options.upload(pack);
    return output;
  }

  #take(): JobBatch | undefined {
    const batch = this.#queue[this.#next];
    if (batch !== undefined) this.#next += 1;
    return batch;
  }
}
