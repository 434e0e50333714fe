import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '@cairn/world/simulated';
import { DatabaseError } from 'pg';
import { ConflictRetry } from './conflict-retry.ts';

function databaseError(code: string): DatabaseError {
  const error = new DatabaseError('by order of the test', 0, 'error');
  error.code = code;
  return error;
}

/** Runs in virtual time, so that pauses cost nothing. */
function withRetry(scenario: (retry: ConflictRetry) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  return simulation.run(() => scenario(new ConflictRetry(simulation.machine('node').world)));
}

test('a transaction that lost a race is run again until it wins', () =>
  withRetry(async (retry) => {
    let attempts = 0;
    const output = await retry.write(async () => {
      attempts++;
      if (attempts < 5) throw databaseError(attempts % 2 === 0 ? '40001' : '40P01');
      return 'won';
    });
    assert.equal(output, 'won');
    assert.equal(attempts, 5);
  }));

test('a transaction that loses every race fails in the end', () =>
  withRetry(async (retry) => {
    let attempts = 0;
    const losing = retry.write(async () => {
      attempts++;
      throw databaseError('40001');
    });
    await assert.rejects(losing, { code: '40001' });
    assert.equal(attempts, 15);
  }));

test('a unique violation is tried again, for it may be a race, but not for long', () =>
  withRetry(async (retry) => {
    let attempts = 0;
    const violating = retry.write(async () => {
      attempts++;
      throw databaseError('23505');
    });
    await assert.rejects(violating, { code: '23505' });
    assert.equal(attempts, 3);
  }));

test('any other error is final', () =>
  withRetry(async (retry) => {
    let attempts = 0;
    const failing = retry.write(async () => {
      attempts++;
      throw databaseError('23502');
    });
    await assert.rejects(failing, { code: '23502' });
    assert.equal(attempts, 1);
  }));

test('retries take turns', () =>
  withRetry(async (retry) => {
    let running = 0;
    let first = 10;
    const attempt = async () => {
      if (first > 0) {
        first--;
        throw databaseError('40001');
      }
      running++;
      assert.equal(running, 1, 'no other retry runs');
      await Promise.resolve();
      running--;
    };
    await Promise.all(Array.from({ length: 10 }, () => retry.write(attempt)));
  }));

test('who waits too long for a turn is told what he lost, and does nothing more', () => {
  const simulation = new Simulation({ seed: 1 });
  const { world } = simulation.machine('node');
  return simulation.run(async () => {
    const retry = new ConflictRetry(world);
    const silent = Promise.withResolvers<never>();
    let attempts = 0;
    const losing = (then: () => Promise<unknown>) => {
      let first = true;
      return retry.write(async () => {
        if (!first) return then();
        first = false;
        throw databaseError('40001');
      });
    };
    const stuck = losing(() => silent.promise);
    const behind = losing(async () => void attempts++);
    await assert.rejects(behind, { code: '40001' });
    assert(world.clock.monotonicMs() <= 11_000);
    silent.reject(new Error('the connection was lost'));
    await assert.rejects(stuck, /lost/);
    assert.equal(await losing(async () => 'won'), 'won', 'turns go on');
    assert.equal(attempts, 0);
  });
});

test('who loses again and again runs alone, after those that had begun, and holds up nobody for long', () => {
  const simulation = new Simulation({ seed: 1 });
  const { world } = simulation.machine('node');
  return simulation.run(async () => {
    const retry = new ConflictRetry(world);
    const { clock } = world;
    let others = 0;
    let goesOn = true;
    const other = async () => {
      while (goesOn) {
        await retry.write(async () => {
          others++;
          await clock.sleep(3);
          others--;
        });
      }
    };
    const busy = Array.from({ length: 10 }, other);
    const won = retry.write(async () => {
      await clock.sleep(1);
      if (others > 0) throw databaseError('40001');
      return 'won';
    });
    assert.equal(await won, 'won');
    const startMs = clock.monotonicMs();
    const stuck = Promise.withResolvers<string>();
    let attempts = 0;
    const losing = retry.write(async () => {
      attempts++;
      if (attempts < 5) throw databaseError('40001');
      return stuck.promise;
    });
    while (attempts < 5) await clock.sleep(1);
    await retry.write(async () => {});
    assert(clock.monotonicMs() - startMs < 2_100, 'the server did not answer the one that runs alone');
    assert.equal(await retry.read(async () => 'read'), 'read');
    stuck.resolve('late');
    assert.equal(await losing, 'late');
    goesOn = false;
    await Promise.all(busy);
  });
});
