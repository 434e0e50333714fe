import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from './simulation.ts';
import { SimulationStuck } from './simulation-stuck.ts';

/** Two machines that write, sync, wait and crash: enough to use every stream of randomness. */
async function busyRun(seed: number): Promise<{ hash: number; contents: string }> {
  const simulation = new Simulation({ seed, faults: { syncErrorProbability: 0.05 } });
  const machines = ['node-1', 'node-2'].map((name) => simulation.machine(name));
  await simulation.run(async () => {
    await Promise.all(
      machines.map(async (machine) => {
        const { disk, clock, random } = machine.world;
        const file = await disk.open('/file', 'create');
        await disk.syncDirectory('/');
        for (let i = 0; i < 50; i += 1) {
          await Promise.all([0, 1, 2].map((at) => file.write([random.bytes(700)], at * 700)));
          await file.sync().catch(() => {});
          await clock.sleep(simulation.random.integer(5));
        }
        await file.write([random.bytes(9000)], 0);
        machine.crash();
      }),
    );
  });
  const contents = machines.map((machine) => machine.disk.contents('/file')!.toString('base64')).join();
  return { hash: simulation.traceHash, contents };
}

test('one seed gives one run, event for event and byte for byte', async () => {
  const [first, second] = [await busyRun(5), await busyRun(5)];
  assert.deepEqual(first, second);
});

test('another seed gives another run', async () => {
  const runs = [await busyRun(5), await busyRun(6)];
  assert.notEqual(runs[0]!.hash, runs[1]!.hash);
  assert.notEqual(runs[0]!.contents, runs[1]!.contents);
});

test('virtual time costs no time', async () => {
  const simulation = new Simulation({ seed: 1 });
  const elapsedMs = await simulation.run(async () => {
    await simulation.clock.sleep(365 * 86_400_000);
    return simulation.clock.monotonicMs();
  });
  assert.equal(elapsedMs, 365 * 86_400_000);
});

test('calls of one file overtake each other', async () => {
  const simulation = new Simulation({ seed: 1 });
  const finished: number[] = [];
  await simulation.run(async () => {
    const file = await simulation.machine('a').world.disk.open('/file', 'create');
    const writes = Array.from({ length: 20 }, (_, i) => i);
    await Promise.all(writes.map((i) => file.write([Buffer.from([i])], i).then(() => finished.push(i))));
  });
  assert.equal(finished.length, 20);
  assert.notDeepEqual(
    finished,
    finished.toSorted((a, b) => a - b),
  );
});

test('a scenario that waits for a crashed process is stuck, and says so', async () => {
  const simulation = new Simulation({ seed: 1 });
  const machine = simulation.machine('node-1');
  const waiting = simulation.run(async () => {
    const sleeping = machine.world.clock.sleep(10);
    machine.crash();
    await sleeping;
  });
  await assert.rejects(waiting, (error) => error instanceof SimulationStuck && error.code === 'no-event');
});

test('a scenario that never ends is stuck at the bound on events', async () => {
  const simulation = new Simulation({ seed: 1, eventsMax: 100 });
  const endless = simulation.run(async () => {
    for (;;) await simulation.clock.sleep(1);
  });
  await assert.rejects(
    endless,
    (error) => error instanceof SimulationStuck && error.code === 'too-many-events',
  );
  assert.equal(simulation.events, 100);
});

test('the error of a scenario and of a timer callback end the run', async () => {
  const simulation = new Simulation({ seed: 1 });
  const failure = new Error('the scenario failed');
  await assert.rejects(
    simulation.run(() => Promise.reject(failure)),
    failure,
  );
  const thrown = new Error('the timer failed');
  const run = simulation.run(async () => {
    simulation.clock.setTimer(1, () => {
      throw thrown;
    });
    await simulation.clock.sleep(10);
  });
  await assert.rejects(run, thrown);
});

test('real work that goes through outside() holds virtual time still', async () => {
  const simulation = new Simulation({ seed: 1 });
  await simulation.run(async () => {
    let fired = false;
    simulation.clock.setTimer(0, () => {
      fired = true;
    });
    await simulation.outside(async () => {
      for (let i = 0; i < 10; i += 1) await new Promise((resolve) => setImmediate(resolve));
    });
    assert.equal(fired, false);
    await simulation.clock.sleep(0);
    assert.equal(fired, true);
  });
});

test('a seed outside 32 bits is refused', () => {
  for (const seed of [-1, 1.5, 2 ** 32])
    assert.throws(() => new Simulation({ seed }), /seed must be an integer/);
});
