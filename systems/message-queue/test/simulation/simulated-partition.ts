// A partition on a simulated machine: opened again after every crash, and when its log gave up, as its broker does.

import assert from 'node:assert/strict';
import type { World } from '@cairn/world';
import { CallsUnderWay, type SimulatedMachine } from '@cairn/world/simulated';
import type { LogPartition } from '../../src/partition/log-partition.ts';
import { PartitionError } from '../../src/partition/partition.ts';
import { directory, flipLastBit, type OpenPartitionOptions } from '../partition/partition-fixture.ts';

export const plentyOfBytes = 2 ** 30;

export type SimulatedPartitionOptions = {
  readonly machine: SimulatedMachine;
  readonly open: (
    world: World,
    options: Pick<OpenPartitionOptions, 'leaderEpoch' | 'onFailed'>,
  ) => Promise<LogPartition>;
  /** Calls that were under way are never answered. */
  readonly onCrash: () => void;
};

export class SimulatedPartition {
  readonly calls: CallsUnderWay;
  readonly #options: SimulatedPartitionOptions;
  #running: LogPartition | undefined;
  /** Of one whose log gave up. */
  #closing: Promise<unknown> = Promise.resolve();
  #starts = 0;

  constructor(options: SimulatedPartitionOptions) {
    this.calls = new CallsUnderWay(options.machine);
    this.#options = options;
  }

  /** Undefined while its process is down, or has closed it. */
  get running(): LogPartition | undefined {
    return this.#running;
  }

  /** Starts the machine and opens the partition where need be. */
  async opened(): Promise<LogPartition> {
    const { machine } = this.#options;
    for (let attempts = 0; ; attempts += 1) {
      assert(attempts < 1_000, 'the partition could not be opened a thousand times');
      this.calls.check();
      if (this.#running !== undefined) return this.#running;
      // Two that write the same files would undo each other.
      await this.#closing;
      if (!machine.running) machine.restart();
      const options = { leaderEpoch: ++this.#starts, onFailed: () => this.#gaveUp() };
      const opening = tolerate(this.#options.open(machine.world, options));
      const outcome = await machine.orCrash(opening);
      if (!outcome.crashed) this.#running = outcome.value;
      if (attempts > 10) machine.disk.fill(plentyOfBytes);
    }
  }

  async close(): Promise<void> {
    const { running } = this;
    await this.calls.settled();
    if (running === undefined || this.#running !== running) return;
    this.#running = undefined;
    await this.#options.machine.orCrash(tolerate(running.close()));
  }

  crash({ powerLoss }: { readonly powerLoss: boolean }): void {
    this.#running = undefined;
    this.#options.machine.crash({ powerLoss });
    this.#options.onCrash();
  }

  /** What is derived from the log, while the broker is down: it reads these files at its start only. */
  async rot(ending: 'checkpoint' | 'index'): Promise<void> {
    const { machine } = this.#options;
    this.crash({ powerLoss: false });
    const { disk } = machine.restart();
    const rotAll = async () => {
      const names = await disk.list(directory);
      for (const name of names.filter((each) => each.endsWith(ending)))
        await flipLastBit(machine.world, name);
    };
    await machine.orCrash(tolerate(rotAll()));
  }

  /** The broker closes it and opens it again. */
  #gaveUp(): void {
    const failed = this.#running;
    this.#running = undefined;
    if (failed === undefined) return;
    const closing = tolerate(failed.close());
    this.#closing = this.#options.machine.orCrash(closing);
    this.calls.start(closing);
  }
}

const troubles: ReadonlySet<string> = new Set([
  ...['DiskError', 'SegmentLogError', 'PartitionError', 'BlobsError', 'RemoteError'],
  // A segment went meanwhile.
  ...['SegmentGoneError', 'SegmentsChangedError'],
]);

/** For work that a failing disk or engine may end; undefined when it did. */
export async function tolerate<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && troubles.has(error.name)) return undefined;
    throw error;
  }
}

/** What a client is told of a failing disk. */
export function isTrouble(error: unknown): boolean {
  return isCode(error, 'KAFKA_STORAGE_ERROR');
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof PartitionError && error.code === code;
}
