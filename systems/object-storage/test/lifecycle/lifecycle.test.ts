// What lifecycle rules do to a bucket as days pass, and what they leave alone.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openSimulatedSql } from '@cairn/engines';
import { objectBody } from '@cairn/object-storage';
import type { MetadataSql } from '../../src/metadata/store.ts';
import { replacing } from '../simulation/sabotage.ts';
import tamperingStore from '../tampering-store.ts';
import {
  bucket,
  dayMs,
  hourMs,
  keysOf,
  passMs,
  put,
  setRules,
  simulated,
  tagsOf,
  uploadsOf,
  versionsOf,
} from './simulated-storage.ts';

const minuteMs = 60_000;

test('an object expires at the midnight UTC after its last day, and not before', async () => {
  await simulated(async ({ open, untilAfterMidnight, age, sleep }) => {
    const storage = await open();
    await setRules(storage, { filter: { prefix: 'logs/' }, expiration: { days: 1 } });
    await untilAfterMidnight(10 * hourMs);
    await put(storage, 'logs/a');
    await put(storage, 'other/a');
    await untilAfterMidnight(passMs); // Not a day old yet.
    assert.deepEqual(await keysOf(storage), ['logs/a', 'other/a']);
    await age(23 * hourMs); // A day old, but it is not midnight.
    assert.deepEqual(await keysOf(storage), ['logs/a', 'other/a']);
    await untilAfterMidnight(passMs);
    assert.deepEqual(await keysOf(storage), ['other/a']);
    await sleep(minuteMs);
    assert.equal((await storage.stats()).blobs, 1, 'its bytes go too');
  });
});

test('an object whose row is remembered for reads is gone from them once it expired', async () => {
  await simulated(async ({ open, untilAfterMidnight }) => {
    const storage = await open();
    await setRules(storage, { filter: { prefix: 'logs/' }, expiration: { days: 1 } });
    await put(storage, 'logs/a');
    const read = async () => (await storage.getObject({ bucket, key: 'logs/a' })).content.close();
    await untilAfterMidnight(passMs);
    await read();
    assert(storage.getObjectNow({ bucket, key: 'logs/a' }), 'it is remembered');
    await untilAfterMidnight(passMs);
    await assert.rejects(read(), { code: 'NoSuchKey' });
  });
});

test('an object that is put again counts its days anew', async () => {
  await simulated(async ({ open, untilAfterMidnight }) => {
    const storage = await open();
    await setRules(storage, { expiration: { days: 1 } });
    await put(storage, 'a');
    await untilAfterMidnight(hourMs);
    await put(storage, 'a');
    await untilAfterMidnight(passMs);
    assert.deepEqual(await keysOf(storage), ['a']);
    await untilAfterMidnight(passMs);
    assert.deepEqual(await keysOf(storage), []);
  });
});

test('a date that is reached, or past, expires everything that the rule covers, also what is new', async () => {
  await simulated(async ({ open, untilAfterMidnight, sleep, nowMs }) => {
    const storage = await open();
    await untilAfterMidnight(hourMs);
    const midnightMs = Math.ceil(nowMs() / dayMs) * dayMs;
    await setRules(storage, { expiration: { dateMs: midnightMs } });
    await put(storage, 'a');
    await sleep(passMs);
    assert.deepEqual(await keysOf(storage), ['a']);
    await untilAfterMidnight(passMs);
    assert.deepEqual(await keysOf(storage), []);
    await put(storage, 'b');
    await untilAfterMidnight(passMs);
    assert.deepEqual(await keysOf(storage), []);
  });
});

test('a rule covers what has its prefix, all of its tags, and a size between its bounds', async () => {
  await simulated(async ({ open, sleep, age, nowMs }) => {
    const storage = await open();
    const expiration = { dateMs: Math.floor(nowMs() / dayMs) * dayMs };
    await put(storage, 'tagged/both', { tags: { class: 'old', team: 'a' } });
    await put(storage, 'tagged/one', { tags: { class: 'old' } });
    await put(storage, 'tagged/other', { tags: { class: 'new', team: 'a' } });
    await put(storage, 'tagged/none');
    for (const sizeBytes of [99, 100, 101, 199, 200]) await put(storage, `size/${sizeBytes}`, { sizeBytes });
    await put(storage, 'disabled/a');
    await setRules(
      storage,
      { filter: { prefix: 'tagged/', tags: { class: 'old', team: 'a' } }, expiration },
      { filter: { prefix: 'size/', sizeGreaterThan: 100, sizeLessThan: 200 }, expiration },
      { enabled: false, filter: {}, expiration },
    );
    await sleep(passMs);
    assert.deepEqual(await keysOf(storage), [
      ...['disabled/a', 'size/100', 'size/200', 'size/99'],
      ...['tagged/none', 'tagged/one', 'tagged/other'],
    ]);
    // Tags that are changed later count, too.
    await storage.changeAttributes({
      ...{ bucket, key: 'tagged/one' },
      change: () => ({ tags: tagsOf({ class: 'old', team: 'a' }) }),
    });
    await age(dayMs);
    assert(!(await keysOf(storage)).includes('tagged/one'));
  });
});

test('with versioning an object expires by a delete marker, then its version, then the marker', async () => {
  await simulated(async ({ open, untilAfterMidnight }) => {
    const storage = await open();
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const version = await put(storage, 'a');
    await setRules(storage, { expiration: { days: 1 }, noncurrentExpiration: { days: 2 } });
    await untilAfterMidnight(passMs);
    assert.deepEqual(await versionsOf(storage), [`a ${version}`]);
    await untilAfterMidnight(passMs);
    assert.deepEqual(await versionsOf(storage), ['a marker', `a ${version}`]);
    await untilAfterMidnight(passMs);
    await untilAfterMidnight(passMs);
    assert.deepEqual(await versionsOf(storage), ['a marker', `a ${version}`]);
    await untilAfterMidnight(passMs);
    assert.deepEqual(await versionsOf(storage), ['a marker']);
    await untilAfterMidnight(passMs);
    assert.deepEqual(await versionsOf(storage), []);
    const [state] = (await storage.stats()).lifecycle;
    assert.deepEqual(
      [state?.expiredObjects, state?.expiredVersions, state?.removedMarkers, state?.skipped],
      [1, 1, 1, 0],
    );
  });
});

test('where versioning is suspended the null version goes for good, and leaves a null delete marker', async () => {
  await simulated(async ({ open, sleep, nowMs }) => {
    const storage = await open();
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const kept = await put(storage, 'a');
    await storage.setBucketVersioning({ bucket, versioning: 'suspended' });
    await put(storage, 'a');
    await setRules(storage, { expiration: { dateMs: Math.floor(nowMs() / dayMs) * dayMs } });
    await sleep(passMs);
    assert.deepEqual(await versionsOf(storage), ['a marker', `a ${kept}`]);
  });
});

test('noncurrent versions go by the age of their successor, and so many newer ones stay', async () => {
  await simulated(async ({ open, untilAfterMidnight, sleep }) => {
    const storage = await open();
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    await setRules(storage, { noncurrentExpiration: { days: 1, newerVersions: 2 } });
    const versions: (string | undefined)[] = [];
    for (let number = 0; number < 5; number++) {
      versions.unshift(await put(storage, 'a'));
      await sleep(1_000);
    }
    await storage.deleteObject({ bucket, key: 'b' }); // A marker that is the latest counts for none.
    await untilAfterMidnight(hourMs);
    const late = await put(storage, 'a');
    await untilAfterMidnight(passMs);
    // versions[0] has been noncurrent for less than a day, and two stay anyway.
    assert.deepEqual(
      await versionsOf(storage),
      [late, versions[0], versions[1]].map((version) => `a ${version}`).concat('b marker'),
    );
  });
});

test('a delete marker goes when nothing is behind it, and never while something is', async () => {
  await simulated(async ({ open, sleep }) => {
    const storage = await open();
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const hidden = await put(storage, 'hidden');
    await storage.deleteObject({ bucket, key: 'hidden' });
    await storage.deleteObject({ bucket, key: 'nothing' });
    await storage.deleteObject({ bucket, key: 'untouched' });
    await setRules(
      storage,
      { filter: { prefix: 'hidden' }, expiration: { expiredObjectDeleteMarker: true } },
      { filter: { prefix: 'nothing' }, expiration: { expiredObjectDeleteMarker: true } },
      { filter: { prefix: 'untouched' }, expiration: { expiredObjectDeleteMarker: false } },
    );
    await sleep(passMs);
    assert.deepEqual(await versionsOf(storage), ['hidden marker', `hidden ${hidden}`, 'untouched marker']);
  });
});

test('uploads are aborted so many days after they began, with their parts', async () => {
  await simulated(async ({ open, untilAfterMidnight, sleep }) => {
    const storage = await open();
    await setRules(storage, { filter: { prefix: 'a' }, abortUploadsAfterDays: 1 });
    for (const key of ['a', 'b']) {
      const attributes = { headers: {}, userMetadata: {} };
      const { uploadId } = await storage.createUpload({ bucket, key, attributes, owner: 'me' });
      const body = objectBody(Buffer.from('part'));
      await storage.uploadPart({ bucket, key, uploadId, partNumber: 1, body });
    }
    await untilAfterMidnight(passMs);
    assert.deepEqual(await uploadsOf(storage), ['a', 'b']);
    await untilAfterMidnight(passMs);
    assert.deepEqual(await uploadsOf(storage), ['b']);
    await sleep(passMs);
    assert.equal((await storage.stats()).blobs, 1);
  });
});

test('days of another length are counted from the creation, without midnights', async () => {
  await simulated(async ({ open, sleep }) => {
    const storage = await open({ lifecycle: { dayMs: 10_000 } });
    await setRules(storage, { expiration: { days: 2 } });
    await put(storage, 'a');
    await sleep(19_000);
    assert.deepEqual(await keysOf(storage), ['a']);
    await sleep(5_000);
    assert.deepEqual(await keysOf(storage), []);
  });
});

test('a pass reads only the keys that rules name, is kept in pages, and is counted', async () => {
  await simulated(async ({ open, sleep, nowMs, metrics }) => {
    const pages: number[] = [];
    const wrap = (metadata: MetadataSql) => {
      const read: MetadataSql['read'] = async (name, input) => {
        const output = await metadata.read(name, input);
        if (name === 'findExpired') pages.push((output as { scannedRows: number }).scannedRows);
        return output;
      };
      return replacing(metadata, { read });
    };
    const storage = await open({ wrap });
    const expiration = { dateMs: Math.floor(nowMs() / dayMs) * dayMs };
    for (let number = 0; number < 1_500; number++) await put(storage, `logs/${number}`);
    for (const key of ['a', 'log', 'logs0', 'tmp/1', 'tmp/2', 'z']) await put(storage, key);
    await setRules(
      storage,
      ...['tmp/', 'logs/', 'logs/1', 'none/'].map((prefix) => ({ filter: { prefix }, expiration })),
    );
    await sleep(passMs);
    assert.deepEqual(await keysOf(storage), ['a', 'log', 'logs0', 'z']);
    assert.deepEqual(pages, [...Array.from({ length: 7 }, () => 200), 102]);
    const [state] = (await storage.stats()).lifecycle;
    assert.deepEqual([state?.bucket, state?.scannedRows, state?.expiredObjects], [bucket, 1_502, 1_502]);
    assert(state!.finishedMs >= state!.startedMs && state!.startedMs > 0);
    assert.match(metrics(), /lifecycle_actions_total\{action="expire-object"\} 1502\n/);
    assert.match(metrics(), /lifecycle_scanned_rows_total 1502\n/);
    assert.match(metrics(), new RegExp(`lifecycle_pass_ended_seconds ${state!.finishedMs / 1_000}\n`));
  });
});

test('a pass takes ten times as long beside many clients, and comes to its end', async () => {
  const quietMs = await passDurationMs({ besideClients: false });
  const busyMs = await passDurationMs({ besideClients: true });
  assert(quietMs >= 350 && quietMs < 600, `${quietMs} ms without clients`);
  assert(busyMs >= 3_500 && busyMs < 6_000, `${busyMs} ms beside clients`);
});

async function passDurationMs({ besideClients }: { besideClients: boolean }): Promise<number> {
  let durationMs = 0;
  await simulated(async ({ open, sleep, nowMs }) => {
    const storage = await open({ lifecycle: { deletionsPerSecond: 1_000 } });
    for (let number = 0; number < 400; number++) await put(storage, `k${number}`);
    const expiration = { dateMs: Math.floor(nowMs() / dayMs) * dayMs };
    await setRules(storage, { expiration });
    for (const endMs = nowMs() + passMs; nowMs() < endMs; await sleep(besideClients ? 5 : passMs))
      if (besideClients) await keysOf(storage);
    const [state] = (await storage.stats()).lifecycle;
    assert.equal(state?.expiredObjects, 400);
    durationMs = state.finishedMs - state.startedMs;
  });
  return durationMs;
}

test('a crash in the middle of a pass loses no place and counts nothing twice', async () => {
  await simulated(async ({ machine, open, sleep, nowMs }) => {
    let storage = await open({ lifecycle: { deletionsPerSecond: 100 } });
    const expiration = { dateMs: Math.floor(nowMs() / dayMs) * dayMs };
    for (let number = 0; number < 1_200; number++) await put(storage, `k${number}`);
    await setRules(storage, { expiration });
    let crashes = 0;
    for (; (await keysOf(storage)).length > 0; crashes++) {
      await sleep(minuteMs + 1_700);
      machine.crash({ powerLoss: true });
      machine.restart();
      storage = await open({ lifecycle: { deletionsPerSecond: 100 } });
    }
    await sleep(passMs);
    assert(crashes >= 3, `only ${crashes} crashes`);
    const [state] = (await storage.stats()).lifecycle;
    assert.deepEqual([state?.expiredObjects, state?.at], [1_200, undefined]);
    assert.deepEqual(await storage.check({ deep: true }), []);
  });
});

/** Does something when the worker has found what is due, and before it deletes it. */
function between(action: () => Promise<unknown>): (metadata: MetadataSql) => MetadataSql {
  return (metadata) => {
    const write: MetadataSql['write'] = async (name, input) => {
      const found = name === 'expire' && (input as { candidates: readonly unknown[] }).candidates.length > 0;
      if (found) await action();
      return metadata.write(name, input);
    };
    return replacing(metadata, { write });
  };
}

test('what is overwritten, tagged anew or deleted after it was found due is left alone', async () => {
  await simulated(async ({ open, untilAfterMidnight }) => {
    const changes = async () => {
      await put(storage, 'overwritten', { sizeBytes: 20 });
      await storage.changeAttributes({
        bucket,
        key: 'tagged',
        change: () => ({ tags: tagsOf({ keep: 'yes' }) }),
      });
      await storage.deleteObject({ bucket, key: 'deleted' });
    };
    const storage = await open({ wrap: between(changes) });
    const tags = { keep: 'no' };
    for (const key of ['deleted', 'expired', 'overwritten', 'tagged']) await put(storage, key, { tags });
    await setRules(storage, { filter: { tags }, expiration: { days: 1 } });
    await untilAfterMidnight(passMs);
    await untilAfterMidnight(passMs);
    assert.deepEqual(await keysOf(storage), ['overwritten', 'tagged']);
    const [state] = (await storage.stats()).lifecycle;
    assert.deepEqual([state?.expiredObjects, state?.skipped], [1, 3]);
  });
});

test('rules that are taken back after something was found due delete nothing', async () => {
  await simulated(async ({ open, sleep, nowMs }) => {
    const takeBack = () => storage.configureBucket({ bucket, documents: { lifecycle: undefined } });
    const storage = await open({ wrap: between(takeBack) });
    await put(storage, 'a');
    await setRules(storage, { expiration: { dateMs: Math.floor(nowMs() / dayMs) * dayMs } });
    await sleep(passMs);
    assert.deepEqual(await keysOf(storage), ['a']);
    assert.deepEqual((await storage.stats()).lifecycle, []);
  });
});

test('a pass by rules that were taken back and put again begins at the start', async () => {
  await simulated(async ({ open, sleep, nowMs }) => {
    const dateMs = Math.floor(nowMs() / dayMs) * dayMs;
    let again = true;
    const putAgain = async () => {
      if (!again) return;
      again = false;
      await storage.configureBucket({ bucket, documents: { lifecycle: undefined } });
      await setRules(storage, { expiration: { dateMs } });
    };
    const storage = await open({ wrap: between(putAgain) });
    for (const key of ['a', 'b', 'c']) await put(storage, key);
    await setRules(storage, { filter: { prefix: 'c' }, expiration: { dateMs } });
    await sleep(passMs);
    assert.deepEqual(await keysOf(storage), []);
  });
});

test('a bucket that is deleted takes its place with it, and one of its name starts anew', async () => {
  await simulated(async ({ open, sleep, age, nowMs }) => {
    const storage = await open();
    await setRules(storage, { expiration: { dateMs: Math.floor(nowMs() / dayMs) * dayMs } });
    await sleep(passMs);
    await storage.deleteBucket({ bucket });
    assert.deepEqual((await storage.stats()).lifecycle, []);
    await storage.createBucket({ bucket, owner: 'me' });
    await put(storage, 'a');
    await age(dayMs);
    assert.deepEqual(await keysOf(storage), ['a']);
  });
});

test('a version that is locked stays until its lock ends, and is counted as left alone', async () => {
  await simulated(async ({ open, age, nowMs }) => {
    const storage = await open();
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    await storage.configureBucket({ bucket, documents: { 'object-lock': '{}' } });
    const versionId = await put(storage, 'a');
    const retention = { mode: 'COMPLIANCE', untilMs: nowMs() + 5 * dayMs } as const;
    await storage.setRetention({ bucket, key: 'a', versionId, retention });
    await put(storage, 'a');
    await setRules(storage, { noncurrentExpiration: { days: 1 } });
    await age(4 * dayMs);
    assert.equal((await versionsOf(storage)).length, 2);
    const [progress] = (await storage.stats()).lifecycle;
    assert(progress!.skipped > 0);
    await age(3 * dayMs);
    assert.equal((await versionsOf(storage)).length, 1);
  });
});

test('a row whose attributes rotted stays, and keeps nothing behind it from expiring', async () => {
  await simulated(async ({ open, machine, untilAfterMidnight }) => {
    const storage = await open();
    for (const key of ['a', 'b', 'c']) await put(storage, key, { tags: { kind: 'log' } });
    const tampering = await openSimulatedSql(machine, tamperingStore);
    await tampering.write('garble', { attributes: '{"tags":[{', key: 'b' });
    await setRules(storage, { expiration: { days: 1 }, filter: { tags: { kind: 'log' } } });
    for (let day = 0; day < 3; day++) await untilAfterMidnight(passMs);
    assert.deepEqual(await keysOf(storage), ['b']);
  });
});
