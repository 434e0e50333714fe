// The blobs port over object storage in this process: a name is the key after the URL's prefix.
//
// The promises are the storage's own: whole objects or none, durable when a call resolves, one winner of `ifAbsent`,
// every block verified when it is read. There is no network, no signature and no policy between caller and store.

import {
  type BlobBody,
  type BlobContent,
  type BlobInfo,
  type BlobPage,
  type Blobs,
  BlobsError,
  type ByteRange,
  type GetOptions,
  type ListOptions,
  type PutOptions,
  untilAborted,
} from '@cairn/engines';
import type { Readable } from '../core/object-content.ts';
import type { ObjectInfo, ObjectName, ObjectStorage } from '../core/object-storage.ts';
import { deleteKeysMax } from '../limits.ts';
import { ifThere, onStorage, toBlobsError } from './local-error.ts';
import type { LocalPlace } from './local-url.ts';
import { LocalWriter } from './local-writer.ts';

export type LocalBlobsOptions = {
  readonly storage: ObjectStorage;
  readonly place: LocalPlace;
  readonly partBytes?: number | undefined;
};

export class LocalBlobs implements Blobs {
  readonly #storage: ObjectStorage;
  readonly #place: LocalPlace;
  readonly #writer: LocalWriter;

  constructor({ storage, place, partBytes }: LocalBlobsOptions) {
    this.#storage = storage;
    this.#place = place;
    this.#writer = new LocalWriter({ storage, partBytes });
  }

  put(name: string, body: BlobBody, options: PutOptions = {}): Promise<'stored' | 'exists'> {
    return this.#writer.put(this.#nameOf(name), body, options);
  }

  async get(name: string, { range, signal }: GetOptions = {}): Promise<BlobContent | undefined> {
    const attempted = `get ${JSON.stringify(name)}`;
    const select = (info: ObjectInfo) => range && within(range, { sizeBytes: info.sizeBytes, attempted });
    const found = await onStorage(attempted, () =>
      ifThere(this.#storage.getObject({ ...this.#nameOf(name), select })),
    );
    if (found === undefined) return undefined;
    const body = readContent(found.content, { attempted, signal });
    const info = { name, sizeBytes: found.info.sizeBytes, modifiedMs: found.info.modifiedMs };
    if (found.content.sizeBytes > readAtOnceBytesMax) return { info, body };
    return { info, body: replay(await Array.fromAsync(body)) };
  }

  async head(name: string): Promise<BlobInfo | undefined> {
    const info = await onStorage(`look up ${JSON.stringify(name)}`, () =>
      ifThere(this.#storage.headObject(this.#nameOf(name))),
    );
    return info && { name, sizeBytes: info.sizeBytes, modifiedMs: info.modifiedMs };
  }

  async delete(names: readonly string[]): Promise<void> {
    const { bucket } = this.#place;
    await onStorage(`delete ${names.length} blobs`, async () => {
      for (let start = 0; start < names.length; start += deleteKeysMax) {
        const objects = names.slice(start, start + deleteKeysMax).map((name) => this.#nameOf(name));
        await this.#storage.deleteObjects({ bucket, objects });
      }
    });
  }

  async list({ prefix, after, limit }: ListOptions): Promise<BlobPage> {
    const { bucket, keyPrefix } = this.#place;
    const page = await onStorage(`list ${JSON.stringify(prefix)}`, () =>
      this.#storage.listObjects({
        bucket,
        prefix: keyPrefix + prefix,
        delimiter: '',
        after: after === undefined ? '' : keyPrefix + after,
        limit: limit!,
      }),
    );
    const blobs = page.objects.map(({ key, sizeBytes, modifiedMs }) => {
      return { name: key.slice(keyPrefix.length), sizeBytes, modifiedMs };
    });
    return { blobs, more: page.next !== undefined };
  }

  /** The storage belongs to whoever opened it. */
  async close(): Promise<void> {}

  #nameOf(name: string): ObjectName {
    return { bucket: this.#place.bucket, key: this.#place.keyPrefix + name };
  }
}

/** Copies, because the storage uses its buffers again and the port does not say so. */
async function* readContent(
  content: Readable,
  { attempted, signal }: { attempted: string; signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of untilAborted(content.chunks(), signal)) yield Uint8Array.from(chunk);
  } catch (error) {
    throw toBlobsError(error, attempted);
  } finally {
    content.close();
  }
}

async function* replay(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** The range, when it lies within the blob: the port refuses what leads beyond, where S3 would cut it. */
function within(range: ByteRange, { sizeBytes, attempted }: { sizeBytes: number; attempted: string }) {
  if (range.start + range.length <= sizeBytes) return range;
  const detail = `${range.length} bytes from ${range.start}, the blob has ${sizeBytes}`;
  throw new BlobsError('invalid-range', { attempted, detail });
}

/** A body that is read at once holds no segment. */
const readAtOnceBytesMax = 256 * 1024;
