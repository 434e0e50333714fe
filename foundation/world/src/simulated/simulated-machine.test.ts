import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimulatedMachine } from './simulated-machine.ts';
import { Simulation } from './simulation.ts';

async function onMachine(
  body: (machine: SimulatedMachine, simulation: Simulation) => Promise<void>,
): Promise<void> {
  const simulation = new Simulation({ seed: 11 });
  await simulation.run(() => body(simulation.machine('node-1'), simulation));
}

test('a stalled process goes on where it was, all of it later', async () => {
  await onMachine(async (machine, simulation) => {
    const { clock } = machine.world;
    const firedMs: number[] = [];
    for (const delayMs of [10, 20, 300]) clock.setTimer(delayMs, () => firedMs.push(clock.monotonicMs()));
    machine.stall(100);
    await simulation.clock.sleep(50);
    assert.deepEqual(firedMs, []);
    await simulation.clock.sleep(1000);
    assert.deepEqual(firedMs, [100, 100, 300]);
  });
});

test('a clock jump moves the wall clock only', async () => {
  await onMachine(async (machine) => {
    const { clock } = machine.world;
    const [wallMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()];
    machine.clockJump(-5000);
    assert.equal(clock.nowMs(), wallMs - 5000);
    assert.equal(clock.monotonicMs(), monotonicMs);
    await clock.sleep(100);
    assert.equal(clock.monotonicMs(), monotonicMs + 100);
  });
});

test('nothing of a crashed process happens any more, and the next one starts afresh', async () => {
  await onMachine(async (machine, simulation) => {
    const { clock, disk } = machine.world;
    await disk.lockDirectory('/');
    let fired = 0;
    const fire = () => {
      fired += 1;
    };
    clock.setTimer(10, fire);
    machine.schedule({ label: 'engine', delayMs: { min: 1, max: 5 } }, fire);
    machine.crash({ powerLoss: false });
    assert.throws(() => machine.world, /crashed/);
    disk.open('/late', 'create').then(
      () => assert.fail('a dead process made a file'),
      () => assert.fail('a dead process was answered'),
    );
    await simulation.clock.sleep(1000);
    assert.equal(fired, 0);
    const world = machine.restart();
    assert.equal(world.clock.monotonicMs(), 0);
    assert.deepEqual(await world.disk.list('/').then((names) => names.includes('late')), false);
    assert.notEqual(await world.disk.lockDirectory('/'), undefined);
    assert.throws(() => machine.restart(), /running/);
  });
});

test('engines hear of every crash and whether power was lost', async () => {
  await onMachine(async (machine) => {
    const heard: boolean[] = [];
    machine.onCrash(({ powerLoss, random }) => {
      heard.push(powerLoss);
      assert.equal(random, machine.random);
    });
    machine.crash({ powerLoss: false });
    machine.crash();
    machine.restart();
    machine.crash();
    assert.deepEqual(heard, [false, true, true]);
  });
});

test('orCrash gives the value, the error, or the crash, whichever comes first', async () => {
  await onMachine(async (machine, simulation) => {
    const { clock } = machine.world;
    assert.deepEqual(await machine.orCrash(clock.sleep(1).then(() => 5)), { crashed: false, value: 5 });
    await assert.rejects(machine.orCrash(clock.sleep(1).then(() => Promise.reject(new Error('no')))), /no/);
    simulation.clock.setTimer(5, () => machine.crash());
    assert.deepEqual(await machine.orCrash(clock.sleep(10)), { crashed: true });
  });
});

test('a crash ends executors without closing them', async () => {
  await onMachine(async (machine, simulation) => {
    const module = new URL('../../test/summing-worker.ts', import.meta.url);
    const executor = await machine.world.executors.open(module, { start: 0 });
    let answered = false;
    void executor.run({ add: 1 }).finally(() => {
      answered = true;
    });
    machine.crash();
    await simulation.clock.sleep(1000);
    assert.equal(answered, false);
  });
});
