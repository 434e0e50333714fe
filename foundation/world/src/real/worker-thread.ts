// A worker thread and the executors that it hosts: one of its own for most, one between several for those that were
// opened with the same thread name. The thread ends with its last executor.

import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ExecutorId, FromExecutor, FromWorker, ToWorker, WorkerStart } from './executor-messages.ts';

// A worker that runs away fails alone, with ERR_WORKER_OUT_OF_MEMORY, before it takes the process with it. This is its
// JavaScript heap: what it keeps in buffers or in SQLite's cache is not counted.
const heapMegabytesMax = 1024;
// New objects live a batch long. Left alone V8 would give each thread up to 48 MB for them under load.
const youngMegabytesMax = 8;
/** Of a shared thread: it still has a tenth of a core that others want all of. */
const sharedNiceness = 10;

/** What an executor hears of its thread. */
export type Hosted = {
  receive(message: FromExecutor<unknown>): void;
  /** The thread is gone, and everything on it. */
  died(cause: unknown): void;
};

const named = new Map<string, WorkerThread>();

/** The thread of that name, started when there is none; one of its own without a name. */
export function workerThread(name: string | undefined, title: string): WorkerThread {
  if (name === undefined) return new WorkerThread(title, undefined);
  return named.getOrInsertComputed(name, () => new WorkerThread(name, name));
}

export class WorkerThread {
  readonly #worker: Worker;
  readonly #name: string | undefined;
  readonly #hosted = new Map<ExecutorId, Hosted>();
  #lastId = 0;
  /** Answers that are owed: only then does the thread keep the process alive. */
  #owed = 0;

  constructor(title: string, name: string | undefined) {
    this.#name = name;
    this.#worker = new Worker(new URL('./executor-worker.ts', import.meta.url), {
      name: title,
      workerData: { niceness: name === undefined ? 0 : sharedNiceness } satisfies WorkerStart,
      env: environment(),
      resourceLimits: {
        maxOldGenerationSizeMb: heapMegabytesMax,
        maxYoungGenerationSizeMb: youngMegabytesMax,
      },
    });
    this.#worker.unref();
    this.#worker.on('message', ({ executor, ...message }: FromWorker<unknown>) =>
      this.#hosted.get(executor)?.receive(message),
    );
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', () => this.#die(undefined));
  }

  /** Takes an executor on; it names itself in its messages by the id. */
  host(executor: Hosted): ExecutorId {
    this.#lastId += 1;
    this.#hosted.set(this.#lastId, executor);
    return this.#lastId;
  }

  /** Sends what is to be answered; throws what the clone throws. */
  ask(message: ToWorker<unknown>): void {
    this.#worker.postMessage(message);
    this.#owed += 1;
    if (this.#owed === 1) this.#worker.ref();
  }

  answered(): void {
    this.#owed -= 1;
    if (this.#owed === 0) this.#worker.unref();
  }

  /** Lets an executor go that is closed; resolves at once, or with the end of the thread if it was the last. */
  async dismiss(id: ExecutorId): Promise<void> {
    this.#hosted.delete(id);
    if (this.#hosted.size > 0 || this.#worker.threadId === -1) return;
    this.#forget();
    const exited = new Promise<void>((resolve) => void this.#worker.once('exit', () => resolve()));
    this.#worker.ref();
    this.#worker.postMessage({ kind: 'end' } satisfies ToWorker<unknown>);
    await exited;
  }

  #die(cause: unknown): void {
    this.#forget();
    const hosted = [...this.#hosted.values()];
    this.#hosted.clear();
    for (const executor of hosted) executor.died(cause);
  }

  #forget(): void {
    if (this.#name !== undefined && named.get(this.#name) === this) named.delete(this.#name);
  }
}

/**
 * A thread takes compiled code from where this process keeps it only when it is told so before its first module. Without,
 * it strips and compiles every module anew, for which it loads a compiler of 15 MB.
 */
function environment(): NodeJS.ProcessEnv {
  const compileCache = getCompileCacheDir();
  // Node appends its own version to the folder that it is given.
  return compileCache === undefined
    ? process.env
    : { ...process.env, NODE_COMPILE_CACHE: dirname(compileCache) };
}
