// Random operations on a log whose machine crashes and whose disk fails, compared with the model after every recovery:
// what was synced is never lost nor changed, order is kept, what was not synced is there up to some point or not at all,
// damage is reported and never served, and whatever recovery hands over is durable.

import assert from 'node:assert/strict';
import { type Disk, DiskError, type Timer } from '@cairn/world';
import {
  CallsUnderWay,
  type Faults,
  type Scenario,
  type SeededRandom,
  type Simulation,
} from '@cairn/world/simulated';
import { segmentName } from '../src/format/segment-name.ts';
import { checkSegmentLog, openSegmentLog, type SegmentLog, SegmentLogError } from '../src/index.ts';
import { BadBlocks } from './bad-blocks.ts';
import { type FoundRecord, LogModel, lengthOf, type ModelRecord } from './log-model.ts';

const directory = '/data/log';
const segmentBytesMax = { 'disk errors': 4096, rot: 4096, 'bad sectors': 24_000 } as const;
const plentyOfBytes = 2 ** 30;

export type LogStep =
  | { readonly do: 'append'; readonly sizes: readonly number[] }
  /** Small records, each synced before the next. */
  | { readonly do: 'drip'; readonly count: number }
  | { readonly do: 'sync' | 'roll' | 'close' | 'wait' | 'make room' }
  | { readonly do: 'read' | 'remove' | 'rot'; readonly pick: number }
  | { readonly do: 'pause'; readonly forMs: number }
  | { readonly do: 'fill'; readonly bytesLeft: number }
  | { readonly do: 'fail'; readonly call: 'read' | 'write' | 'sync'; readonly count: number }
  | {
      readonly do: 'crash';
      readonly afterMs: number;
      readonly powerLoss: boolean;
    };

export type LogScenarioOptions = {
  readonly name: string;
  /** What may happen besides appends, reads and crashes. */
  readonly trouble: 'disk errors' | 'rot' | 'bad sectors';
  readonly faults?: Partial<Faults>;
  /** Puts a mistake between the log and the disk. */
  readonly mutate?: (disk: Disk) => Disk;
};

export function logScenario(options: LogScenarioOptions): Scenario<LogStep> {
  return {
    name: options.name,
    ...(options.faults && { faults: options.faults }),
    plan: (random) =>
      Array.from({ length: random.between({ min: 10, max: 60 }) }, () => planStep(random, options)),
    run: (simulation, steps) => new LogRun(simulation, options).run(steps),
  };
}

function planStep(random: SeededRandom, { trouble }: LogScenarioOptions): LogStep {
  const pick = random.integer(2 ** 20);
  const dice = random.integer(100);
  if (dice < 31) return { do: 'append', sizes: planSizes(random) };
  if (dice < 36) return { do: 'drip', count: random.integer(24) };
  if (dice < 52) return { do: 'sync' };
  if (dice < 60) return { do: 'pause', forMs: random.integer(8) };
  if (dice < 68) return { do: 'read', pick };
  if (dice < 72) return { do: 'wait' };
  if (dice < 75) return { do: 'roll' };
  if (dice < 77) return { do: 'remove', pick };
  if (dice < 79) return { do: 'close' };
  if (dice < 89) {
    return {
      do: 'crash',
      afterMs: random.integer(12),
      powerLoss: random.chance(2 / 3),
    };
  }
  if (trouble !== 'disk errors') return { do: 'rot', pick };
  if (dice < 92) return { do: 'fill', bytesLeft: random.integer(6000) };
  if (dice < 95) return { do: 'make room' };
  return {
    do: 'fail',
    call: random.pick(['read', 'write', 'sync'] as const),
    count: random.between({ min: 1, max: 2 }),
  };
}

/** Mostly small records, now and then one that spans sectors or outgrows a segment. */
function planSizes(random: SeededRandom): number[] {
  const length = random.between({ min: 1, max: 4 });
  const sizeMax = random.pick([40, 40, 700, 700, 5000]);
  return Array.from({ length }, () => random.integer(sizeMax));
}

class LogRun {
  readonly #simulation: Simulation;
  readonly #options: LogScenarioOptions;
  readonly #model = new LogModel();
  readonly #calls: CallsUnderWay;
  readonly #crashes: Timer[] = [];
  #log: SegmentLog | undefined;
  /** Whether the owner keeps an index, from which recovery starts. */
  readonly #hasIndex: boolean;
  /** Segments that recovery will look for an end in: the last one before. */
  #lastSegment = 0;
  #rottenHeaders = new Set<number>();
  readonly #badBlocks = new BadBlocks();

  constructor(simulation: Simulation, options: LogScenarioOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.#calls = new CallsUnderWay(this.#machine);
    this.#hasIndex = simulation.random.chance(1 / 2);
    this.#badBlocks.onMended = () => this.#noteUnreadable();
  }

  async run(steps: readonly LogStep[]): Promise<void> {
    for (const step of steps) {
      const log = await this.#running();
      if (log === undefined) return;
      await this.#perform(step, log);
    }
    for (const crash of this.#crashes) crash.cancel();
    await this.#calls.settled();
    this.#crash({ powerLoss: true });
    this.#machine.disk.fill(plentyOfBytes);
    const log = await this.#running();
    if (log === undefined) return;
    await this.#verifyAll(log);
    this.#crash({ powerLoss: true });
    await this.#running();
  }

  async #perform(step: LogStep, log: SegmentLog): Promise<void> {
    switch (step.do) {
      case 'append':
        return this.#calls.start(this.#append(log, step.sizes));
      case 'drip':
        return this.#calls.start(this.#drip(log, step.count));
      case 'sync':
        return this.#calls.start(this.#sync(log));
      case 'roll':
        return this.#calls.start(tolerate(log.roll()));
      case 'read':
        return this.#calls.start(this.#read(log, step.pick));
      case 'remove':
        return this.#calls.start(this.#remove(log, step.pick));
      case 'close':
        return this.#close(log);
      case 'wait':
        return this.#calls.settled();
      case 'pause':
        return this.#simulation.clock.sleep(step.forMs);
      case 'crash': {
        this.#crashes.push(this.#simulation.clock.setTimer(step.afterMs, () => this.#crash(step)));
        return;
      }
      case 'fill':
        return this.#machine.disk.fill(step.bytesLeft);
      case 'make room':
        return this.#machine.disk.fill(plentyOfBytes);
      case 'fail':
        // Reads that fail in passing do not add up to a place that cannot be read: that would be damage.
        if (step.call === 'read') this.#machine.disk.failNoMore();
        return this.#machine.disk.failNext(step.call, step.count);
      case 'rot':
        return this.#rot(log, step.pick);
    }
  }

  async #append(log: SegmentLog, sizes: readonly number[]): Promise<void> {
    const batch = this.#model.begin(sizes);
    const records = batch.map(({ payload }) => [payload]);
    try {
      const now = batch[0]!.id % 2 === 0 ? log.appendNow(records) : undefined;
      this.#model.appended(batch, now ?? (await log.append(records)));
    } catch (error) {
      // A DiskError says that nothing remains; a log that failed says nothing.
      if (error instanceof DiskError) this.#model.rejected(batch);
      else if (!(error instanceof SegmentLogError)) throw error;
    }
  }

  async #drip(log: SegmentLog, count: number): Promise<void> {
    for (let left = count; left > 0 && this.#log === log; left--) {
      await this.#append(log, [left]);
      await this.#sync(log);
    }
  }

  async #sync(log: SegmentLog): Promise<void> {
    const confirm = this.#model.beginSync(log.end);
    if (await tolerate(log.sync())) confirm();
  }

  async #read(log: SegmentLog, pick: number): Promise<void> {
    const readable = this.#model.records.filter(({ location }) => location !== undefined);
    const record = readable[pick % readable.length];
    if (record !== undefined) await this.#verify(log, record);
  }

  /** A record reads as it was written, or not at all. */
  async #verify(log: SegmentLog, record: ModelRecord): Promise<void> {
    try {
      const [payload] = await log.read(record.location!, { count: 1, lengthBytes: lengthOf(record) });
      assert(record.payload.equals(payload!), `record ${record.id} was read with other bytes`);
    } catch (error) {
      if (error instanceof DiskError && error.code === 'io') return;
      if (!(error instanceof SegmentLogError)) throw error;
      const excused = {
        damaged: record.rotten,
        'not-found': !this.#model.records.includes(record),
        closed: true,
      };
      assert(
        excused[error.code as keyof typeof excused],
        `record ${record.id} cannot be read: ${error.message}`,
      );
    }
  }

  async #remove(log: SegmentLog, pick: number): Promise<void> {
    const sealed = log.segments().filter((segment) => segment.sealed);
    const chosen = sealed[pick % sealed.length];
    if (chosen === undefined) return;
    this.#model.remove(chosen.segment);
    await tolerate(log.remove(chosen.segment));
  }

  async #close(log: SegmentLog): Promise<void> {
    await this.#calls.settled();
    if (this.#log !== log) return;
    this.#forgetLog();
    const confirm = this.#model.beginSync(log.end);
    const outcome = await this.#machine.orCrash(tolerate(log.close()));
    if (outcome.crashed || !outcome.value) return;
    confirm();
    this.#model.closedCleanly = true;
  }

  /** Flips a bit of a record that is durable, or of a segment's header; or makes its block unreadable. */
  async #rot(log: SegmentLog, pick: number): Promise<void> {
    await this.#calls.settled();
    if (this.#log !== log) return;
    const outcome = await this.#machine.orCrash(this.#sync(log));
    if (outcome.crashed || this.#log !== log) return;
    const candidates = this.#model.records.filter(({ state, rotten }) => state === 'synced' && !rotten);
    const record = candidates[pick % candidates.length];
    if (record === undefined) return;
    const { segment, position } = record.location!;
    const path = `${directory}/${segmentName(segment)}`;
    const { disk } = this.#machine;
    // A write that waits for its sync (the mark of a close cut short) would mend the bit.
    if (!disk.durableContents(path)?.equals(disk.contents(path)!)) return;
    if (this.#options.trouble === 'bad sectors') {
      this.#simulation.note(`byte ${position} of segment ${segment} lies in a bad block`);
      this.#badBlocks.add(path, position);
      return this.#noteUnreadable();
    }
    const inHeader = pick % 16 === 0 && !this.#rottenHeaders.has(segment);
    if (inHeader) this.#rottenHeaders.add(segment);
    else record.rotten = true;
    const byte = inHeader ? pick % 44 : position + (pick % lengthOf(record));
    this.#simulation.note(`rot byte ${byte} of segment ${segment}`);
    disk.rot(path, { position: byte, bit: pick % 8 });
  }

  /** To the model what is unreadable is rotten, until it can be read again. */
  #noteUnreadable(): void {
    for (const record of this.#model.records) {
      const { location, state } = record;
      if (location === undefined || state !== 'synced') continue;
      const place = { path: `${directory}/${segmentName(location.segment)}`, position: location.position };
      record.rotten = this.#badBlocks.hold({ ...place, length: lengthOf(record) });
    }
  }

  /** The disk gives back what hid the end of the log: nothing of it may have been cut by then. */
  #giveBack(): void {
    this.#badBlocks.clear();
    this.#noteUnreadable();
  }

  #crash({ powerLoss }: { powerLoss: boolean }): void {
    this.#forgetLog();
    this.#machine.crash({ powerLoss });
  }

  /** The log, opened again and compared with the model if need be; undefined when rot has made that impossible. */
  async #running(): Promise<SegmentLog | undefined> {
    for (let attempts = 0; ; attempts += 1) {
      assert(attempts < 1000, 'the log could not be opened a thousand times');
      if (this.#log !== undefined && !(await this.#hasFailed(this.#log))) return this.#log;
      try {
        await this.#open();
      } catch (error) {
        if (error instanceof SegmentLogError && error.code === 'damaged') {
          assert(this.#rottenHeaders.size > 0, error.message);
          return undefined;
        }
        if (!(error instanceof DiskError) && !(error instanceof SegmentLogError)) throw error;
        if (error instanceof DiskError && error.code === 'io' && attempts > 2) this.#giveBack();
        if (error instanceof DiskError && error.code === 'full') this.#machine.disk.fill(plentyOfBytes);
      }
    }
  }

  /** A log that failed takes nothing more; its owner opens it again in the same process. */
  async #hasFailed(log: SegmentLog): Promise<boolean> {
    const outcome = await this.#machine.orCrash(tolerate(log.sync()));
    return outcome.crashed || !outcome.value;
  }

  async #open(): Promise<void> {
    const before = this.#log;
    this.#forgetLog();
    if (!this.#machine.running) this.#machine.restart();
    if (before !== undefined) await this.#machine.orCrash(tolerate(before.close()));
    if (!this.#machine.running) return;
    const { world } = this.#machine;
    const { mutate, trouble } = this.#options;
    const disk = this.#badBlocks.on(mutate?.(world.disk) ?? world.disk);
    const recoverFrom = this.#hasIndex ? this.#model.index : undefined;
    const found: FoundRecord[] = [];
    const opening = openSegmentLog({
      world: { ...world, disk },
      directory,
      segmentBytesMax: segmentBytesMax[trouble],
      recoverFrom,
      writesPromptly: world.random.integer(2) === 0,
      onRecovered: async ({ location, payload }) => {
        if (found.length % 8 === 0) await world.clock.sleep(0.1);
        found.push({ location, payload: Buffer.from(payload) });
      },
    });
    const outcome = await this.#machine.orCrash(opening);
    if (outcome.crashed) return;
    const log = outcome.value;
    if (trouble === 'disk errors') assert.deepEqual(log.damage, [], 'damage, but nothing has rotted');
    // What cannot be read is never taken for a torn tail.
    const lastSegment = trouble === 'bad sectors' ? -1 : this.#lastSegment;
    this.#model.recovered(found, { from: recoverFrom, damage: log.damage, lastSegment });
    this.#model.index = log.end;
    this.#log = log;
  }

  #forgetLog(): void {
    this.#lastSegment = this.#log?.end.segment ?? this.#lastSegment;
    this.#log = undefined;
  }

  /** Reads everything, and lets `checkSegmentLog` count it. */
  async #verifyAll(log: SegmentLog): Promise<void> {
    for (const record of this.#model.records) await this.#verify(log, record);
    const { world } = this.#machine;
    const report = await checkSegmentLog(world, directory).catch((error: unknown) => {
      assert(error instanceof DiskError, String(error));
    });
    if (report === undefined || this.#options.trouble !== 'disk errors') return;
    assert.deepEqual(report.damage, []);
    assert.equal(report.tornTail, undefined);
    const sealed = log.segments().map(({ segment }) => segment);
    const kept = this.#model.records.filter(({ location }) => sealed.includes(location!.segment));
    assert(report.records >= kept.length, `${report.records} records checked, ${kept.length} known`);
  }

  get #machine() {
    return this.#simulation.machine('node-1');
  }
}

/** Whether a call succeeded; errors of the disk and of a log that failed are part of the game. */
async function tolerate(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof DiskError || error instanceof SegmentLogError) return false;
    throw error;
  }
}
