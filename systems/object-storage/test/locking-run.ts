// A run of random operations on a bucket with object lock, held against the model.

import assert from 'node:assert/strict';
import type { SeededRandom } from '@cairn/world/simulated';
import { type LockedVersion, LockingModel, type ModelRetention } from './locking-model.ts';
import { bucket, dayMs, type Opened, outcome, put, read, upload } from './locking-storage.ts';

/** What the model keeps is read again and again, and has to be there. */
export class LockingRun {
  readonly #random: SeededRandom;
  readonly #opened: Opened;
  readonly #model = new LockingModel();

  constructor(random: SeededRandom, opened: Opened) {
    this.#random = random;
    this.#opened = opened;
  }

  async step(step: number): Promise<void> {
    const { clock } = this.#opened;
    clock.timeMs += [0, 0, 1, 1_000, dayMs, -2_000][this.#random.integer(6)]!;
    const choice = this.#random.integer(11);
    const version = this.#model.versions[this.#random.integer(this.#model.versions.length + 1)];
    if (choice < 3 || version === undefined) await this.#add(step);
    else if (choice < 4) await this.#mark(version.key);
    else if (choice < 7) await this.#remove(version);
    else if (choice < 9) await this.#retain(version);
    else if (choice < 10) await this.#hold(version);
    else await this.#rename(version.key);
    if (step % 50 === 0) await this.#refused();
    if (step % 4 === 0) await this.#verify();
  }

  async end(): Promise<void> {
    const { storage } = this.#opened;
    await storage.gc();
    await this.#verify();
    assert.deepEqual(await storage.check({ deep: true }), []);
    const { objects, versions } = await storage.stats();
    assert.equal(objects + versions, this.#model.versions.length);
  }

  async #add(step: number): Promise<void> {
    const { storage } = this.#opened;
    const key = ['a', 'b'][this.#random.integer(2)]!;
    const retention = this.#random.integer(2) === 0 ? this.#futureRetention() : undefined;
    const hold = this.#random.integer(5) === 0;
    const lock = retention === undefined && !hold ? undefined : { retention, legalHold: hold };
    const content = `${key} ${step}`;
    const make = [put, upload][this.#random.integer(2)]!;
    const versionId = await make(storage, key, content, lock);
    this.#model.add({ key, versionId, content, retention, hold });
  }

  /** Whatever it hides stays as it is. */
  async #mark(key: string): Promise<void> {
    const { versionId } = await this.#opened.storage.deleteObject({ bucket, key });
    const marker = { key, versionId: versionId!, content: undefined };
    this.#model.add({ ...marker, retention: undefined, hold: false });
  }

  /** The newest version takes its lock along, and leaves a marker; one that is kept stays where it is. */
  async #rename(source: string): Promise<void> {
    const { storage, clock } = this.#opened;
    const key = source === 'a' ? 'b' : 'a';
    const newest = this.#model.versions.findLast((each) => each.key === source);
    const rename = () => storage.renameObject({ bucket, key, source });
    if (newest?.content === undefined) return assert.equal(await outcome(rename()), 'NoSuchKey');
    if (this.#model.isKept(newest, { nowMs: clock.timeMs, bypass: false })) {
      return assert.equal(await outcome(rename()), 'AccessDenied', newest.versionId);
    }
    const { versionId } = await rename();
    this.#model.remove(newest);
    this.#model.add({ ...newest, key, versionId: versionId! });
    const page = { bucket, prefix: source, delimiter: '', afterKey: '', afterVersion: '', limit: 1 };
    const [marker] = (await storage.listVersions(page)).versions;
    assert.equal(marker?.deleteMarker, true);
    const left = { key: source, versionId: marker.versionId, content: undefined };
    this.#model.add({ ...left, retention: undefined, hold: false });
  }

  async #remove(version: LockedVersion): Promise<void> {
    const bypass = this.#random.integer(2) === 0;
    const { key, versionId } = version;
    const name = { bucket, key, versionId, bypassGovernance: bypass };
    const kept = this.#model.isKept(version, { nowMs: this.#opened.clock.timeMs, bypass });
    const found = await outcome(this.#opened.storage.deleteObject(name));
    assert.equal(found, kept ? 'AccessDenied' : 'done', `${key} ${versionId}`);
    if (!kept) this.#model.remove(version);
  }

  async #retain(version: LockedVersion): Promise<void> {
    if (version.content === undefined) return;
    const bypass = this.#random.integer(2) === 0;
    const nowMs = this.#opened.clock.timeMs;
    const retention =
      this.#random.integer(4) === 0
        ? undefined
        : { ...this.#futureRetention(), untilMs: nowMs + (this.#random.integer(8) - 2) * dayMs };
    const { key, versionId } = version;
    const name = { bucket, key, versionId };
    const found = await outcome(
      this.#opened.storage.setRetention({ ...name, retention, bypassGovernance: bypass }),
    );
    const may = this.#model.mayReplace(version, retention, { nowMs, bypass });
    assert.equal(found === 'done', may, `${key} ${versionId}: ${found}`);
    if (may) version.retention = retention;
  }

  async #hold(version: LockedVersion): Promise<void> {
    if (version.content === undefined) return;
    version.hold = this.#random.integer(2) === 0;
    const { key, versionId } = version;
    await this.#opened.storage.setLegalHold({ bucket, key, versionId, legalHold: version.hold });
  }

  /** What would remove versions in another bucket. */
  async #refused(): Promise<void> {
    const { storage } = this.#opened;
    const suspend = storage.setBucketVersioning({ bucket, versioning: 'suspended' });
    assert.equal(await outcome(suspend), 'InvalidBucketState');
    if (this.#model.versions.length > 0)
      assert.equal(await outcome(storage.deleteBucket({ bucket })), 'BucketNotEmpty');
  }

  async #verify(): Promise<void> {
    for (const { key, versionId, content } of this.#model.versions) {
      if (content !== undefined)
        assert.equal(await read(this.#opened.storage, key, versionId), content, versionId);
    }
  }

  #futureRetention(): ModelRetention {
    const mode = this.#random.integer(2) === 0 ? 'GOVERNANCE' : 'COMPLIANCE';
    return { mode, untilMs: this.#opened.clock.timeMs + (1 + this.#random.integer(4)) * dayMs };
  }
}
