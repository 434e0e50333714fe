import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '../simulated/simulation.ts';
import { CallsUnderWay } from './calls-under-way.ts';

test('calls end with their answers, or with the process that would have answered', async () => {
  const simulation = new Simulation({ seed: 1 });
  const machine = simulation.machine('node-1');
  await simulation.run(async () => {
    const calls = new CallsUnderWay(machine);
    let answered = 0;
    const call = async (ms: number) => {
      await machine.world.clock.sleep(ms);
      answered += 1;
    };
    calls.start(call(10).then(() => calls.start(call(10))));
    await calls.settled();
    assert.equal(answered, 2);
    calls.start(call(10));
    calls.start(call(30));
    simulation.clock.setTimer(20, () => machine.crash());
    await calls.settled();
    assert.equal(answered, 3);
  });
});

test('a call that fails fails the run when it is looked at next', async () => {
  const simulation = new Simulation({ seed: 1 });
  const calls = new CallsUnderWay(simulation.machine('node-1'));
  await simulation.run(async () => {
    calls.check();
    calls.start(Promise.reject(new Error('broken')));
    calls.start(Promise.reject(new Error('broken too')));
    await simulation.clock.sleep(1);
    assert.throws(() => calls.check(), /broken$/);
    await assert.rejects(calls.settled(), /broken$/);
  });
});
