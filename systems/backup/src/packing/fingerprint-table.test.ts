import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { seededRandom } from '../../test/printed-seed.ts';
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

test('threads that claim the same at once: one of them has it, through growths', {
  timeout: 60_000,
}, async (t) => {
  const seed = seededRandom(t).next32();
  const table = FingerprintTable.create();
  const names = 60_000;
  const results = await Promise.all(
    [0, 1, 2, 3].map((thread) => claimInThread(table, { seed, thread, names })),
  );
  const claims = new Uint8Array(names);
  for (const claimed of results) for (const [name, count] of claimed.entries()) claims[name]! += count;
  assert(
    claims.every((count) => count === 1),
    'every fingerprint was claimed by one thread, once',
  );
  assert(table.count >= names && table.count < names + 1_000, `${table.count} counted`);
  assert(
    results.every((claimed) => claimed.some((count) => count > 0)),
    'all threads had their share',
  );
});

/** Claims all names in an order of its own, starting together with the others. */
function claimInThread(
  table: FingerprintTable,
  workerData: { readonly seed: number; readonly thread: number; readonly names: number },
): Promise<Uint8Array> {
  const module = new URL('./fingerprint-table.ts', import.meta.url).href;
  const script = `
    import { createHash } from 'node:crypto';
    import { parentPort, workerData } from 'node:worker_threads';
    import { FingerprintTable } from ${JSON.stringify(module)};
    const { handle, names, thread, seed } = workerData;
    const table = FingerprintTable.attach(handle);
    const claimed = new Uint8Array(names);
    const step = [1, names - 1, 7919, 50021][thread];
    for (let count = 0, name = seed % names; count < names; count += 1, name = (name + step) % names) {
      const bytes = createHash('sha256').update(String(name)).digest();
      if (table.claim(bytes) === 'claimed') claimed[name] += 1;
      if (!table.has(bytes)) throw new Error('claimed and not there');
    }
    parentPort.postMessage(claimed);
  `;
  const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
  const worker = new Worker(url, { workerData: { ...workerData, handle: table.handle } });
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

function fingerprint(name: number | string): Buffer {
  return createHash('sha256').update(String(name)).digest();
}
