// A machine of a simulation: a disk that lasts, and one process at a time that does not.

import assert from 'node:assert/strict';
import type { Timer } from '../clock.ts';
import { DiskControl } from '../simulated-disk/disk-control.ts';
import { SimulatedDisk } from '../simulated-disk/simulated-disk.ts';
import { Volume } from '../simulated-disk/volume.ts';
import type { World } from '../world.ts';
import type { Faults } from './faults.ts';
import type { SeededRandom } from './seeded-random.ts';
import { simulatedClock, simulatedEpochMs } from './simulated-clock.ts';
import { SimulatedExecutors } from './simulated-executor.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { Timeline } from './timeline.ts';

export type CrashOptions = {
  /** True (the default): the disk loses what the seed says of the unsynced. False: kill -9, the page cache survives. */
  readonly powerLoss?: boolean;
};

/** What a crash tells those who model durability of their own. */
export type Crash = { readonly powerLoss: boolean; readonly random: SeededRandom };

export type CrashOutcome<T> = { readonly crashed: false; readonly value: T } | { readonly crashed: true };

export type ScheduleOptions = {
  /** The kind of event, shown in traces; a constant, since it is part of the trace's hash. */
  readonly label: string;
  readonly detail?: string;
  /** A number of milliseconds, or a range from which the machine's seed draws one. */
  readonly delayMs: number | DelayRange;
};

export type DelayRange = { readonly min: number; readonly max: number };

export class SimulatedMachine {
  readonly name: string;
  /** The generator of this machine's faults and delays, for engines that model some of their own. */
  readonly random: SeededRandom;
  /** Faults to order and durable contents to look at. */
  readonly disk: DiskControl;
  readonly #timeline: Timeline;
  readonly #volume: Volume;
  readonly #crashListeners = new Set<(crash: Crash) => void>();
  #process: SimulatedProcess;
  #processes = 0;
  #world: World;
  #wallOffsetMs = 0;

  constructor(options: { name: string; timeline: Timeline; random: SeededRandom; faults: Faults }) {
    this.name = options.name;
    this.random = options.random;
    this.#timeline = options.timeline;
    this.#volume = new Volume({ random: options.random.stream('disk'), faults: options.faults });
    this.disk = new DiskControl(this.#volume);
    this.#process = this.#startProcess();
    this.#world = this.#makeWorld();
  }

  /** The world of the process that runs now. */
  get world(): World {
    assert(this.running, `${this.name} is crashed: restart() gives the world of its next process`);
    return this.#world;
  }

  get running(): boolean {
    return this.#process.alive;
  }

  /**
   * Kills the process: its promises never settle, its timers never fire, its locks are free, and calls it had under way
   * happened wholly, partly or not at all, as the seed says. Of a machine that is down already, only power can be lost.
   */
  crash({ powerLoss = true }: CrashOptions = {}): void {
    this.#timeline.note(this.#process.name, 'crash', powerLoss ? 'power loss' : 'kill -9');
    if (this.running) this.#process.kill(this.#volume.random);
    if (powerLoss) this.#volume.losePower();
    for (const listener of this.#crashListeners) listener({ powerLoss, random: this.random });
  }

  /** Starts the next process on what the disk kept. */
  restart(): World {
    assert(!this.running, `${this.name} is running: crash() it before restart()`);
    this.#process = this.#startProcess();
    this.#world = this.#makeWorld();
    this.#timeline.note(this.#process.name, 'restart');
    return this.#world;
  }

  /** Nothing of the process happens for that long (a paused virtual machine, a long garbage collection). */
  stall(durationMs: number): void {
    this.#timeline.note(this.#process.name, 'stall', `${durationMs} ms`);
    this.#process.stall(durationMs);
  }

  /** Moves the wall clock of this machine, forwards or (negative) back; its monotonic clock goes on. */
  clockJump(offsetMs: number): void {
    this.#timeline.note(this.name, 'clock jump', `${offsetMs} ms`);
    this.#wallOffsetMs += offsetMs;
  }

  /**
   * Waits for a promise of this machine's process, or for the death of that process, whichever comes first: how a
   * scenario waits for a call that a crash may leave unanswered.
   */
  orCrash<T>(promise: Promise<T>): Promise<CrashOutcome<T>> {
    if (!this.running) return Promise.resolve({ crashed: true });
    return new Promise((resolve, reject) => {
      const stopListening = this.#process.onDeath(() => resolve({ crashed: true }));
      promise.then(
        (value) => {
          stopListening();
          resolve({ crashed: false, value });
        },
        (error) => {
          stopListening();
          reject(error);
        },
      );
    });
  }

  /**
   * For engines that model their own durability: called in every crash of this machine, after the disk's part. Returns a
   * function that takes the listener away again.
   */
  onCrash(listener: (crash: Crash) => void): () => void {
    this.#crashListeners.add(listener);
    return () => this.#crashListeners.delete(listener);
  }

  /** Calls back later on the process that runs now, and not at all if that process dies first. */
  schedule({ label, detail, delayMs }: ScheduleOptions, callback: () => void): Timer {
    const drawnMs = typeof delayMs === 'number' ? delayMs : drawDelayMs(this.random, delayMs);
    return this.#process.schedule({ label, detail, delayMs: drawnMs }, callback);
  }

  #startProcess(): SimulatedProcess {
    this.#processes += 1;
    return new SimulatedProcess({
      name: `${this.name}#${this.#processes}`,
      timeline: this.#timeline,
      random: this.random.stream(`process/${this.#processes}`),
      wallMs: () => simulatedEpochMs + this.#timeline.nowMs + this.#wallOffsetMs,
    });
  }

  #makeWorld(): World {
    const process = this.#process;
    return Object.freeze({
      clock: simulatedClock(process),
      random: process.random.stream('world'),
      disk: new SimulatedDisk(this.#volume, process),
      executors: new SimulatedExecutors(process),
    });
  }
}

export function drawDelayMs(random: SeededRandom, { min, max }: DelayRange): number {
  return min + (max - min) * random.float();
}
