// The index against a map that says the same, and what decides between copies.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { seededRandom } from '../../../test/seeded-random.ts';
import { ByteWriter } from '../../format/byte-writer.ts';
import { encodeIndexObject, visitIndexObject } from '../../format/index-object.ts';
import type { ChunkLocation } from '../../packing/chunk-location.ts';
import type { PackSummary } from '../../packing/sealed-pack.ts';
import { IndexColumns } from './index-columns.ts';
import { LoadedChunkIndex } from './loaded-chunk-index.ts';

type TestChunk = { readonly fingerprint: Buffer; readonly rawBytes: number; readonly storedBytes: number };
type TestPack = PackSummary & { readonly chunks: readonly TestChunk[] };

function fingerprintOf(name: string): Buffer {
  return createHash('sha256').update(name).digest();
}

function packOf(name: string, chunks: readonly TestChunk[], sizeBytes = 1_000_000): TestPack {
  const entries = new ByteWriter();
  for (const { fingerprint, rawBytes, storedBytes } of chunks) {
    entries.raw(fingerprint);
    entries.varint(rawBytes);
    entries.varint(storedBytes * 2 + (storedBytes < rawBytes ? 1 : 0));
  }
  const id = fingerprintOf(`pack ${name}`).toString('hex');
  const common = { type: 'data', epoch: 1, salt: Uint8Array.from(fingerprintOf(name)), sizeBytes } as const;
  return { ...common, id, entries: entries.finish(), entryCount: chunks.length, chunks };
}

function chunkOf(name: string, rawBytes = 100, storedBytes = rawBytes): TestChunk {
  return { fingerprint: fingerprintOf(name), rawBytes, storedBytes };
}

function addTo(columns: IndexColumns, objectId: string, packs: readonly TestPack[]): void {
  columns.addObject(objectId, (visitor) => visitIndexObject(encodeIndexObject(packs), objectId, visitor));
}

type Choice = {
  readonly listed?: ReadonlyMap<string, number>;
  readonly condemned?: readonly string[];
};

function indexOf(columns: IndexColumns, { listed, condemned = [] }: Choice = {}): LoadedChunkIndex {
  const all = new Map(columns.packs.map(({ id, sizeBytes }) => [id, sizeBytes]));
  return new LoadedChunkIndex({
    columns,
    indexObjects: [],
    listed: listed ?? all,
    condemned: new Set(condemned),
    condemnations: [],
    damaged: [],
  });
}

/** Where the model says that a pack's chunks lie. */
function locationsOf(pack: TestPack): ChunkLocation[] {
  let offset = 48;
  return pack.chunks.map(({ rawBytes, storedBytes }, ordinal) => {
    const start = offset;
    offset += storedBytes + 16;
    return {
      packId: pack.id,
      packType: pack.type,
      packEpoch: pack.epoch,
      packSalt: pack.salt,
      ordinal,
      offset: start,
      storedBytes: storedBytes + 16,
      rawBytes,
      compressed: storedBytes < rawBytes,
    };
  });
}

test('every chunk is found where it lies, and nothing else is, over random repositories', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 30; round++) {
    const packs = Array.from({ length: random.integer(20) }, (_, number) => {
      const chunks = Array.from({ length: random.integer(40) }, () => {
        const rawBytes = 1 + random.integer(3_000);
        const storedBytes =
          random.integer(2) === 0 ? rawBytes : Math.max(1, rawBytes - 1 - random.integer(rawBytes));
        return {
          ...chunkOf(`chunk ${random.integer(300)}`),
          rawBytes,
          storedBytes: Math.min(storedBytes, rawBytes),
        };
      });
      return packOf(`${number}`, chunks);
    });
    const columns = new IndexColumns(1);
    for (const [number, pack] of packs.entries()) addTo(columns, `${number % 3} ${number}`, [pack]);
    assertMatches(indexOf(columns), packs);
    const copied = new IndexColumns(1);
    copied.addFrom(columns, (id) => !id.startsWith('0'));
    assertMatches(
      indexOf(copied),
      packs.filter((_, number) => number % 3 !== 0),
    );
  }
});

function assertMatches(index: LoadedChunkIndex, packs: readonly TestPack[]): void {
  const model = new Map<string, ChunkLocation[]>();
  for (const pack of packs) {
    const locations = locationsOf(pack);
    for (const [i, { fingerprint }] of pack.chunks.entries()) {
      const key = fingerprint.toString('hex');
      model.set(key, [...(model.get(key) ?? []), locations[i]!]);
    }
    const contents = index.contentsOf(pack.id)!;
    assert.equal(contents.count, pack.chunks.length);
    assert.deepEqual(
      [...contents.offsets],
      locations.map(({ offset }) => offset),
    );
    assert.deepEqual(
      [...contents.storedBytes],
      locations.map(({ storedBytes }) => storedBytes),
    );
  }
  for (let name = 0; name < 320; name++) {
    const fingerprint = fingerprintOf(`chunk ${name}`);
    const expected = model.get(fingerprint.toString('hex')) ?? [];
    assert.deepEqual(index.copies(fingerprint), expected);
    assert.deepEqual(index.locate(fingerprint), expected[0]);
    assert.equal(index.isKnown(fingerprint), expected.length > 0);
  }
  const known = new Set([...index.knownFingerprints()].map((bytes) => Buffer.from(bytes).toString('hex')));
  assert.deepEqual(known, new Set(model.keys()));
}

test('of several copies the best is one that a writer may rely on, then a condemned one, then one cut short', () => {
  const [cut, condemned, good] = ['cut', 'condemned', 'good'].map((name) => packOf(name, [chunkOf('x')])) as [
    TestPack,
    TestPack,
    TestPack,
  ];
  const columns = new IndexColumns();
  addTo(columns, 'o', [cut, condemned, good]);
  const listed = new Map([
    [cut.id, 999_999],
    [condemned.id, 1_000_000],
    [good.id, 1_000_000],
  ]);
  const x = fingerprintOf('x');
  const all = indexOf(columns, { listed, condemned: [condemned.id] });
  assert.deepEqual(
    all.copies(x).map(({ packId }) => packId),
    [good.id, condemned.id, cut.id],
  );
  assert.equal(all.locate(x)?.packId, good.id);
  assert(all.isKnown(x));
  listed.delete(good.id);
  const without = indexOf(columns, { listed, condemned: [condemned.id] });
  assert.equal(without.locate(x)?.packId, condemned.id);
  assert(!without.isKnown(x), 'a condemned copy and one cut short are not to be relied on');
  assert.deepEqual([...without.knownFingerprints()], []);
  assert.deepEqual(
    without.missing.map(({ id }) => id),
    [good.id],
  );
});

test('a pack that two index objects name is there once, with both names', () => {
  const pack = packOf('p', [chunkOf('x'), chunkOf('y')]);
  const columns = new IndexColumns();
  addTo(columns, 'first', [pack]);
  addTo(columns, 'second', [packOf('q', [chunkOf('z')]), pack]);
  const index = indexOf(columns);
  assert.equal(index.chunkCount, 3);
  assert.deepEqual(index.packOf(pack.id)?.indexObjects, ['first', 'second']);
  assert.equal(index.copies(fingerprintOf('x')).length, 1);
});

test('an index object that is wrong half-way leaves nothing behind', () => {
  const columns = new IndexColumns();
  addTo(columns, 'first', [packOf('p', [chunkOf('x')])]);
  const wrong = encodeIndexObject([packOf('q', [chunkOf('y')]), packOf('r', [chunkOf('z', 5_000)], 100)]);
  assert.throws(
    () => columns.addObject('second', (visitor) => visitIndexObject(wrong, 'second', visitor)),
    /damaged/,
  );
  const cut = encodeIndexObject([packOf('q', [chunkOf('y'), chunkOf('z')])]).subarray(0, -1);
  assert.throws(
    () => columns.addObject('second', (visitor) => visitIndexObject(cut, 'second', visitor)),
    /damaged/,
  );
  const index = indexOf(columns);
  assert.equal(index.chunkCount, 1);
  assert.equal(index.locate(fingerprintOf('y')), undefined);
  addTo(columns, 'third', [packOf('q', [chunkOf('y')])]);
  assert(indexOf(columns).isKnown(fingerprintOf('y')));
});

test('packs that no index object names are orphans', () => {
  const columns = new IndexColumns();
  const listed = new Map([['ab', 7]]);
  assert.deepEqual(indexOf(columns, { listed }).orphans, [{ id: 'ab', sizeBytes: 7 }]);
  assert.equal(indexOf(columns).locate(fingerprintOf('x')), undefined);
});
