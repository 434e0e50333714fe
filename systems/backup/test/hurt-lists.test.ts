// What gc and repair do about condemnations, waits, verdicts and snapshots that are hurt: space is given back again, and nothing is lost.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { verifyRepository } from '../src/check/verify-repository.ts';
import { collectGarbage } from '../src/collect/collect-garbage.ts';
import { forgetSnapshots } from '../src/core/forget-snapshots.ts';
import { resolveSnapshotId } from '../src/core/resolve-snapshot.ts';
import { repairRepository } from '../src/repair/repair-repository.ts';
import { isBackupError } from './backup-error.ts';
import type { MemoryBlobs } from './memory-blobs.ts';
import { file } from './sample-manifest.ts';
import { sampleRepository } from './sample-repository.ts';

const who = { host: 'host', user: 'user' };
const collecting = { ...who, maxUnusedPercent: 0, minPackBytes: 0 };
const repairing = { ...who, dryRun: false, readData: true, forget: false, workers: 1 };
const reading = { readData: { kind: 'all' }, workers: 1 } as const;

function flip(blobs: MemoryBlobs, name: string): void {
  blobs.alter(name, (bytes) => bytes.with(60, bytes[60]! ^ 1));
}

/** A condemnation with its waits: of a snapshot that is forgotten, beside one that stays, with a writer at work. */
async function condemned(t: TestContext) {
  const { repository, blobs, add } = await sampleRepository();
  t.after(() => repository.close());
  const gone = await add([file('gone', [Buffer.from('gone')])]);
  const kept = await add([file('kept', [Buffer.from('kept')])]);
  const session = await repository.openSession({ purpose: 'create', ...who });
  await forgetSnapshots(repository, [gone.id]);
  const { waits } = await collectGarbage(repository, collecting);
  assert.equal(waits.length, 1);
  const [condemnation, list] = blobs.names('condemned/');
  const id = condemnation!.slice('condemned/'.length);
  return { repository, blobs, kept, session, condemnation: condemnation!, waits: list!, id };
}

async function assertCollected(repository: Parameters<typeof collectGarbage>[0], blobs: MemoryBlobs) {
  const before = blobs.names('packs/').length;
  let deleted = 0;
  for (let run = 0; run < 2; run += 1) {
    const report = await collectGarbage(repository, collecting);
    assert.deepEqual(report.damaged, []);
    deleted += report.packsDeleted;
  }
  assert(deleted > 0 && blobs.names('packs/').length < before, 'what was forgotten goes');
  assert.deepEqual(blobs.names('condemned/'), []);
  const { findings } = await verifyRepository(repository, reading);
  assert.deepEqual(
    findings.filter(({ object }) => !object.startsWith('verdicts/')),
    [],
  );
}

test('gc calls a hurt condemnation off, and condemns anew', async (t) => {
  const { repository, blobs, session, condemnation } = await condemned(t);
  await session.abandon();
  flip(blobs, condemnation);
  await assertCollected(repository, blobs);
});

test('gc records anew whom it waits for where that list is hurt', async (t) => {
  const { repository, blobs, session, waits } = await condemned(t);
  flip(blobs, waits);
  const { waits: waiting, packsDeleted } = await collectGarbage(repository, collecting);
  assert.deepEqual(
    [waiting.map((wait) => wait.session), packsDeleted],
    [[session.id], 0],
    'the writer at work is waited for',
  );
  await session.abandon();
  await assertCollected(repository, blobs);
});

test('a dry run of gc leaves what is hurt as it is', async (t) => {
  const { repository, blobs, condemnation, waits } = await condemned(t);
  for (const name of [waits, condemnation]) {
    flip(blobs, name);
    const before = blobs.names();
    await collectGarbage(repository, { ...collecting, dryRun: true });
    assert.deepEqual(blobs.names(), before);
  }
});

test('repair removes a condemnation and a verdict that are both hurt, and gc goes on', async (t) => {
  const { repository, blobs, session, condemnation, id } = await condemned(t);
  await session.abandon();
  await repository.objects.putIfAbsent(
    { kind: 'verdict', name: `verdicts/${id}` },
    Buffer.from('{"packs":[]}'),
  );
  for (const name of [condemnation, `verdicts/${id}`]) flip(blobs, name);
  await assert.rejects(collectGarbage(repository, collecting), isBackupError('damaged', /repair/));
  const { listsRemoved } = await repairRepository(repository, repairing);
  assert.deepEqual(listsRemoved, [condemnation, `verdicts/${id}`]);
  await assertCollected(repository, blobs);
});

test('a dry run of repair removes nothing', async (t) => {
  const { repository, blobs, session, condemnation } = await condemned(t);
  await session.abandon();
  flip(blobs, condemnation);
  const before = blobs.names();
  const { listsRemoved } = await repairRepository(repository, { ...repairing, dryRun: true });
  assert.deepEqual(listsRemoved, [condemnation]);
  assert.deepEqual(blobs.names(), before);
});

test('a hurt snapshot stops gc only until it is forgotten, by its id or by repair', async (t) => {
  for (const how of ['forget', 'repair'] as const) {
    const { repository, blobs, kept, session } = await condemned(t);
    await session.abandon();
    flip(blobs, `snapshots/${kept.id}`);
    const { damaged } = await collectGarbage(repository, collecting);
    assert.deepEqual(
      damaged.map(({ name }) => name),
      [`snapshots/${kept.id}`],
    );
    const plain = await repairRepository(repository, repairing);
    assert.deepEqual(plain.snapshotsLost, [kept.id]);
    assert.deepEqual(blobs.names('tombstones/').includes(`tombstones/${kept.id}`), false);
    if (how === 'repair') await repairRepository(repository, { ...repairing, forget: true });
    else await forgetSnapshots(repository, [await resolveSnapshotId(repository, kept.id.slice(0, 8))]);
    for (let run = 0; run < 2; run += 1)
      assert.deepEqual((await collectGarbage(repository, collecting)).damaged, []);
    assert.deepEqual(blobs.names('packs/'), [], 'nobody needs anything any more');
  }
});
