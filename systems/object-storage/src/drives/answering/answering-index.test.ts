import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '@cairn/world/simulated';
import type { IndexSql } from '../../data/index-store.ts';
import { answeringIndex } from './answering-index.ts';
import { DriveAnswers } from './drive-answers.ts';

const withinMs = 1_000;

test('a drive is not taken for silent because its index has many rows to go through', () => {
  const simulation = new Simulation({ seed: 1 });
  return simulation.run(async () => {
    const { clock } = simulation;
    const slow = () => clock.sleep(60 * withinMs);
    const sql = { check: slow, read: slow, write: slow, lookup: slow, close: slow } as unknown as IndexSql;
    const answers = new DriveAnswers({ clock, withinMs, callsMax: 2 });
    const index = answeringIndex(sql, '/drive/blobs.sqlite', answers);
    await index.check();
    await index.read('count', {});
    await index.read('recountSegments', {});
    await index.write('rewriteCounts', {});
    await index.write('distrust', {});
    assert.equal(answers.isSilent, false);
    await assert.rejects(index.lookup('readWatermark', {}), { code: 'late' });
    assert.equal(answers.isSilent, true);
  });
});
