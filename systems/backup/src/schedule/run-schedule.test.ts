import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { parseSchedule, runSchedule, type ScheduledRun, type ScheduleOptions } from './run-schedule.ts';

/** A clock that jumps to the end of each sleep, and may jump further. */
class JumpingClock {
  ms = Date.parse('2026-11-29T00:00:00Z');
  readonly sleeps: number[] = [];
  /** Added to the next sleep: the machine slept, too. */
  extraMs = 0;

  nowMs = (): number => this.ms;
  monotonicMs = (): number => this.ms;
  setTimer = (): never => {
    throw new Error('the schedule sleeps, it sets no timers');
  };
  nextTurn = this.setTimer;
  sleep = async (delayMs: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    this.sleeps.push(delayMs);
    this.ms += delayMs + this.extraMs;
    this.extraMs = 0;
  };
}

function setUp(some: Partial<ScheduleOptions> = {}) {
  const clock = new JumpingClock();
  const controller = new AbortController();
  const options: ScheduleOptions = {
    ...{ world: { clock, random: new SeededRandom(7) }, cron: '0 3 * * *', timeZone: 'UTC' },
    ...{ attempts: 3, pauseMs: 60_000, isRetryable: () => true, signal: controller.signal },
    ...some,
  };
  return { clock, controller, options };
}

async function take<T>(runs: AsyncGenerator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const run of runs) if (taken.push(run) === count) break;
  return taken;
}

const times = (runs: readonly ScheduledRun<unknown>[]) =>
  runs.map(({ beganMs }) => new Date(beganMs).toISOString().slice(0, 16));

test('it runs when the expression says so, in the time zone that was named', async () => {
  const { options } = setUp();
  assert.deepEqual(
    times(
      await take(
        runSchedule(async () => 1, options),
        2,
      ),
    ),
    ['2026-11-29T03:00', '2026-11-30T03:00'],
  );
  const berlin = setUp({ timeZone: 'Europe/Berlin' });
  assert.deepEqual(
    times(
      await take(
        runSchedule(async () => 1, berlin.options),
        1,
      ),
    ),
    ['2026-11-29T02:00'],
  );
});

test('a run that fails is tried again with growing pauses, and reported with its error when it is given up', async () => {
  const { options, clock } = setUp();
  let calls = 0;
  const [first, second] = await take(
    runSchedule(async () => {
      calls += 1;
      if (calls !== 5) throw new Error(`call ${calls}`);
      return calls;
    }, options),
    2,
  );
  assert.equal(first?.outcome, 'failed');
  assert.equal(first.attempts, 3);
  assert.match(String(first.outcome === 'failed' && first.error), /call 3/);
  assert.equal(second?.outcome === 'done' && second.result, 5);
  assert.equal(second?.attempts, 2);
  assert(clock.sleeps.every((ms) => ms <= 30_000 || ms <= 120_000));
});

test('what may not be tried again is not', async () => {
  const { options } = setUp({ isRetryable: () => false });
  const [run] = await take(
    runSchedule(() => Promise.reject(new Error('no')), options),
    1,
  );
  assert.equal(run?.attempts, 1);
});

test('times that pass while a run is under way are left out', async () => {
  const { options, clock } = setUp({ cron: '0 * * * *' });
  const long = async () => {
    clock.ms += 150 * 60_000;
  };
  assert.deepEqual(times(await take(runSchedule(long, options), 2)), [
    '2026-11-29T01:00',
    '2026-11-29T04:00',
  ]);
});

test('a time that was missed while the machine was off is made up for at once, and only once', async () => {
  const day = 24 * 60 * 60_000;
  const { options, clock } = setUp();
  const missed = { ...options, catchUpSinceMs: clock.ms - 5 * day };
  assert.deepEqual(
    times(
      await take(
        runSchedule(async () => 1, missed),
        2,
      ),
    ),
    ['2026-11-29T00:00', '2026-11-29T03:00'],
  );
  const recent = { ...options, catchUpSinceMs: clock.ms };
  assert.equal(
    times(
      await take(
        runSchedule(async () => 1, recent),
        1,
      ),
    )[0],
    '2026-11-30T03:00',
  );
});

test('a machine that sleeps over the time runs as soon as it wakes', async () => {
  const { options, clock } = setUp();
  clock.extraMs = 10 * 60 * 60_000;
  assert.deepEqual(
    times(
      await take(
        runSchedule(async () => 1, options),
        1,
      ),
    ),
    ['2026-11-29T10:00'],
  );
});

test('it ends when the signal aborts, while it waits and while it runs', async () => {
  const waiting = setUp();
  waiting.controller.abort();
  assert.deepEqual(await Array.fromAsync(runSchedule(async () => 1, waiting.options)), []);
  const running = setUp();
  const work = async (signal: AbortSignal) => {
    running.controller.abort(new Error('stop'));
    signal.throwIfAborted();
  };
  assert.deepEqual(await Array.fromAsync(runSchedule(work, running.options)), []);
});

test('an expression or a time zone that is none is refused with what is wrong', () => {
  for (const bad of ['', '61 * * * *', 'every day', '* * *'])
    assert.throws(() => parseSchedule({ cron: bad }), { code: 'invalid-argument' });
  assert.throws(() => parseSchedule({ cron: '0 3 * * *', timeZone: 'Mars/Base' }), {
    code: 'invalid-argument',
  });
  assert.equal(parseSchedule({ cron: '0 0 30 2 *' })(0), undefined);
});

test('a clock that was years ahead when the next time was chosen, and is set back, costs no backup', async () => {
  const { options, clock } = setUp();
  const rightMs = clock.ms;
  clock.ms = Date.parse('2036-01-01T00:00:00Z');
  const sleep = clock.sleep;
  clock.sleep = async (delayMs, signal) => {
    clock.sleep = sleep;
    clock.ms = rightMs;
    await sleep(delayMs, signal);
  };
  const runs = await take(
    runSchedule(async () => 1, options),
    2,
  );
  assert.deepEqual(times(runs), ['2026-11-29T03:00', '2026-11-30T03:00']);
});

test('a clock that is trimmed by seconds does not run the same time twice', async () => {
  const { options, clock } = setUp();
  const runs = await take(
    runSchedule(async () => {
      const sleep = clock.sleep;
      clock.sleep = async (delayMs, signal) => {
        clock.sleep = sleep;
        clock.ms -= 2_000;
        await sleep(delayMs, signal);
      };
      return 1;
    }, options),
    2,
  );
  assert.deepEqual(times(runs), ['2026-11-29T03:00', '2026-11-30T03:00']);
});

test('a change of daylight saving time costs no run of a day, and makes none twice', () => {
  const timesOf = (cron: string, from: string) => {
    const nextAfter = parseSchedule({ cron, timeZone: 'Europe/Berlin' });
    const times: string[] = [];
    for (let at = Date.parse(from); times.length < 3; ) {
      at = nextAfter(at)!;
      times.push(new Date(at).toISOString().slice(0, 16));
    }
    return times;
  };
  // 02:30 is not on the 29th of March, whose clocks go from 02:00 to 03:00, and twice on the 25th of October.
  assert.deepEqual(timesOf('30 2 * * *', '2026-03-28T00:00Z'), [
    ...['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'],
  ]);
  assert.deepEqual(timesOf('30 2 * * *', '2026-10-24T00:00Z'), [
    ...['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'],
  ]);
  // What is due each hour goes on through the hour that comes twice.
  assert.deepEqual(timesOf('0 * * * *', '2026-10-24T23:30Z'), [
    ...['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'],
  ]);
});
