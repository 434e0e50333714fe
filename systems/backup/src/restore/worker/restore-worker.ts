// The worker of a restore: opens chunks and does all that touches the target, one batch at a time, synchronously.
//
// An entry that fails is named and the next one is tried, but for a full target: then nothing more of the batch is.

import type { BatchHandler, OpenExecutor } from '@cairn/world';
import { cString } from '../../filesystem/libc.ts';
import { createFile, discardFile } from '../../filesystem/new-file.ts';
import { namesIn, removeTree } from '../../filesystem/remove-tree.ts';
import { requireSystemCalls, type SystemCalls } from '../../filesystem/system-calls.ts';
import { PackReader } from '../../packing/open-pack.ts';
import { ChunkFailure, ChunkOpener } from './chunk-opener.ts';
import { describeDirectory, writeLink } from './complete-entries.ts';
import { DirectoryHandles } from './directory-handles.ts';
import { type EntryBatch, unpackEntries } from './entry-batch.ts';
import { enterDirectory, inspectEntry } from './inspect-entries.ts';
import type { Failure, Notice, RestoreInput, RestoreOutput, RestoreWorkerInit } from './restore-messages.ts';
import { finishFile, type WriteContext, type WrittenEntry, writeContent, writeEntry } from './write-entry.ts';

const fullCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);
const nothing = { failures: [], notices: [], inodes: [] } as const satisfies RestoreOutput;

export const openExecutor: OpenExecutor<RestoreWorkerInit, RestoreInput, RestoreOutput> = (init) =>
  new RestoreWorker(init);

class RestoreWorker implements BatchHandler<RestoreInput, RestoreOutput> {
  readonly #init: RestoreWorkerInit;
  readonly #calls: SystemCalls;
  readonly #handles: DirectoryHandles;
  readonly #context: WriteContext;

  constructor(init: RestoreWorkerInit) {
    this.#init = init;
    this.#calls = requireSystemCalls();
    this.#handles = new DirectoryHandles(this.#calls, init.root);
    const chunks = new ChunkOpener(new PackReader(init.config, init.keyring));
    this.#context = { calls: this.#calls, chunks, delete: init.delete, verify: init.verify };
  }

  handle(inputs: readonly RestoreInput[]) {
    return inputs.map((input) => {
      try {
        return { ok: true, value: this.#handle(input) } as const;
      } catch (error) {
        // One failure for all of an input that is about one thing.
        return { ok: true, value: { ...nothing, failures: [failureOf(0, error)] } } as const;
      }
    });
  }

  close(): void {
    this.#handles.close();
  }

  #handle(input: RestoreInput): RestoreOutput {
    switch (input.kind) {
      case 'enter':
        return { ...nothing, state: enterDirectory(this.#entering, input) };
      case 'inspect':
        return this.#inspect(input.entries);
      case 'write':
        this.#context.chunks.begin(input.chunks);
        return this.#each(input.entries, (directory, entry) =>
          entry.type === 'directory'
            ? this.#makeDirectory(directory, entry.name)
            : writeEntry(this.#context, this.#handles.openOrMake(directory), entry),
        );
      case 'open':
        return { ...nothing, file: createFile(this.#calls, this.#handles.openOrMake(input.directory)) };
      case 'piece':
        return this.#writePiece(input);
      case 'finish':
        return this.#each(input.entries, (directory, entry) =>
          finishFile(this.#context, input.file, this.#handles.open(directory), entry),
        );
      case 'discard':
        discardFile(this.#calls, input.file, this.#handles.open(input.directory));
        return nothing;
      case 'complete':
        return this.#complete(input);
      case 'list':
        return { ...nothing, names: this.#list(input.directory) };
      case 'remove':
        return this.#remove(input.directory, input.names);
      default:
        return input satisfies never;
    }
  }

  get #entering() {
    const { overwrite, dryRun } = this.#init;
    return { calls: this.#calls, handles: this.#handles, overwrite, dryRun };
  }

  #inspect(batch: EntryBatch): RestoreOutput {
    const failures: Failure[] = [];
    const decisions = Array.from(unpackEntries(batch), (entry) => {
      try {
        return inspectEntry(this.#entering, batch.directories[entry.directory]!, entry);
      } catch (error) {
        failures.push(failureOf(entry.at, error));
        return 'keep';
      }
    });
    return { ...nothing, decisions, failures };
  }

  #makeDirectory(parent: Uint8Array, name: Uint8Array): WrittenEntry {
    this.#calls.makeDirectory(this.#handles.openOrMake(parent), name, 0o700);
    return { problems: [] };
  }

  #writePiece(input: Extract<RestoreInput, { kind: 'piece' }>): RestoreOutput {
    this.#context.chunks.begin(input.chunks);
    writeContent(this.#context, input.descriptor, input.order, input);
    return nothing;
  }

  #complete({ links, directories }: Extract<RestoreInput, { kind: 'complete' }>): RestoreOutput {
    const failures: Failure[] = [];
    for (const [at, link] of links.entries())
      try {
        writeLink(this.#context, this.#handles, link);
      } catch (error) {
        failures.push(failureOf(at, error));
      }
    const output = this.#each(
      directories,
      (directory, entry) => describeDirectory(this.#context, this.#handles, directory, entry),
      links.length,
    );
    return { ...output, failures: [...failures, ...output.failures] };
  }

  #each(
    batch: EntryBatch,
    write: (
      directory: Uint8Array,
      entry: ReturnType<typeof unpackEntries> extends Iterable<infer T> ? T : never,
    ) => WrittenEntry,
    first = 0,
  ): RestoreOutput {
    const failures: Failure[] = [];
    const notices: Notice[] = [];
    const inodes: { entry: number; inode: bigint }[] = [];
    let full = false;
    for (const entry of unpackEntries(batch)) {
      const at = first + entry.at;
      try {
        if (full) throw notTried();
        const { problems, inode } = write(batch.directories[entry.directory]!, entry);
        for (const problem of problems) notices.push({ entry: at, ...problem });
        if (inode !== undefined) inodes.push({ entry: at, inode });
      } catch (error) {
        const failure = failureOf(at, error);
        full ||= failure.kind === 'full';
        failures.push(failure);
      }
    }
    return { failures, notices, inodes };
  }

  #list(directory: Uint8Array): readonly Uint8Array[] {
    return namesIn(this.#handles.open(directory)).map((name) => Uint8Array.from(name));
  }

  #remove(directory: Uint8Array, names: readonly Uint8Array[]): RestoreOutput {
    const failures: Failure[] = [];
    for (const [at, name] of names.entries())
      try {
        removeTree(this.#calls, this.#handles.open(directory), cString(name));
      } catch (error) {
        failures.push(failureOf(at, error));
      }
    return { ...nothing, failures };
  }
}

function notTried(): Error {
  return Object.assign(new Error('not tried: the target is full'), { code: 'ENOSPC' });
}

function failureOf(entry: number, error: unknown): Failure {
  if (error instanceof ChunkFailure) return { entry, kind: 'chunk', problem: error.message };
  const { code, message } = error as NodeJS.ErrnoException;
  return { entry, kind: fullCodes.has(code ?? '') ? 'full' : 'target', problem: message };
}
