// An archiver: the worker that reads files, cuts, fingerprints, compresses, seals and packs (archiver-messages.ts says what
// it is told and answers; DESIGN.md, "Create").
//
// It reads at most `bytesPerTurn` for one input and then answers, so packs leave as they fill. With `lookup: 'ask'` a turn
// ends as well when so many bytes wait for answers.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { BatchHandler, OpenExecutor, Result } from '@cairn/world';
import { Chunker } from '../chunking/chunker.ts';
import { BackupError } from '../errors.ts';
import type { ArchivedFile, ArchiverInit, ArchiverInput, ArchiverOutput } from './archiver-messages.ts';
import { ChunkSink, sumOfCounts } from './chunk-sink.ts';
import { decodeFileJobs, encodeArchivedFiles } from './file-batch.ts';
import { fingerprintBytes } from './fingerprinter.ts';
import { packSaltBytes } from './pack-layout.ts';
import type { PackType } from './sealed-pack.ts';
import { FileReader } from './source/file-reader.ts';
import { StreamReader } from './stream-reader.ts';

/** About 20 ms of work at level 3. */
export const bytesPerTurn = 8 * 1024 * 1024;

export const openExecutor: OpenExecutor<ArchiverInit, ArchiverInput, ArchiverOutput> = (init) =>
  new Archiver(init);

class Archiver implements BatchHandler<ArchiverInput, ArchiverOutput> {
  readonly #init: ArchiverInit;
  /** Of data, and of manifests once there are any. */
  readonly #sinks = new Map<PackType, ChunkSink>();
  readonly #streams = new Map<PackType, StreamReader>();
  readonly #files: FileReader;
  /** What each output asked that was not answered yet. */
  readonly #asked: { readonly sink: ChunkSink; readonly count: number }[][] = [];

  constructor(init: ArchiverInit) {
    this.#init = init;
    const chunker = new Chunker(init.keyring.chunkerSecret, init.config.chunkBytes);
    this.#files = new FileReader(chunker, this.#sinkFor('data'));
  }

  handle(inputs: readonly ArchiverInput[]): readonly Result<ArchiverOutput>[] {
    return inputs.map((input) => {
      try {
        return { ok: true, value: this.#handle(input) };
      } catch (error) {
        return { ok: false, error };
      }
    });
  }

  close(): void {
    this.#files.close();
  }

  #handle(input: ArchiverInput): ArchiverOutput {
    switch (input.kind) {
      case 'files':
        this.#files.add(decodeFileJobs(input.files));
        return this.#readFiles();
      case 'continue':
        if (input.known !== undefined) this.#answer(input.known);
        return this.#readFiles();
      case 'bytes':
        return this.#readBytes(input);
      case 'flush':
        assert(this.#asked.length === 0, 'packs are flushed when every question was answered');
        for (const sink of this.#sinks.values()) sink.flush();
        return this.#output([]);
      default:
        throw unknownInput(input);
    }
  }

  #readFiles(): ArchiverOutput {
    const sink = this.#sinkFor('data');
    return this.#output(this.#files.read(bytesPerTurn, () => sink.heldBytes < bytesPerTurn));
  }

  #readBytes(input: Extract<ArchiverInput, { readonly kind: 'bytes' }>): ArchiverOutput {
    const file = this.#streamFor(input.type).add(input);
    return this.#output(file === undefined ? [] : [file]);
  }

  /** Answers what one output asked, of one sink after the other. */
  #answer(known: Uint8Array): void {
    let offset = 0;
    for (const { sink, count } of this.#asked.shift() ?? []) {
      sink.answer(known.subarray(offset, offset + count));
      offset += count;
    }
    assert(offset === known.length, 'every question has its answer');
  }

  #output(files: readonly ArchivedFile[]): ArchiverOutput {
    const sinks = [...this.#sinks.values()];
    const questions = this.#ask(sinks);
    const counts = sinks.map((sink) => sink.takeCounts()).reduce(sumOfCounts);
    return {
      files: encodeArchivedFiles(files),
      packs: sinks.flatMap((sink) => sink.takePacks()),
      open: !this.#files.isIdle || questions !== undefined,
      ...(questions === undefined ? {} : { questions }),
      counts: { ...counts, bytesRead: this.#files.takeBytesRead() },
    };
  }

  #ask(sinks: readonly ChunkSink[]): Uint8Array | undefined {
    const parts = sinks.map((sink) => ({ sink, questions: sink.takeQuestions() }));
    const questions = Buffer.concat(parts.map((part) => part.questions));
    if (questions.length === 0) return undefined;
    this.#asked.push(
      parts.map((part) => ({ sink: part.sink, count: part.questions.length / fingerprintBytes })),
    );
    return Uint8Array.from(questions);
  }

  #sinkFor(type: PackType): ChunkSink {
    const existing = this.#sinks.get(type);
    if (existing !== undefined) return existing;
    const newSalt = () => randomBytes(packSaltBytes);
    const sink = new ChunkSink({ ...this.#init, type, newSalt });
    this.#sinks.set(type, sink);
    return sink;
  }

  #streamFor(type: PackType): StreamReader {
    const existing = this.#streams.get(type);
    if (existing !== undefined) return existing;
    const { config, keyring } = this.#init;
    const stream = new StreamReader(config, keyring, this.#sinkFor(type));
    this.#streams.set(type, stream);
    return stream;
  }
}

function unknownInput(input: never): BackupError {
  return new BackupError('invalid-argument', {
    attempted: 'archive',
    detail: `unknown input ${JSON.stringify(input)}`,
  });
}
