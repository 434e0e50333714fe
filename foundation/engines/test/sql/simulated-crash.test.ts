// What a crash leaves of a simulated database: SQLite's promise, and everything that SQLite does not promise.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSimulatedSql, type SqlDurability, SqlError, simulatedSqlFaults } from '@cairn/engines';
import { Simulation } from '@cairn/world/simulated';
import conformanceStore from './conformance-store.ts';

const seeds = Array.from({ length: 60 }, (_, seed) => seed);
const submitted = 40;

type Crashed = { acknowledged: number; found: number; traceHash: number };

/** Submits increments at random moments, crashes in the middle, and counts what the next process finds. */
async function crashInTheMiddle(
  seed: number,
  { durability, powerLoss }: { durability: SqlDurability; powerLoss: boolean },
): Promise<Crashed> {
  const simulation = new Simulation({ seed });
  const machine = simulation.machine('node');
  let acknowledged = 0;
  const found = await simulation.run(async () => {
    const sql = await openSimulatedSql(machine, conformanceStore, { durability });
    for (let write = 0; write < submitted; write++) {
      void sql.write('increment', { name: 'a' }).then((value) => {
        acknowledged = Math.max(acknowledged, value);
      });
      await simulation.clock.sleep(simulation.random.integer(3));
    }
    machine.crash({ powerLoss });
    machine.restart();
    const next = await openSimulatedSql(machine, conformanceStore, { durability });
    return next.lookup('counter', { name: 'a' });
  });
  return { acknowledged, found, traceHash: simulation.traceHash };
}

for (const powerLoss of [true, false]) {
  test(`what was acknowledged as synced survives ${powerLoss ? 'a power loss' : 'kill -9'}; what was in flight may or may not`, async () => {
    let kept = 0;
    let lost = 0;
    for (const seed of seeds) {
      const { acknowledged, found } = await crashInTheMiddle(seed, { durability: 'synced', powerLoss });
      assert(found >= acknowledged, `seed ${seed}: ${acknowledged} acknowledged, ${found} found`);
      if (found > acknowledged) kept++;
      if (found < submitted) lost++;
    }
    assert(kept > 0, 'some seed keeps what was in flight');
    assert(lost > 0, 'some seed loses what was in flight');
  });
}

test('with durability `os` kill -9 loses nothing acknowledged, and a power loss takes back a suffix', async () => {
  let takenBack = 0;
  for (const seed of seeds) {
    const killed = await crashInTheMiddle(seed, { durability: 'os', powerLoss: false });
    assert(killed.found >= killed.acknowledged, `seed ${seed}`);
    const unpowered = await crashInTheMiddle(seed, { durability: 'os', powerLoss: true });
    assert(unpowered.found <= submitted, `seed ${seed}`);
    if (unpowered.found < unpowered.acknowledged) takenBack++;
  }
  assert(takenBack > 0, 'some seed takes back what was acknowledged');
});

test('what a killed process wrote with durability `os` can still be lost to the power, until it is synced', async () => {
  const found = new Set<number>();
  for (const seed of seeds) {
    const simulation = new Simulation({ seed });
    const machine = simulation.machine('node');
    const restart = (powerLoss: boolean) => {
      machine.crash({ powerLoss });
      machine.restart();
      return openSimulatedSql(machine, conformanceStore, { durability: 'os' });
    };
    await simulation.run(async () => {
      const first = await openSimulatedSql(machine, conformanceStore, { durability: 'os' });
      await first.write('increment', { name: 'a' });
      const second = await restart(false);
      assert.equal(await second.lookup('counter', { name: 'a' }), 1, `seed ${seed}`);
      const third = await restart(true);
      found.add(await third.lookup('counter', { name: 'a' }));
    });
  }
  assert.deepEqual([...found].sort(), [0, 1]);
});

test('one seed gives one run', async () => {
  for (const seed of seeds.slice(0, 5)) {
    const options = { durability: 'os', powerLoss: true } as const;
    assert.deepEqual(await crashInTheMiddle(seed, options), await crashInTheMiddle(seed, options));
  }
  const one = await crashInTheMiddle(1, { durability: 'os', powerLoss: true });
  const other = await crashInTheMiddle(2, { durability: 'os', powerLoss: true });
  assert.notEqual(one.traceHash, other.traceHash);
});

test('the promises of a process that died never settle, and its handle does nothing any more', async () => {
  const simulation = new Simulation({ seed: 1 });
  const machine = simulation.machine('node');
  await simulation.run(async () => {
    const sql = await openSimulatedSql(machine, conformanceStore);
    let settled = false;
    const settle = () => {
      settled = true;
    };
    sql.write('add', { name: 'a', amount: 1 }).then(settle, settle);
    machine.crash();
    machine.restart();
    sql.write('add', { name: 'a', amount: 1 }).then(settle, settle);
    sql.lookup('counter', { name: 'a' }).then(settle, settle);
    sql.close().then(settle, settle);
    await simulation.clock.sleep(1_000);
    assert(!settled);
    const next = await openSimulatedSql(machine, conformanceStore);
    assert.equal(await next.lookup('counter', { name: 'a' }), 0);
  });
});

test('a full disk fails writes, changes nothing, and is over when there is space', async () => {
  const simulation = new Simulation({ seed: 1 });
  const machine = simulation.machine('node');
  await simulation.run(async () => {
    const sql = await openSimulatedSql(machine, conformanceStore);
    const faults = simulatedSqlFaults(machine, conformanceStore.name);
    faults.full = true;
    await assert.rejects(sql.write('add', { name: 'a', amount: 1 }), { code: 'full', retryable: true });
    faults.full = false;
    assert.equal(await sql.write('add', { name: 'a', amount: 1 }), 1);
  });
});

test('a failed commit did not happen, or is reported as unknown', async () => {
  const seen = new Set<string>();
  for (const seed of seeds) {
    const simulation = new Simulation({ seed });
    const machine = simulation.machine('node');
    await simulation.run(async () => {
      const sql = await openSimulatedSql(machine, conformanceStore, { faults: { failCommits: 1 } });
      const error = await sql.write('add', { name: 'a', amount: 1 }).catch((reason) => reason);
      assert(error instanceof SqlError);
      const found = await sql.lookup('counter', { name: 'a' });
      seen.add(`${error.code} ${found}`);
      assert.equal(await sql.write('add', { name: 'a', amount: 1 }), found + 1, 'the next commit works');
    });
  }
  assert.deepEqual([...seen].sort(), ['failed 0', 'unavailable 0', 'unavailable 1']);
});
