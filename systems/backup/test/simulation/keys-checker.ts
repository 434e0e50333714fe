// What has to hold of the keys of a repository whenever something in the store changes, as long as no object was hurt twice:
//
//   - the password that nobody removes opens it, and what was acknowledged is under keys that it then has;
//   - `config` and each version of the keyring are what they were when they were put first, and so are their second copies.

import assert from 'node:assert/strict';
import type { World } from '@cairn/world';
import type { Repository } from '../../src/core/repository.ts';
import { configName, copiedName, copyName, keyringVersionOf } from '../../src/format/object-names.ts';
import { MemoryBlobs } from '../memory-blobs.ts';
import { openTestRepository } from '../memory-repository.ts';
import type { ObjectStoreServer } from './object-store-server.ts';

export class KeysChecker {
  readonly #server: ObjectStoreServer;
  readonly #world: World;
  /** What each first was put as. */
  readonly #put = new Map<string, Uint8Array>();
  /** Epochs under which something was acknowledged, and their keys in hex. */
  readonly #used = new Map<number, string>();
  #checks: Promise<void> = Promise.resolve();

  constructor(server: ObjectStoreServer, world: World) {
    this.#server = server;
    this.#world = world;
  }

  /** Something was put under that name, or taken away. */
  changed(name: string): void {
    const first = copiedName(name) ?? name;
    const bytes = this.#server.bytesOf(name);
    if (isFirst(first) && bytes !== undefined) {
      if (first === name && !this.#put.has(name)) this.#put.set(name, bytes);
      const put = this.#put.get(first);
      assert(put !== undefined, `${name} is there before ${first} was put`);
      assert(same(bytes, put), `${name} is not what ${first} was put as`);
    }
    const stored = this.#stored();
    this.#checks = this.#checks.then(() => this.#checkOpens(stored));
    this.#checks.catch(() => {}); // told by `settled`
  }

  /** Something was acknowledged that `repository` sealed. */
  wrote({ keyring }: Repository): void {
    this.#used.set(keyring.current, hex(keyring.epochs.get(keyring.current)!));
  }

  /** Throws what any check so far found. */
  settled(): Promise<void> {
    return this.#checks;
  }

  /** Firsts and copies of which the other is there and sound. */
  spare(): readonly string[] {
    const names = [...this.#put.keys()].flatMap((first) => [first, copyName(first)]);
    return names.filter((name) => this.#server.bytesOf(name) && this.#isSound(otherOf(name)));
  }

  /** What is hurt or lacks its other, of `config` and the keyring in force. */
  lacking(keyring: string): readonly string[] {
    const names = [keyring, configName].flatMap((first) => [first, copyName(first)]);
    return names.filter((name) => !this.#isSound(name));
  }

  #isSound(name: string): boolean {
    const bytes = this.#server.bytesOf(name);
    return bytes !== undefined && same(bytes, this.#put.get(copiedName(name) ?? name)!);
  }

  #stored(): MemoryBlobs {
    const stored = new MemoryBlobs(this.#world);
    stored.restore(new Map(this.#server.names().map((name) => [name, { ...this.#server.objectOf(name)! }])));
    return stored;
  }

  async #checkOpens(blobs: MemoryBlobs): Promise<void> {
    const { keyring } = await openTestRepository({ blobs, world: this.#world });
    for (const [epoch, key] of this.#used)
      assert.equal(
        hex(keyring.epochs.get(epoch) ?? new Uint8Array()),
        key,
        `the key of epoch ${epoch} is lost`,
      );
  }
}

function isFirst(name: string): boolean {
  return name === configName || keyringVersionOf(name) !== undefined;
}

function otherOf(name: string): string {
  return copiedName(name) ?? copyName(name);
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
