// Whoever gives a body may write over what lies further back than the data store looks: that is how the HTTP server
// receives large bodies in memory that it uses again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ObjectBody, objectBody } from '@cairn/object-storage';
import type { TestContext } from '@cairn/testing';
import { realWorld, type World } from '@cairn/world';
import { writeLookBackBytes } from '../src/limits.ts';
import { bucket, contentOf, type MachineOptions, MiB, openNew, read } from './drives/several-drives.ts';

const attributes = { headers: {}, userMetadata: {} };
const content = contentOf('looked back at', 5 * MiB + 12_345);
const stores: Readonly<Record<string, Omit<MachineOptions, 'world'>>> = {
  'one drive': { drives: 1, redundancy: 'none' },
  'a mirror': { drives: 2, redundancy: 'mirror:2' },
  'shards with parity': { drives: 3, redundancy: '2+1' },
};

for (const [name, options] of Object.entries(stores)) {
  for (const pieceBytes of [262_144, 4_000]) {
    test(`${name}: what was given in pieces of ${pieceBytes} may change behind the bytes that are looked at`, async (t) => {
      await expectStored(t, { options, pieceBytes, encrypted: false });
    });
  }
  test(`${name}, encrypted: what was given may change behind the bytes that are looked at`, async (t) => {
    await expectStored(t, { options, pieceBytes: 262_144, encrypted: true });
  });
}

test('a piece that is larger than all that is looked at is sealed as it is', async (t) => {
  const { storage } = await openNew(t, { ...stores['one drive']!, world: worldWithSlowWrites() });
  await storage.putObject({ bucket, key: 'key', attributes, body: objectBody(content), encryption });
  assert((await read(storage, 'key')).equals(content));
});

const encryption = 'AES256';

async function expectStored(
  t: TestContext,
  { options, pieceBytes, encrypted }: { options: MachineOptions; pieceBytes: number; encrypted: boolean },
): Promise<void> {
  const { storage } = await openNew(t, { ...options, world: worldWithSlowWrites() });
  await storage.putObject({
    ...{ bucket, key: 'key', attributes, body: forgetful(pieceBytes) },
    ...(encrypted && { encryption }),
  });
  assert((await read(storage, 'key')).equals(content));
}

/** Spoils each piece as soon as nobody may look at it. */
function forgetful(pieceBytes: number): ObjectBody {
  const given: { readonly piece: Buffer; readonly end: number }[] = [];
  async function* pieces() {
    for (let start = 0; start < content.length; start += pieceBytes) {
      while (given.length > 0 && given[0]!.end + writeLookBackBytes <= start) given.shift()!.piece.fill(0xff);
      const piece = Buffer.from(content.subarray(start, start + pieceBytes));
      given.push({ piece, end: start + piece.length });
      yield piece;
    }
  }
  return objectBody(pieces());
}

/** Whose file takes bytes late, so that what it takes is what they became meanwhile. */
function worldWithSlowWrites(): World {
  const { disk, ...real } = realWorld();
  return {
    ...real,
    disk: {
      ...disk,
      open: async (path, mode) => {
        const file = await disk.open(path, mode);
        const write: typeof file.write = async (buffers, position) => {
          for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
          await file.write(buffers, position);
        };
        return new Proxy(file, {
          get: (target, member) => {
            if (member === 'write') return write;
            const value = Reflect.get(target, member) as unknown;
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
      },
    },
  };
}
