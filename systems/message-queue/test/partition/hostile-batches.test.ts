// Batches that are sound by their checksum and wrong by their content.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { batchOf, open, within } from './partition-fixture.ts';

describe('hostile batches', () => {
  test(
    'a batch that claims more records than its bytes can hold is refused',
    within(async (world) => {
      const partition = await open(world);
      const many = { recordCount: 2 ** 30, lastOffsetDelta: 2 ** 30 - 1 };
      await assert.rejects(partition.append({ records: batchOf(['a'], many) }), { code: 'INVALID_RECORD' });
      assert.equal(partition.endOffset, 0);
    }),
  );

  test(
    'a producer does not say that a timestamp is the broker’s',
    within(async (world) => {
      const partition = await open(world);
      await assert.rejects(partition.append({ records: batchOf(['a'], { isLogAppendTime: true }) }), {
        code: 'INVALID_TIMESTAMP',
      });
    }),
  );
});
