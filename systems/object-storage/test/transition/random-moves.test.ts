// Random puts, copies, copied parts, appends, renames, deletes and restores of objects that move to places meanwhile: every
// object reads as it was stored, or has to be restored, and has the class that it was given; and when all are gone, so are their bytes, wherever they lay.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ObjectStorage, objectBody, type StorageClass } from '@cairn/object-storage';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { bucket } from '../lifecycle/simulated-storage.ts';
import { outcome } from '../locking-storage.ts';
import { archiveClass, coldClass, type Placed, placed, textOf } from './placed-storage.ts';

const keys = ['a', 'b', 'c/1', 'd'];
const classes = [undefined, coldClass, archiveClass] as const;
const attributes = { headers: {}, userMetadata: {} };
const steps = 150;

class Run {
  readonly #parts: Placed;
  readonly #storage: ObjectStorage;
  readonly #random: SeededRandom;
  readonly #contents = new Map<string, string>();
  readonly #classes = new Map<string, StorageClass | undefined>();
  #count = 0;

  constructor(parts: Placed, storage: ObjectStorage, random: SeededRandom) {
    this.#parts = parts;
    this.#storage = storage;
    this.#random = random;
  }

  async step(): Promise<void> {
    const choice = this.#random.integer(16);
    if (choice < 3) return this.#put();
    if (choice < 6) return this.#copy();
    if (choice < 8) return this.#upload();
    if (choice < 10) return this.#append();
    if (choice < 11) return this.#rename();
    if (choice < 12) return this.#delete(this.#pick(keys));
    if (choice < 13) await outcome(this.#storage.restoreObject({ bucket, key: this.#pick(keys), days: 1 }));
    else if (choice < 15) await this.#parts.sleep(this.#random.integer(20_000));
    else await this.#storage.gc();
  }

  async verify(): Promise<void> {
    for (const key of keys) {
      const expected = this.#contents.get(key);
      if (expected !== undefined) {
        const { storageClass } = await this.#storage.headObject({ bucket, key });
        assert.equal(storageClass, this.#classes.get(key), `class of ${key}`);
      }
      const wanted = expected === undefined ? ['NoSuchKey'] : [expected, 'InvalidObjectState'];
      const found = await textOf(this.#storage, key).catch((error: { code: string }) => error.code);
      assert(wanted.includes(found), `${key} is ${found.slice(0, 40)}, not ${wanted[0]!.slice(0, 40)}`);
    }
  }

  async deleteAll(): Promise<void> {
    for (const key of keys) await this.#delete(key);
  }

  async #put(): Promise<void> {
    const [key, content] = [this.#pick(keys), this.#content()];
    const storageClass = this.#class();
    const body = objectBody(Buffer.from(content));
    await this.#storage.putObject({ bucket, key, attributes: { ...attributes, storageClass }, body });
    this.#keep(key, content, storageClass);
  }

  async #copy(): Promise<void> {
    const [key, from] = [this.#pick(keys), this.#pick(keys)];
    const source = { bucket, key: from };
    const storageClass = this.#class();
    const copying = this.#storage.copyObject({ bucket, key, source, attributes, storageClass });
    if ((await outcome(copying)) === 'done') this.#keep(key, this.#contents.get(from)!, storageClass);
  }

  /** A part of its own, and one that is copied where that can be. */
  async #upload(): Promise<void> {
    const [key, from] = [this.#pick(keys), this.#pick(keys)];
    const storageClass = this.#class();
    const upload = { bucket, key, attributes: { ...attributes, storageClass }, owner: 'me' };
    const name = { bucket, key, uploadId: (await this.#storage.createUpload(upload)).uploadId };
    const content = this.#content();
    const body = objectBody(Buffer.from(content));
    await this.#storage.uploadPart({ ...name, partNumber: 1, body });
    const source = { bucket, key: from };
    const copied = await outcome(this.#storage.uploadPartCopy({ ...name, partNumber: 2, source }));
    const { parts } = await this.#storage.listParts({ ...name, afterPart: 0, limit: 2 });
    await this.#storage.completeUpload({
      ...name,
      parts: parts.map(({ partNumber, etag }) => ({ partNumber, etag })),
    });
    const whole = content + (copied === 'done' ? this.#contents.get(from)! : '');
    this.#keep(key, whole, storageClass);
  }

  async #append(): Promise<void> {
    const [key, content] = [this.#pick(keys), this.#content()];
    const known = this.#contents.get(key) ?? '';
    const append = { bucket, key, attributes, body: objectBody(Buffer.from(content)), offset: known.length };
    if ((await outcome(this.#storage.appendObject(append))) === 'done')
      this.#keep(key, known + content, this.#classes.get(key));
  }

  async #rename(): Promise<void> {
    const [key, source] = [this.#pick(keys), this.#pick(keys)];
    if ((await outcome(this.#storage.renameObject({ bucket, source, key }))) !== 'done') return;
    this.#keep(key, this.#contents.get(source)!, this.#classes.get(source));
    this.#forget(source);
  }

  async #delete(key: string): Promise<void> {
    await this.#storage.deleteObject({ bucket, key });
    this.#forget(key);
  }

  #keep(key: string, content: string, storageClass: StorageClass | undefined): void {
    this.#contents.set(key, content);
    this.#classes.set(key, storageClass);
  }

  #forget(key: string): void {
    this.#contents.delete(key);
    this.#classes.delete(key);
  }

  #class(): StorageClass | undefined {
    return this.#pick(classes);
  }

  #content(): string {
    return `${this.#count++} `.repeat(1 + this.#random.integer(20_000));
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#random.integer(from.length)]!;
  }
}

test('whatever is done to objects that move, they read as they were stored and leave no bytes behind', async (t) => {
  const seed = realWorld().random.integer(2 ** 31);
  t.diagnostic(`seed ${seed}`);
  await placed(async (parts) => {
    // Slowly, so that much happens while an object is on its way.
    const storage = await parts.open({ lifecycle: { transitionBytesPerSecond: 20_000 } });
    const run = new Run(parts, storage, new SeededRandom(seed));
    for (let step = 0; step < steps; step++) {
      await run.step();
      await run.verify();
    }
    await parts.sleep(300_000);
    await run.verify();
    assert.deepEqual(await storage.check({ deep: true }), []);
    await run.deleteAll();
    await parts.sleep(120_000);
    await storage.gc();
    const { blobs, sharedBlobs } = await storage.stats();
    const lying = [parts.cold.blobs.size, parts.archive.blobs.size];
    assert.deepEqual({ blobs, sharedBlobs, lying }, { blobs: 0, sharedBlobs: 0, lying: [0, 0] });
    assert.deepEqual(await storage.check({ deep: true }), []);
  });
});
