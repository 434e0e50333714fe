// A second reader of repositories: written from DESIGN.md alone, with node:crypto, node:zlib and BLAKE3, importing nothing of
// src/. It proves that DESIGN.md says enough to read a backup without this program: key file -> root key -> keyring -> config ->
// index -> snapshot -> manifest -> chunks. It reads folders, checks all that has a check, and is not in a hurry.

import assert from 'node:assert/strict';
import { argon2Sync, createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { Blake3Hasher, blake3 } from '@napi-rs/blake-hash';
import { ByteCursor } from './independent/byte-cursor.ts';
import type { ChunkBytes } from './independent/cut-points.ts';
import { type Entry, readDirectory } from './independent/read-directory.ts';
import { type Cipher, derive, tagBytes, unseal } from './independent/unseal.ts';

export type IndependentReader = {
  readonly config: { readonly cipher: Cipher; readonly fingerprint: string; readonly id: string };
  /** Epochs of keys; of all packs, the epoch that sealed them. */
  readonly epochs: readonly number[];
  readonly packEpochs: readonly number[];
  /** Ids of the snapshots that are not forgotten. */
  readonly snapshots: readonly string[];
  /** Paths, one character per byte, and their entries, a directory before what it holds. */
  tree(snapshot: string): Map<string, Entry>;
  /** Contents of a file of a tree. */
  content(entry: Entry): Buffer;
  /** Fingerprints of the chunks that a rule cuts a stream into. */
  cut(stream: Buffer, rule: CutRule): readonly string[];
};

type CutRule = (stream: Buffer, chunkerSecret: Buffer, chunkBytes: ChunkBytes) => readonly Buffer[];

type Place = {
  readonly pack: string;
  readonly epoch: number;
  readonly salt: Buffer;
  readonly offset: number;
  readonly number: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly isCompressed: boolean;
};
type Keyring = {
  readonly epochs: Map<number, Buffer>;
  readonly fingerprintKey: Buffer;
  readonly chunkerSecret: Buffer;
};

const kinds = { config: 1, keyring: 2, index: 3, snapshot: 5 };

export function openIndependently(folder: string, password: string): IndependentReader {
  const store = new Folder(folder);
  const rootKeys = rootKeysOf(store, password);
  const keyring = newestKeyring(store, rootKeys);
  const key = (epoch: number) => keyring.epochs.get(epoch)!;
  const open = (name: string, kind: number, cipher: Cipher, boundName = name) =>
    openEnvelope(store.read(name), { name: boundName, kind, cipher, key });
  const ofConfig = { name: 'config', kind: kinds.config, cipher: 'aes-256-gcm' as const, key };
  const config = JSON.parse(`${openEither(store, ofConfig)}`);
  const chunks = new Map<string, Place>();
  for (const name of store.list('index'))
    readIndex(open(checkedName(store, name), kinds.index, config.cipher, ''), chunks);
  const read = (fingerprints: readonly string[]) =>
    Buffer.concat(fingerprints.map((each) => readChunk(store, { each, chunks, key, config, keyring })));
  const forgotten = new Set(store.list('tombstones').map((name) => name.split('/')[1]));
  return {
    config,
    epochs: [...keyring.epochs.keys()],
    packEpochs: [...new Set(store.list('packs').map((name) => checkPack(store, name, config, key)))].sort(),
    snapshots: store
      .list('snapshots')
      .filter((name) => JSON.parse(`${open(name, kinds.snapshot, config.cipher)}`).kind === 'snapshot')
      .map((name) => name.split('/')[1]!)
      .filter((id) => !forgotten.has(id)),
    content: ({ chunks: of = [] }) => read(of),
    cut: (stream, rule) =>
      rule(stream, keyring.chunkerSecret, config.chunkBytes).map((chunk) =>
        fingerprintOf(chunk, config.fingerprint, keyring.fingerprintKey),
      ),
    tree(snapshot) {
      const { root } = JSON.parse(`${open(`snapshots/${snapshot}`, kinds.snapshot, config.cipher)}`);
      const entries = new Map<string, Entry>();
      const visit = (bytes: Buffer, above: string) => {
        for (const entry of readDirectory(bytes)) {
          const path = `${above}/${entry.name}`;
          entries.set(path, entry);
          if (entry.type !== 'directory') continue;
          const below = entry.inline ?? read(entry.chunks!);
          assert.equal(below.length, entry.directoryBytes, path);
          visit(below, path);
        }
      };
      const bytes = read(root.chunks);
      assert.equal(bytes.length, root.length);
      visit(bytes, '');
      return entries;
    },
  };
}

/** The store of a repository is a folder: `packs/3f/3f1f...` is the file `packs+/3f+/3f1f...`. */
class Folder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  read(name: string): Buffer {
    return readFileSync(join(this.#path, name.replaceAll('/', '+/')));
  }

  has(name: string): boolean {
    return existsSync(join(this.#path, name.replaceAll('/', '+/')));
  }

  /** Names below a prefix that are objects. */
  list(prefix: string): string[] {
    const names = readdirSync(this.#path, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) =>
        join(file.parentPath, file.name)
          .slice(this.#path.length + 1)
          .replaceAll('+/', '/'),
      );
    return names.filter((name) => name.startsWith(prefix === 'keyring' ? prefix : `${prefix}/`)).sort();
  }
}

/** Root keys of all key files that the password opens: after a rotation that was cut off there are two. */
function rootKeysOf(store: Folder, password: string): Buffer[] {
  return store.list('keys').flatMap((name) => {
    const { sealed, check, ...members } = JSON.parse(`${store.read(name)}`);
    const { memoryKiB: memory, passes, lanes: parallelism, salt } = members.kdf;
    const nonce = Buffer.from(salt, 'hex');
    const key = argon2Sync('argon2id', {
      message: password,
      nonce,
      parallelism,
      tagLength: 32,
      memory,
      passes,
    });
    const rootKey = unseal(Buffer.from(sealed, 'hex'), {
      cipher: 'aes-256-gcm',
      key,
      nonce: Buffer.alloc(12),
      additionalData: Buffer.from(canonical(members)),
    });
    if (rootKey === undefined) return [];
    const mac = createHmac('sha256', derive(rootKey, Buffer.alloc(0), 'cairn backup key file'));
    assert.equal(mac.update(canonical({ ...members, sealed })).digest('hex'), check, name);
    return [rootKey];
  });
}

function newestKeyring(store: Folder, rootKeys: readonly Buffer[]): Keyring {
  const version = (name: string) => Number(name.split('.')[1] ?? 1);
  const firsts = store.list('keyring').map((name) => name.replace(/\.copy$/, ''));
  const names = [...new Set(firsts)].sort((left, right) => version(right) - version(left));
  for (const name of names) {
    for (const rootKey of rootKeys) {
      const options = { name, kind: kinds.keyring, cipher: 'aes-256-gcm' as const, key: () => rootKey };
      const payload = openEither(store, options);
      if (payload === undefined) continue;
      const { epochs, fingerprintKey, chunkerSecret } = JSON.parse(`${payload}`);
      const keys = epochs.map((epoch: { id: number; key: string }) => [
        epoch.id,
        Buffer.from(epoch.key, 'hex'),
      ]);
      return {
        epochs: new Map(keys),
        fingerprintKey: Buffer.from(fingerprintKey, 'hex'),
        chunkerSecret: Buffer.from(chunkerSecret, 'hex'),
      };
    }
  }
  throw new Error('no key file opens with this password');
}

type EnvelopeOptions = {
  readonly name: string;
  readonly kind: number;
  readonly cipher: Cipher;
  readonly key: (epoch: number) => Buffer;
};

/** Of an object that lies there twice, the one that opens. */
function openEither(store: Folder, options: EnvelopeOptions): Buffer | undefined {
  const names = [options.name, `${options.name}.copy`].filter((name) => store.has(name));
  for (const name of names) {
    const payload = tryOpenEnvelope(store.read(name), options);
    if (payload !== undefined) return payload;
  }
  return undefined;
}

function openEnvelope(bytes: Buffer, options: EnvelopeOptions): Buffer {
  const payload = tryOpenEnvelope(bytes, options);
  assert(payload !== undefined, `${options.name} is not authentic`);
  return payload;
}

function tryOpenEnvelope(bytes: Buffer, { name, kind, cipher, key }: EnvelopeOptions): Buffer | undefined {
  if (bytes.toString('latin1', 0, 10) !== `CAIRNBAK\x01${String.fromCharCode(kind)}`) return undefined;
  const payload = unseal(bytes.subarray(44), {
    cipher,
    key: derive(key(bytes.readUInt16LE(10)), bytes.subarray(12, 44), 'cairn backup envelope'),
    nonce: Buffer.alloc(12),
    additionalData: Buffer.concat([bytes.subarray(0, 44), Buffer.from(name)]),
  });
  if (payload === undefined) return undefined;
  return payload[0] === 1 ? zstdDecompressSync(payload.subarray(1)) : payload.subarray(1);
}

/** The name, when the bytes are what it says. */
function checkedName(store: Folder, name: string): string {
  assert.equal(blake3(store.read(name)).toString('hex'), name.split('/').at(-1));
  return name;
}

function readIndex(payload: Buffer, chunks: Map<string, Place>): void {
  const cursor = new ByteCursor(payload);
  for (let packs = cursor.varint(); packs > 0; packs -= 1) {
    const pack = cursor.bytes(32).toString('hex');
    assert([1, 2].includes(cursor.byte()));
    const epoch = cursor.varint();
    const salt = cursor.bytes(32);
    cursor.varint();
    const fingerprints = cursor.bytes(32 * cursor.varint());
    readEntries(cursor, fingerprints, ({ fingerprint, ...place }) =>
      chunks.set(fingerprint, { pack, epoch, salt, ...place }),
    );
  }
  assert.equal(cursor.left, 0);
}

type PackEntry = Pick<Place, 'offset' | 'number' | 'rawBytes' | 'storedBytes' | 'isCompressed'> & {
  readonly fingerprint: string;
};

function readEntries(cursor: ByteCursor, fingerprints: Buffer, take: (entry: PackEntry) => void): void {
  let offset = 48;
  for (let number = 0; number < fingerprints.length / 32; number += 1) {
    const rawBytes = cursor.varint();
    const stored = cursor.varint();
    const storedBytes = Math.floor(stored / 2);
    const fingerprint = fingerprints.toString('hex', number * 32, (number + 1) * 32);
    take({ fingerprint, offset, number, rawBytes, storedBytes, isCompressed: stored % 2 === 1 });
    offset += storedBytes + tagBytes;
  }
}

/** Checks a whole pack against its name, its trailer and its footer; its epoch. */
function checkPack(
  store: Folder,
  name: string,
  { cipher }: { readonly cipher: Cipher },
  key: (epoch: number) => Buffer,
): number {
  const pack = store.read(checkedName(store, name));
  assert.equal(pack.toString('latin1', 0, 8), 'CAIRNPAK');
  assert.equal(pack.toString('latin1', pack.length - 4), 'PACK');
  const footerBytes = pack.readUInt32LE(pack.length - 16);
  const count = pack.readUInt32LE(pack.length - 12);
  const epoch = pack.readUInt16LE(10);
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64LE(2n ** 32n);
  const footer = unseal(pack.subarray(pack.length - 16 - footerBytes, pack.length - 16), {
    cipher,
    key: derive(key(epoch), pack.subarray(16, 48), 'cairn backup pack'),
    nonce,
  });
  assert(footer !== undefined, `${name} has no authentic footer`);
  const cursor = new ByteCursor(footer);
  for (let entry = 0; entry < count; entry += 1) {
    cursor.bytes(32);
    cursor.varint();
    cursor.varint();
  }
  assert.equal(cursor.left, 0);
  return epoch;
}

type ChunkOptions = {
  readonly each: string;
  readonly chunks: ReadonlyMap<string, Place>;
  readonly key: (epoch: number) => Buffer;
  readonly config: { readonly cipher: Cipher; readonly fingerprint: string };
  readonly keyring: Keyring;
};

function readChunk(store: Folder, { each, chunks, key, config, keyring }: ChunkOptions): Buffer {
  const place = chunks.get(each);
  assert(place !== undefined, `no index object knows chunk ${each}`);
  const { pack, epoch, salt, offset, number, rawBytes, storedBytes, isCompressed } = place;
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64LE(BigInt(number));
  const sealed = store.read(`packs/${pack.slice(0, 2)}/${pack}`);
  const stored = unseal(sealed.subarray(offset, offset + storedBytes + tagBytes), {
    cipher: config.cipher,
    key: derive(key(epoch), salt, 'cairn backup pack'),
    nonce,
  });
  assert(stored !== undefined, `chunk ${each} in pack ${pack} is not authentic`);
  const chunk = isCompressed ? zstdDecompressSync(stored) : stored;
  assert.equal(chunk.length, rawBytes);
  assert.equal(fingerprintOf(chunk, config.fingerprint, keyring.fingerprintKey), each);
  return chunk;
}

function fingerprintOf(chunk: Buffer, algorithm: string, key: Buffer): string {
  if (algorithm === 'sha256') return createHmac('sha256', key).update(chunk).digest('hex');
  return Blake3Hasher.newKeyed(key).update(chunk).digest('hex');
}

/** RFC 8785 for what key files hold: strings, integers, booleans. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const members = value as Readonly<Record<string, unknown>>;
  const texts = Object.keys(members)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(members[name])}`);
  return `{${texts.join(',')}}`;
}
