import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { seededRandom } from '../../test/seeded-random.ts';
import { FingerprintTable } from './fingerprint-table.ts';

test('a fingerprint is claimed once, and known from then on', () => {
  const table = FingerprintTable.create();
  const bytes = Buffer.concat([fingerprint('one'), fingerprint('two')]);
  assert.equal(table.has(bytes), false);
  assert.equal(table.claim(bytes), 'claimed');
  assert.equal(table.claim(bytes), 'known');
  assert.equal(table.has(bytes), true);
  assert.equal(table.has(bytes, 32), false);
  assert.equal(table.claim(bytes, 32), 'claimed');
  assert.equal(table.count, 2);
});

test('it answers as a set does, through several growths', (t) => {
  const random = seededRandom(t);
  const table = FingerprintTable.create();
  const model = new Set<number>();
  const sizeAtFirst = table.sizeBytes;
  for (let round = 0; round < 200_000; round += 1) {
    const name = random.integer(150_000);
    const bytes = fingerprint(name);
    assert.equal(table.has(bytes), model.has(name));
    if (random.integer(2) === 0) continue;
    assert.equal(table.claim(bytes), model.has(name) ? 'known' : 'claimed');
    model.add(name);
  }
  assert.equal(table.count, model.size);
  assert(table.sizeBytes > sizeAtFirst + 1_000_000, 'it grew');
});

test('a table that was told how many come does not grow, and takes 27 to 54 bytes for each', () => {
  const table = FingerprintTable.create(100_000);
  for (let name = 0; name < 50_000; name += 1) table.claim(fingerprint(name));
  const { sizeBytes } = table;
  table.addAll(Buffer.concat(Array.from({ length: 50_000 }, (_, index) => fingerprint(50_000 + index))));
  assert.equal(table.count, 100_000);
  assert.equal(table.sizeBytes, sizeBytes);
  assert(sizeBytes / 100_000 >= 26 && sizeBytes / 100_000 <= 54, `${sizeBytes / 100_000}`);
});

test('fingerprints that differ in one byte of sixteen, and those of zeros, are told apart', () => {
  const table = FingerprintTable.create();
  const zeros = Buffer.alloc(32);
  assert.equal(table.claim(zeros), 'claimed');
  assert.equal(table.claim(zeros), 'known');
  for (let at = 0; at < 16; at += 1) {
    const bytes = Buffer.from(zeros);
    bytes[at] = 3;
    assert.equal(table.claim(bytes), 'claimed', `byte ${at}`);
  }
});

test('a table that may not grow any more says so, and still knows what it has', () => {
  const table = FingerprintTable.create(0, { slotsLowest: 4, bytesHighest: 4_096 });
  let count = 0;
  const claimAll = () => {
    for (; count < 1_000; count += 1) table.claim(fingerprint(count));
  };
  assert.throws(claimAll, { code: 'invalid-argument', message: /million chunks/ });
  assert(count > 50 && table.has(fingerprint(count - 1)) && table.claim(fingerprint(0)) === 'known');
});

// Each of many small tables grows six times while both threads claim the same fingerprints in the same order, in lockstep.
test('threads that claim the same at once: one of them has it, through growths', {
  timeout: 60_000,
}, async () => {
  const names = 100;
  const tables = Array.from({ length: 600 }, () =>
    FingerprintTable.create(0, { slotsLowest: 4, bytesHighest: 65_536 }),
  );
  const lockstep = new SharedArrayBuffer(4);
  const workerData = { handles: tables.map(({ handle }) => handle), lockstep, names };
  const results = await Promise.all([claimInThread(workerData), claimInThread(workerData)]);
  const [one, other] = results as [Uint8Array, Uint8Array];
  for (const [index, claimed] of one.entries())
    assert.equal(
      claimed + other[index]!,
      1,
      `fingerprint ${index % names} of table ${Math.floor(index / names)}`,
    );
  for (const claimed of results) assert(claimed.includes(1), 'both had a share');
  for (const table of tables) assert(table.count >= names && table.count < 2 * names);
});

/** By table and name: whether this thread was told that it is the first. */
function claimInThread(workerData: object): Promise<Uint8Array> {
  const module = new URL('./fingerprint-table.ts', import.meta.url).href;
  const script = `
    import { createHash } from 'node:crypto';
    import { parentPort, workerData } from 'node:worker_threads';
    import { FingerprintTable } from ${JSON.stringify(module)};
    const { handles, lockstep, names } = workerData;
    const arrivals = new Int32Array(lockstep);
    const fingerprints = Array.from({ length: names }, (_, name) =>
      createHash('sha256').update(String(name)).digest());
    const claimed = new Uint8Array(handles.length * names);
    for (const [index, handle] of handles.entries()) {
      const table = FingerprintTable.attach(handle);
      Atomics.add(arrivals, 0, 1);
      while (Atomics.load(arrivals, 0) < 2 * (index + 1)) Atomics.pause();
      for (let name = 0; name < names; name += 1)
        if (table.claim(fingerprints[name]) === 'claimed') claimed[index * names + name] = 1;
    }
    parentPort.postMessage(claimed);
  `;
  const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
  const worker = new Worker(url, { workerData });
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

function fingerprint(name: number | string): Buffer {
  return createHash('sha256').update(String(name)).digest();
}
