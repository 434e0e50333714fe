// A storage on a simulated machine, opened again after every crash, and the clients and faults of a round.

import type { ObjectStorage } from '@cairn/object-storage';
import type { SimulatedMachine, Simulation } from '@cairn/world/simulated';
import { type OpenOnMachineOptions, openOnMachine } from '../open-on-machine.ts';
import { type EventOperation, type EventRound, roundMs } from './event-plan.ts';
import type { MachineFault } from './machine-faults.ts';

export class StorageMachine {
  readonly machine: SimulatedMachine;
  readonly #simulation: Simulation;
  readonly #options: OpenOnMachineOptions;
  #storage: ObjectStorage | undefined;

  constructor(simulation: Simulation, options: OpenOnMachineOptions) {
    this.machine = simulation.machine('storage');
    this.#simulation = simulation;
    this.#options = options;
  }

  /** As it was opened last. */
  get storage(): ObjectStorage {
    if (this.#storage === undefined) throw new Error('the storage was not opened');
    return this.#storage;
  }

  async open(): Promise<void> {
    this.#storage = await openOnMachine(this.machine, this.#options);
  }

  /** A round of a plan of events. After a crash nobody hears what became of what was under way. */
  async round(
    { operations, fault }: EventRound,
    carryOut: (operation: EventOperation) => Promise<void>,
  ): Promise<void> {
    const answered = this.clients(operations, { clientOf: ({ key }) => key, carryOut });
    if (fault !== undefined) {
      await this.#simulation.clock.sleep(fault.afterMs);
      if (fault.kind !== 'restart') await this.suffer(fault);
      else {
        await answered;
        await this.storage.close();
        await this.open();
      }
    }
    await this.#simulation.clock.sleep(roundMs);
    if (fault?.kind !== 'crash') await answered;
  }

  /** Each client does one thing after the other, with pauses in front. Resolves when all are answered. */
  async clients<Operation extends { readonly afterMs: number }>(
    operations: readonly Operation[],
    options: {
      readonly clientOf: (operation: Operation) => string;
      readonly carryOut: (operation: Operation) => Promise<void>;
    },
  ): Promise<void> {
    // Of the process that they talk to: a call that waits for another machine ends after a crash, and nothing may follow it.
    const { clock } = this.machine.world;
    const client = async (own: readonly Operation[]) => {
      for (const operation of own) {
        await clock.sleep(operation.afterMs);
        await options.carryOut(operation);
      }
    };
    await Promise.all([...Map.groupBy(operations, options.clientOf).values()].map(client));
  }

  /** Whatever happens at once; resolves when the storage is open again, or the disk has room again. */
  async suffer(fault: MachineFault): Promise<void> {
    const { machine } = this;
    switch (fault.kind) {
      case 'stall':
        machine.stall(fault.durationMs);
        return;
      case 'disk-full':
        machine.disk.fill(0);
        await this.#simulation.clock.sleep(fault.durationMs);
        machine.disk.fill(2 ** 40);
        return;
      case 'crash':
        machine.crash({ powerLoss: fault.powerLoss });
        machine.restart();
        await this.open();
    }
  }
}
