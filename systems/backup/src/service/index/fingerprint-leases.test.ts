import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '@cairn/world/simulated';
import { FingerprintLeases } from './fingerprint-leases.ts';
import { keyBytes } from './fingerprint-map.ts';

const leaseMs = 60_000;

test('one session holds a fingerprint, again and again, until it is registered', async () => {
  await simulated(async ({ leases, keys }) => {
    assert.equal(leases.take('a', keys, 0), 'granted');
    assert.equal(leases.take('a', keys, 0), 'granted');
    assert.equal(leases.take('b', keys, 0), 'held');
    assert.equal(leases.take('b', keys, keyBytes), 'granted', 'another fingerprint');
    assert(leases.isHeldByAnother('b', keys, 0) && !leases.isHeldByAnother('a', keys, 0));
    leases.end(keys.subarray(0, keyBytes));
    assert(!leases.isHeldByAnother('b', keys, 0));
    assert.equal(leases.take('b', keys, 0), 'granted');
    assert.equal(leases.count, 2);
  });
});

test('a session that is silent loses its leases, one that is heard of keeps them', async () => {
  await simulated(async ({ leases, keys, sleep }) => {
    leases.take('silent', keys, 0);
    leases.take('lives', keys, keyBytes);
    for (let third = 0; third < 4; third++) {
      leases.renew('lives');
      await sleep(leaseMs / 3);
    }
    assert.equal(leases.take('other', keys, 0), 'granted');
    assert.equal(leases.take('other', keys, keyBytes), 'held');
    leases.renew('silent');
    assert.equal(leases.take('silent', keys, 0), 'held', 'what it lost is another’s');
  });
});

test('the end of a session ends its leases, and no others', async () => {
  await simulated(async ({ leases, keys }) => {
    leases.take('a', keys, 0);
    leases.take('b', keys, keyBytes);
    leases.endSession('a');
    leases.endSession('nobody');
    assert.equal(leases.count, 1);
    assert.equal(leases.take('c', keys, 0), 'granted');
    assert.equal(leases.take('c', keys, keyBytes), 'held');
  });
});

async function simulated(
  scenario: (parts: {
    leases: FingerprintLeases;
    keys: Uint8Array;
    sleep: (delayMs: number) => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  await simulation.run(async () => {
    const { clock } = simulation;
    const keys = Uint8Array.from({ length: 2 * keyBytes }, (_, index) => index);
    await scenario({
      leases: new FingerprintLeases({ clock, leaseMs }),
      keys,
      sleep: (delayMs) => clock.sleep(delayMs),
    });
  });
}
