// Puts blobs into object storage: bytes, and streams that end early, as one object; longer streams as an upload, whose
// parts are as large as parts may be. An upload that a crash left is found by its owner and aborted at the next start.
//
// | stream | stored by | memory |
// | --- | --- | --- |
// | up to 1 MiB | one put | the stream |
// | more | createUpload, a part for each 5 GiB, completeUpload; nothing is copied | 1 MiB |

import { type BlobBody, type PutOptions, WatchedSource } from '@cairn/engines';
import { objectBody } from '../core/object-body.ts';
import type {
  CompletedPart,
  ObjectName,
  ObjectStorage,
  UploadName,
  WriteCondition,
} from '../core/object-storage.ts';
import { ObjectStorageError } from '../errors.ts';
import { partBytesMax } from '../limits.ts';
import { ByteSplitter } from './byte-splitter.ts';
import { ifThere, onStorage } from './local-error.ts';

export type LocalWriterOptions = {
  readonly storage: ObjectStorage;
  /** As large as parts may be; tests make them smaller. */
  readonly partBytes?: number | undefined;
};

export class LocalWriter {
  readonly #storage: ObjectStorage;
  readonly #partBytes: number;

  constructor({ storage, partBytes = partBytesMax }: LocalWriterOptions) {
    this.#storage = storage;
    this.#partBytes = partBytes;
  }

  async put(name: ObjectName, body: BlobBody, options: PutOptions): Promise<'stored' | 'exists'> {
    const attempted = `put ${JSON.stringify(name.key)}`;
    const condition: WriteCondition | undefined = options.ifAbsent ? { ifNoneMatch: '*' } : undefined;
    const source = body instanceof Uint8Array ? undefined : new WatchedSource(body, options.signal);
    try {
      // Spares taking in what would only be thrown away; the transaction decides among those that get past it.
      if (condition !== undefined && (await onStorage(attempted, () => this.#isThere(name)))) return 'exists';
      await onStorage(attempted, () =>
        source === undefined
          ? this.#putBytes(name, body as Uint8Array, condition)
          : this.#putStream(name, source, { condition, signal: options.signal }),
      );
      return 'stored';
    } catch (error) {
      options.signal?.throwIfAborted();
      if (source?.failure !== undefined) throw source.failure.error;
      if (condition !== undefined && isRefusedCondition(error)) return 'exists';
      throw error;
    }
  }

  async #isThere(name: ObjectName): Promise<boolean> {
    return (await ifThere(this.#storage.headObject(name))) !== undefined;
  }

  async #putBytes(name: ObjectName, bytes: Uint8Array, condition: WriteCondition | undefined): Promise<void> {
    await this.#storage.putObject({ ...name, attributes, body: objectBody(bytes), condition });
  }

  async #putStream(
    name: ObjectName,
    source: WatchedSource,
    { condition, signal }: { condition: WriteCondition | undefined; signal: AbortSignal | undefined },
  ): Promise<void> {
    const splitter = new ByteSplitter(source);
    try {
      const start = await splitter.gather(gatheredBytesMax);
      if (splitter.ended) return await this.#putBytes(name, Buffer.concat(start), condition);
      splitter.putBack(start);
      await this.#upload(name, splitter, { condition, signal });
    } finally {
      await splitter.close();
    }
  }

  async #upload(
    name: ObjectName,
    splitter: ByteSplitter,
    { condition, signal }: { condition: WriteCondition | undefined; signal: AbortSignal | undefined },
  ): Promise<void> {
    const { uploadId } = await this.#storage.createUpload({ ...name, attributes, owner: uploadOwner });
    const upload = { ...name, uploadId };
    try {
      const parts = await this.#uploadParts(upload, splitter);
      signal?.throwIfAborted(); // from here on it is stored or not, whatever the caller wishes
      await this.#storage.completeUpload({ ...upload, parts, condition });
    } catch (error) {
      await this.#abort(upload);
      throw error;
    }
  }

  async #uploadParts(upload: UploadName, splitter: ByteSplitter): Promise<readonly CompletedPart[]> {
    const parts: CompletedPart[] = [];
    for (let partNumber = 1; !(await splitter.atEnd()); partNumber++) {
      const body = objectBody(splitter.next(this.#partBytes));
      const { etag } = await this.#storage.uploadPart({ ...upload, partNumber, body });
      parts.push({ partNumber, etag });
    }
    return parts;
  }

  /** What made the put fail is told, not what made its cleaning up fail: the next start aborts it then. */
  async #abort(upload: UploadName): Promise<void> {
    await this.#storage.abortUpload(upload).catch((error: unknown) => {
      if (!(error instanceof ObjectStorageError)) throw error;
    });
  }
}

function isRefusedCondition(error: unknown): boolean {
  const cause = (error as { cause?: unknown }).cause;
  return cause instanceof ObjectStorageError && cause.code === 'PreconditionFailed';
}

/** Marks uploads of this engine: no client of S3 has such an owner. */
export const uploadOwner = 'local-blobs';
const attributes = { headers: {}, userMetadata: {} } as const;
const gatheredBytesMax = 1024 * 1024;
