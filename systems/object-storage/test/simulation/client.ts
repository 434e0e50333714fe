// Carries out operations against the storage and tells the model what was answered.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  type ListVersionsPage,
  type ObjectStorage,
  ObjectStorageError,
  objectBody,
  type Readable,
} from '@cairn/object-storage';
import type { Model, SeenVersion, Value } from './model.ts';
import type { Operation } from './operations.ts';

export const bucket = 'simulated';
const attributes = { headers: { 'content-type': 'text/plain' }, userMetadata: { made: 'by simulation' } };

export type ClientOptions = {
  readonly storage: ObjectStorage;
  readonly model: Model;
  /** Calls may be answered InternalError, because bits were flipped or the disk failed. */
  readonly internalErrorsExpected: () => boolean;
  /** Between two pieces of a body. */
  readonly pause: () => Promise<void>;
  /** Makes the contents of two puts of one key differ. */
  readonly nextNumber: () => number;
};

export class Client {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async carryOut(operation: Operation): Promise<void> {
    switch (operation.kind) {
      case 'put':
        return this.#put(operation);
      case 'multipart':
        return this.#multipart(operation);
      case 'copy':
        return this.#copy(operation);
      case 'delete':
        return this.#delete(operation);
      case 'get':
        return this.verify(operation.key);
      case 'range':
        return this.#range(operation);
      case 'list':
        return this.#list(operation);
      case 'get-version':
        return this.verifyVersion(operation.key, operation.pick);
      case 'delete-version':
        return this.#deleteVersion(operation);
      case 'append':
        return this.#append(operation);
      case 'passing-bucket':
        return this.#passingBucket(operation);
    }
  }

  /** Reads a key and holds what comes back against the model. */
  async verify(key: string): Promise<void> {
    const { storage, model } = this.#options;
    const found = await this.unlessRefused(() => storage.getObject({ bucket, key }), 'NoSuchKey');
    if (found === 'failed') return;
    const value = model.observed(key, found?.info.etag);
    if (found === undefined || value === undefined) return;
    const bytes = await this.unlessRefused(() => readAll(found.content));
    if (bytes === 'failed') return;
    assert(
      bytes?.equals(value.content),
      `${key} has ${bytes?.length} bytes that are not those of ${value.etag}`,
    );
  }

  /** The same with one of the versions that are known of. */
  async verifyVersion(key: string, pick: number): Promise<void> {
    const { storage, model } = this.#options;
    const versionId = this.#pickVersion(key, pick);
    const found = await this.unlessRefused(
      () => storage.getObject({ bucket, key, versionId }),
      'NoSuchVersion',
      'MethodNotAllowed',
    );
    if (found === 'failed') return;
    const value = model.observedVersion(key, versionId, found?.info.etag);
    if (found === undefined) return;
    const bytes = await this.unlessRefused(() => readAll(found.content));
    if (bytes !== 'failed') assert(bytes?.equals(value!.content), `${key} ${versionId} has other bytes`);
  }

  /** Lists all versions of all keys and holds them against the model. */
  async verifyVersions(keys: readonly string[]): Promise<void> {
    const { storage, model } = this.#options;
    const seen = new Map<string, SeenVersion[]>(keys.map((key) => [key, []]));
    let after: ListVersionsPage['next'] = { key: '', version: '' };
    while (after !== undefined) {
      const markers = { afterKey: after.key, afterVersion: after.version };
      const page: ListVersionsPage = await storage.listVersions({
        ...{ bucket, prefix: '', delimiter: '', limit: 3 },
        ...markers,
      });
      for (const { key, versionId, latest, deleteMarker, etag } of page.versions) {
        const versions = seen.get(key)!;
        assert.equal(latest, versions.length === 0, `${key} ${versionId} is the latest`);
        versions.push({ id: versionId, etag: deleteMarker ? undefined : etag });
      }
      after = page.next;
    }
    for (const [key, versions] of seen) model.observedVersions(key, versions);
  }

  #pickVersion(key: string, pick: number): string {
    const known = this.#options.model.knownIds(key);
    return known[pick % (known.length + 1)] ?? 'null';
  }

  async #deleteVersion({ key, pick }: Operation & { kind: 'delete-version' }): Promise<void> {
    const { storage, model } = this.#options;
    const versionId = this.#pickVersion(key, pick);
    const attempt = model.beginDeletion(key, versionId);
    // Without versioning there is only the version `null`.
    const answer = await this.unlessRefused(
      () => storage.deleteObject({ bucket, key, versionId }),
      'InvalidArgument',
    );
    if (answer === undefined || answer === 'failed') attempt.refused();
    else attempt.acknowledged(undefined);
  }

  /** What an earlier crash left of it is taken over. */
  async #passingBucket({ name, partBytes }: Operation & { kind: 'passing-bucket' }): Promise<void> {
    const { storage } = this.#options;
    const place = { bucket: name, owner: 'me' };
    const made = await this.unlessRefused(() => storage.createBucket(place), 'BucketAlreadyOwnedByYou');
    if (made === 'failed') return;
    for (const [index, sizeBytes] of partBytes.entries()) {
      const upload = { bucket: name, key: `k${index}` };
      const begun = await this.unlessRefused(
        () => storage.createUpload({ ...upload, attributes, owner: 'me' }),
        'NoSuchBucket',
      );
      if (begun === undefined || begun === 'failed') continue;
      const { content } = this.#newValue(upload.key, sizeBytes);
      const part = {
        ...upload,
        uploadId: begun.uploadId,
        partNumber: 1,
        body: objectBody(this.#inPieces(content)),
      };
      await this.unlessRefused(() => storage.uploadPart(part), 'NoSuchBucket');
    }
    const deleted = await this.unlessRefused(async () => {
      await storage.deleteBucket({ bucket: name });
      return 'deleted' as const;
    }, 'NoSuchBucket');
    if (deleted !== 'deleted') return;
    await assert.rejects(storage.headBucket({ bucket: name }), { code: 'NoSuchBucket' });
  }

  async #put({ key, sizeBytes }: { key: string; sizeBytes: number }): Promise<void> {
    const value = this.#newValue(key, sizeBytes);
    // Only some say beforehand how much they send, which decides on the log that takes it.
    const hint = sizeBytes % 2 === 0 ? { sizeBytes } : {};
    const body = objectBody(this.#inPieces(value.content), hint);
    await this.#change(key, value, () => this.#options.storage.putObject({ bucket, key, attributes, body }));
  }

  /** Nobody else changes the key meanwhile. */
  async #append({ key, sizeBytes }: { key: string; sizeBytes: number }): Promise<void> {
    const { storage, model } = this.#options;
    const found = await this.unlessRefused(() => storage.headObject({ bucket, key }), 'NoSuchKey');
    if (found === 'failed') return;
    const before = model.observed(key, found?.etag);
    const added = this.#newValue(key, sizeBytes);
    const value = before === undefined ? added : extended(before, added);
    const offset = before?.content.length ?? 0;
    const body = objectBody(this.#inPieces(added.content), { sizeBytes });
    await this.#change(key, value, () => storage.appendObject({ bucket, key, offset, attributes, body }));
  }

  async #multipart({ key, partBytes, abort }: Operation & { kind: 'multipart' }): Promise<void> {
    const { storage } = this.#options;
    const contents = partBytes.map((sizeBytes) => this.#newValue(key, sizeBytes).content);
    const md5s = contents.map((content) => createHash('md5').update(content).digest());
    const etag = `${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-${contents.length}`;
    const created = await this.unlessRefused(() =>
      storage.createUpload({ bucket, key, attributes, owner: 'me' }),
    );
    if (created === undefined || created === 'failed') return;
    const upload = { bucket, key, uploadId: created.uploadId };
    const parts: { partNumber: number; etag: string }[] = [];
    for (const [index, content] of contents.entries()) {
      const part = { ...upload, partNumber: index + 1, body: objectBody(this.#inPieces(content)) };
      const stored = await this.unlessRefused(() => storage.uploadPart(part));
      if (stored === undefined || stored === 'failed') return;
      parts.push(stored);
    }
    if (abort) await this.unlessRefused(() => storage.abortUpload(upload));
    else {
      const value = { etag, content: Buffer.concat(contents) };
      await this.#change(key, value, () => storage.completeUpload({ ...upload, parts }));
    }
  }

  /** Nobody changes the source meanwhile. */
  async #copy({ key, from, anew }: Operation & { kind: 'copy' }): Promise<void> {
    const { storage, model } = this.#options;
    const sources = model.possible(from);
    const copies = anew ? sources.map(singleOf) : sources;
    const attempt = model.begin(key, copies);
    const checksum = anew ? ('crc32' as const) : undefined;
    const copied = await this.unlessRefused(
      () => storage.copyObject({ bucket, key, source: { bucket, key: from }, checksum }),
      'NoSuchKey',
    );
    if (copied === undefined || copied === 'failed') return attempt.refused();
    const source = copies.find((value) => value?.etag === copied.etag);
    assert(source !== undefined, `the copy of ${from} is ${copied.etag}, which ${from} never was`);
    attempt.acknowledged(source, copied.versionId);
  }

  async #delete({ key }: { key: string }): Promise<void> {
    await this.#change(key, undefined, () => this.#options.storage.deleteObject({ bucket, key }));
  }

  async #range({ key, startPermille, length }: Operation & { kind: 'range' }): Promise<void> {
    const { storage, model } = this.#options;
    let start = 0;
    const select = (info: { sizeBytes: number }) => {
      start = Math.floor((info.sizeBytes * startPermille) / 1_000);
      return { start, length: Math.min(length, info.sizeBytes - start) };
    };
    const found = await this.unlessRefused(() => storage.getObject({ bucket, key, select }), 'NoSuchKey');
    if (found === 'failed' || found === undefined) return;
    const value = model.observed(key, found.info.etag);
    const bytes = await this.unlessRefused(() => readAll(found.content));
    if (bytes === 'failed') return;
    const wanted = value!.content.subarray(start, start + length);
    assert(bytes?.equals(wanted), `${key} from ${start} has other bytes than ${value!.etag}`);
  }

  /** Others change keys meanwhile, so only what must hold at any moment is checked. */
  async #list({ prefix, delimiter, limit }: Operation & { kind: 'list' }): Promise<void> {
    const { storage, model } = this.#options;
    const request = { bucket, prefix, delimiter, after: '', limit };
    const page = await this.unlessRefused(() => storage.listObjects(request));
    if (page === undefined || page === 'failed') return;
    assert(page.objects.length + page.commonPrefixes.length <= limit);
    const listed = page.objects.map((object) => object.key);
    assert.deepEqual(listed, listed.toSorted(byUtf8));
    for (const { key, etag } of page.objects) {
      assert(key.startsWith(prefix));
      assert(model.everHeld(key, etag), `the list has ${key} as ${etag}, which it never was`);
    }
  }

  async #change(
    key: string,
    value: Value,
    change: () => Promise<{ readonly versionId: string | undefined }>,
  ): Promise<void> {
    const attempt = this.#options.model.begin(key, [value]);
    const answer = await this.unlessRefused(change);
    if (answer === undefined || answer === 'failed') attempt.refused();
    else attempt.acknowledged(value, answer.versionId);
  }

  /** Undefined for an error that the circumstances explain: a full or failing disk, or the code that is expected. */
  async unlessRefused<T>(
    call: () => Promise<T>,
    ...expected: readonly string[]
  ): Promise<T | 'failed' | undefined> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ObjectStorageError)) throw error;
      if (expected.includes(error.code) || error.code === 'InsufficientStorage') return undefined;
      if (error.code === 'InternalError' && this.#options.internalErrorsExpected()) return 'failed';
      throw error;
    }
  }

  async *#inPieces(content: Buffer): AsyncIterable<Uint8Array> {
    for (let at = 0; at < content.length; at += 50_000) {
      yield content.subarray(at, at + 50_000);
      await this.#options.pause();
    }
  }

  #newValue(key: string, sizeBytes: number): { etag: string; content: Buffer } {
    const name = `${key} ${this.#options.nextNumber()}`;
    const content = createHash('shake256', { outputLength: Math.max(1, sizeBytes) })
      .update(name)
      .digest();
    const bytes = content.subarray(0, sizeBytes);
    return { content: bytes, etag: createHash('md5').update(bytes).digest('hex') };
  }
}

/** A copy whose bytes were read and written is a single object, whatever its source was made of. */
function singleOf(source: Value): Value {
  return source && { ...source, etag: createHash('md5').update(source.content).digest('hex') };
}

/** The entity tag is of the one before and of what came. */
function extended(before: NonNullable<Value>, added: NonNullable<Value>): NonNullable<Value> {
  const [tag = '', parts = '1'] = before.etag.split('-');
  const digests = Buffer.from(tag + added.etag, 'hex');
  const etag = `${createHash('md5').update(digests).digest('hex')}-${Number(parts) + 1}`;
  return { etag, content: Buffer.concat([before.content, added.content]) };
}

async function readAll(content: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content.chunks()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export function byUtf8(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
