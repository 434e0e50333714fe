// Random operations with copies between buckets of every kind, against a list of versions per key.

import assert from 'node:assert/strict';
import type { ObjectStorage } from '@cairn/object-storage';
import type { SeededRandom } from '@cairn/world/simulated';
import { append, attributes, type Bucket, buckets, type Name, put, read, upload } from './copying-storage.ts';
import { type ModelVersion, VersioningModel } from './versioning-model.ts';

const keys = ['a', 'b', 'c/1'];
type Held = { readonly name: Name; readonly content: string };

export class CopyingRun {
  readonly #storage: ObjectStorage;
  readonly #random: SeededRandom;
  readonly #models = new Map<Bucket, VersioningModel>();
  #step = 0;

  constructor(storage: ObjectStorage, random: SeededRandom) {
    this.#storage = storage;
    this.#random = random;
    for (const bucket of buckets) {
      const model = new VersioningModel();
      if (bucket !== 'plain') model.versioning = bucket;
      this.#models.set(bucket, model);
    }
  }

  async step(): Promise<void> {
    this.#step++;
    const choice = this.#random.integer(20);
    if (choice < 3) return this.#put();
    if (choice < 5) return this.#upload();
    if (choice < 11) return this.#copy();
    if (choice < 13) return this.#append();
    if (choice < 14) return this.#rename();
    if (choice < 16) return this.#delete();
    if (choice < 19) return this.#deleteVersion();
    await this.#storage.gc();
  }

  /** Every version of every key is what it was stored as. */
  async verify(): Promise<void> {
    for (const { name, content } of this.#held()) {
      assert.equal(await read(this.#storage, name), content, `${name.bucket} ${name.key} ${name.versionId}`);
    }
  }

  async deleteAll(): Promise<void> {
    for (const bucket of buckets) {
      for (const key of keys) {
        for (const { versionId } of this.#models.get(bucket)!.versions(key)) {
          await this.#storage.deleteObject({ bucket, key, versionId });
        }
      }
    }
  }

  #held(): readonly Held[] {
    return buckets.flatMap((bucket) =>
      keys.flatMap((key) =>
        this.#models
          .get(bucket)!
          .versions(key)
          .flatMap(({ versionId, content }) =>
            content === undefined ? [] : [{ name: { bucket, key, versionId }, content }],
          ),
      ),
    );
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random.integer(list.length)]!;
  }

  #name(bucket: Bucket = this.#pick(buckets)): Name {
    return { bucket, key: this.#pick(keys) };
  }

  #stored({ bucket, key }: Name, content: string, { versionId }: { versionId: string | undefined }): void {
    this.#models.get(bucket)!.put(key, { versionId: versionId ?? 'null', content });
  }

  #current({ bucket, key }: Name): ModelVersion | undefined {
    return this.#models.get(bucket)!.versions(key)[0];
  }

  async #put(): Promise<void> {
    const [name, content] = [this.#name(), `put ${this.#step} `.repeat(1 + this.#random.integer(3))];
    this.#stored(name, content, await put(this.#storage, name, content));
  }

  async #upload(): Promise<void> {
    const [name, content] = [this.#name(), `uploaded ${this.#step} `];
    this.#stored(name, content, await upload(this.#storage, name, [Buffer.from(content)]));
  }

  async #copy(): Promise<void> {
    const held = this.#held();
    if (held.length === 0) return;
    const { name: source, content } = this.#pick(held);
    const name = this.#name();
    if (this.#random.integer(4) === 0) return this.#copyPart(name, { source, content });
    const replaced = this.#random.integer(2) === 0 ? { attributes: { ...attributes, userMetadata: {} } } : {};
    const checksum = this.#random.integer(6) === 0 ? { checksum: 'sha1' as const } : {};
    const copied = await this.#storage.copyObject({ ...name, source, ...replaced, ...checksum });
    if (checksum.checksum === undefined) assert.equal(copied.etag, copied.source.etag);
    else assert.equal(copied.checksum?.algorithm, 'sha1');
    this.#stored(name, content, copied);
  }

  /** An upload of one part, which is all of the source; another one before it is replaced, or the upload is aborted. */
  async #copyPart(name: Name, { source, content }: { source: Name; content: string }): Promise<void> {
    const { uploadId } = await this.#storage.createUpload({ ...name, attributes, owner: 'me' });
    const part = { ...name, uploadId, partNumber: 1, source };
    if (this.#random.integer(3) === 0) await this.#storage.uploadPartCopy(part);
    const { etag } = await this.#storage.uploadPartCopy(part);
    if (this.#random.integer(4) === 0) return this.#storage.abortUpload({ ...name, uploadId });
    const completed = { ...name, uploadId, parts: [{ partNumber: 1, etag }] };
    this.#stored(name, content, await this.#storage.completeUpload(completed));
  }

  async #append(): Promise<void> {
    const name = this.#name();
    const before = this.#current(name)?.content ?? '';
    const text = `appended ${this.#step} `;
    const grown = await append(this.#storage, name, { offset: Buffer.byteLength(before), text });
    this.#stored(name, before + text, grown);
  }

  async #rename(): Promise<void> {
    const source = this.#name();
    const name = this.#name(source.bucket);
    const found = this.#current(source);
    if (found?.content === undefined || source.key === name.key) return;
    const { versionId } = await this.#storage.renameObject({ ...name, source: source.key });
    const model = this.#models.get(source.bucket)!;
    model.remove(source.key, found.versionId);
    model.put(name.key, { versionId: versionId ?? 'null', content: found.content });
    if (model.versioning === undefined) return;
    model.put(source.key, { versionId: await this.#newest(source), content: undefined });
  }

  async #newest({ bucket, key }: Name): Promise<string> {
    const { versions } = await this.#storage.listVersions({
      ...{ bucket, prefix: key, delimiter: '', afterKey: '', afterVersion: '', limit: 1 },
    });
    assert.equal(versions[0]!.key, key);
    return versions[0]!.versionId;
  }

  async #delete(): Promise<void> {
    const { bucket, key } = this.#name();
    const model = this.#models.get(bucket)!;
    const { versionId } = await this.#storage.deleteObject({ bucket, key });
    if (model.versioning === undefined) model.remove(key, 'null');
    else model.put(key, { versionId: versionId!, content: undefined });
  }

  async #deleteVersion(): Promise<void> {
    const held = this.#held();
    if (held.length === 0) return;
    const { bucket, key, versionId } = this.#pick(held).name;
    await this.#storage.deleteObject({ bucket, key, versionId });
    this.#models.get(bucket)!.remove(key, versionId!);
  }
}
