import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobsError } from '@cairn/engines';
import { realWorld } from '@cairn/world';
import { isBackupError } from '../../../test/backup-error.ts';
import { MemoryBlobs } from '../../../test/memory-blobs.ts';
import { listAll, listObjects } from './list-all.ts';
import { readWhole } from './read-whole.ts';

const world = realWorld();

test('an object is read whole, one that is missing is undefined, one too long is damaged', async () => {
  const blobs = new MemoryBlobs({ clock: world.clock });
  const bytes = Buffer.alloc(700_000, 'abc');
  await blobs.put('a', bytes);
  assert.deepEqual(await readWhole({ blobs, world, name: 'a' }), bytes);
  assert.equal(await readWhole({ blobs, world, name: 'b' }), undefined);
  await assert.rejects(
    readWhole({ blobs, world, name: 'a', bytesMax: 699_999 }),
    isBackupError('damaged', /read a:/),
  );
});

test('a connection that breaks in mid-body is read again', async () => {
  const blobs = new MemoryBlobs({ clock: world.clock });
  await blobs.put('a', Buffer.from('whole'));
  const get = blobs.get.bind(blobs);
  let broken = false;
  blobs.get = async (name, options) => {
    const content = await get(name, options);
    if (broken || content === undefined) return content;
    broken = true;
    return { info: content.info, body: breaking() };
  };
  assert.equal((await readWhole({ blobs, world, name: 'a' }))?.toString(), 'whole');
  assert(broken);
});

async function* breaking(ofConnection = false): AsyncGenerator<Uint8Array> {
  yield Buffer.from('wh');
  throw new BlobsError('unavailable', { attempted: 'get a', ofConnection });
}

for (const [what, ofConnection, code] of [
  ['again and again', false, 'damaged'],
  ['each time as the connection of all is lost', true, 'store'],
] as const)
  test(`a body that breaks off ${what} is ${code}`, async () => {
    const blobs = new MemoryBlobs({ clock: world.clock });
    for (const name of ['a', 'config']) await blobs.put(name, Buffer.from('whole'));
    const get = blobs.get.bind(blobs);
    let breaks = 0;
    let breaksMax = Number.POSITIVE_INFINITY;
    blobs.get = async (name, options) => {
      const content = await get(name, options);
      if (name !== 'a' || content === undefined || breaks === breaksMax) return content;
      breaks += 1;
      return { info: content.info, body: breaking(ofConnection) };
    };
    const patient = { ...world, clock: { ...world.clock, sleep: async () => {} } };
    await assert.rejects(readWhole({ blobs, world: patient, name: 'a' }), isBackupError(code, /read a:/));
    // A network that is cut at every turn is more patience than a rotten object is worth.
    assert.equal(breaks, ofConnection ? 20 : 3);
    breaks = 0;
    breaksMax = ofConnection ? 19 : 2;
    assert.equal((await readWhole({ blobs, world: patient, name: 'a' }))?.toString(), 'whole');
  });

test('a listing goes on over all pages, and passes over names that are not ours', async () => {
  const blobs = new MemoryBlobs({ clock: world.clock });
  const ids = Array.from({ length: 2_500 }, (_, i) => i.toString(16).padStart(32, '0'));
  for (const id of ids) await blobs.put(`snapshots/${id}`, new Uint8Array(1));
  for (const name of ['snapshots/', 'snapshots/x', `snapshots/${ids[0]}.old`, `snapshots/${ids[0]}/a`])
    await blobs.put(name, new Uint8Array(1));
  assert.equal((await listAll(blobs, 'snapshots/')).length, 2_504);
  assert.deepEqual(
    (await listObjects(blobs, 'snapshots')).map(({ id }) => id),
    ids,
  );
});
