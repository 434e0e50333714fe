// What rotten bytes in the log leave readable.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { batchOf, directory, open, readAll, texts, within } from './partition-fixture.ts';

describe('damage', () => {
  test(
    'sound batches before and behind a rotten one are read',
    within(async (world) => {
      const partition = await open(world);
      for (const text of ['one', 'two', 'rot', 'four', 'five'])
        await partition.append({ records: batchOf([text]) });
      await partition.close();
      const path = `${directory}/000000000001.segment`;
      const file = await world.disk.open(path, 'write');
      const bytes = Buffer.alloc(await file.sizeBytes());
      await file.read(bytes, 0);
      await file.write([Buffer.from('ROT')], bytes.indexOf('rot'));
      await file.sync();
      await file.close();
      const again = await open(world, { leaderEpoch: 2 });
      const read = (offset: number) =>
        again.read({ offset, bytesMax: 9_999, atLeastOne: true, committed: false });
      assert.equal((await read(0)).records.length, 2);
      await assert.rejects(read(2), { code: 'CORRUPT_MESSAGE' });
      assert.equal((await read(3)).records.length, 2);
      assert.deepEqual(texts(await readAll(again, { from: 3 })), ['four', 'five']);
    }),
  );
});
