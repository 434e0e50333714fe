// The engine for simulated worlds: a SQLite database in memory that outlives the processes of its machine.
//
//   write ----delay----> applied with all that was submitted meanwhile ----delay----> acknowledged
//   read  ----delay----> run ----delay----> answered            lookup: run at once
//
// Inputs and outputs are copied as between threads, so that code which shares objects with a procedure fails here too.
// Both delays pass on the process's virtual clock. A crash between the two keeps the batch without an acknowledgement,
// one before it loses the batch; either way the promises of the dead process never settle.

import type { DelayRange, SimulatedMachine } from '@cairn/world/simulated';
import { drive, procedureOf } from '../drive.ts';
import { portError } from '../failure.ts';
import type { Sql, SqlDurability } from '../sql.ts';
import { SqlError } from '../sql-error.ts';
import type { Outcome, ProcedureCall } from '../sqlite/batch.ts';
import { sqliteErrorCode } from '../sqlite/sqlite-error.ts';
import type { Procedure, Store } from '../store.ts';
import { type SimulatedDatabase, simulatedDatabase } from './simulated-database.ts';
import type { SimulatedSqlFaults } from './simulated-faults.ts';

export type SimulatedSqlOptions = {
  /** `synced` unless said otherwise. With `os` a power loss takes back a suffix of the acknowledged writes. */
  readonly durability?: SqlDurability;
  /** Set at open; `simulatedSqlFaults` changes them later. */
  readonly faults?: Partial<SimulatedSqlFaults>;
};

/** Commits are now and then slow, as a disk under load is. */
const applyDelayMs = { min: 0.02, max: 2 };
const answerDelayMs = { min: 0.02, max: 6 };

/**
 * Opens the store's database on a machine of a simulation, for the process that runs now. Rejects as `openSql` does.
 *
 * ```ts
 * const sql = await openSimulatedSql(simulation.machine('node-1'), store);
 * ```
 */
export async function openSimulatedSql<S extends Store>(
  machine: SimulatedMachine,
  store: S,
  { durability = 'synced', faults = {} }: SimulatedSqlOptions = {},
): Promise<Sql<S>> {
  const database = simulatedDatabase(machine, store.name);
  Object.assign(database.faults, faults);
  const sql = new SimulatedSql(store, { machine, database, durability });
  await sql.migrate();
  return sql as unknown as Sql<S>;
}

/** The faults of a machine's database, for the scenario to change. */
export function simulatedSqlFaults(machine: SimulatedMachine, storeName: string): SimulatedSqlFaults {
  return simulatedDatabase(machine, storeName).faults;
}

type QueuedWrite = ProcedureCall & { readonly settle: (outcome: Outcome) => void };

class SimulatedSql implements Sql<Store> {
  readonly #store: Store;
  readonly #machine: SimulatedMachine;
  readonly #database: SimulatedDatabase;
  readonly #durability: SqlDurability;
  readonly #pending = new Set<Promise<unknown>>();
  #queue: QueuedWrite[] = [];
  #writing = false;
  /** The process that opened this has died: nothing that it began settles any more. */
  #dead = false;
  #closing: Promise<void> | undefined;

  constructor(
    store: Store,
    options: { machine: SimulatedMachine; database: SimulatedDatabase; durability: SqlDurability },
  ) {
    this.#store = store;
    this.#machine = options.machine;
    this.#database = options.database;
    this.#durability = options.durability;
    this.#machine.onCrash(() => {
      this.#dead = true;
    });
  }

  migrate(): Promise<void> {
    return this.#attempt(`open the database of "${this.#store.name}"`, () =>
      this.#later('open', () => this.#database.migrate(this.#store)),
    );
  }

  write(name: string, input: unknown): Promise<unknown> {
    return this.#attempt(`run the write "${name}"`, async () => {
      procedureOf(this.#store, 'writes', name);
      const copy = structuredClone(input);
      const outcome = await new Promise<Outcome>((settle) => {
        this.#queue.push({ name, input: copy, settle });
        this.#writeNext();
      });
      if (!outcome.ok) throw outcome.error;
      return structuredClone(outcome.value);
    });
  }

  read(name: string, input: unknown): Promise<unknown> {
    return this.#attempt(`run the read "${name}"`, () => {
      const procedure = procedureOf(this.#store, 'reads', name);
      const copy = structuredClone(input);
      return this.#later('read', () => this.#runNow(procedure, copy));
    });
  }

  lookup(name: string, input: unknown): Promise<unknown> {
    return this.#attempt(`run the lookup "${name}"`, () =>
      Promise.resolve(this.#runNow(procedureOf(this.#store, 'reads', name), structuredClone(input))),
    );
  }

  check(): Promise<readonly string[]> {
    return this.#attempt(`check the database of "${this.#store.name}"`, () =>
      this.#later('check', () => this.#database.check()),
    );
  }

  close(): Promise<void> {
    if (this.#dead) return never();
    this.#closing ??= Promise.allSettled(this.#pending).then(() => undefined);
    return this.#closing;
  }

  #writeNext(): void {
    if (this.#writing || this.#queue.length === 0) return;
    this.#writing = true;
    this.#schedule('apply', applyDelayMs, () => {
      const batch = this.#queue;
      this.#queue = [];
      const outcomes = this.#database.apply(this.#store, batch, this.#durability);
      this.#schedule('acknowledge', answerDelayMs, () => {
        for (const [index, { settle }] of batch.entries()) settle(outcomes[index]!);
        this.#writing = false;
        this.#writeNext();
      });
    });
  }

  #runNow(procedure: Procedure, input: unknown): unknown {
    return this.#database.readOnly((execute) => structuredClone(drive(procedure(input), execute)));
  }

  /** Takes effect at one instant and answers at a later one. */
  #later<Output>(label: string, effect: () => Output): Promise<Output> {
    return new Promise((resolve, reject) => {
      this.#schedule(label, applyDelayMs, () => {
        const effected = Promise.try(effect);
        effected.catch(() => {});
        this.#schedule('answer', answerDelayMs, () => effected.then(resolve, reject));
      });
    });
  }

  #schedule(label: string, delayMs: DelayRange, callback: () => void): void {
    this.#machine.schedule({ label: `sql ${label}`, detail: this.#store.name, delayMs }, callback);
  }

  async #attempt<Output>(attempted: string, run: () => Promise<Output>): Promise<Output> {
    if (this.#dead) return never();
    if (this.#closing !== undefined) throw new SqlError('closed', { attempted });
    const pending = Promise.try(run);
    this.#pending.add(pending);
    try {
      return await pending;
    } catch (error) {
      throw portError(error, { attempted, codeOf: sqliteErrorCode });
    } finally {
      this.#pending.delete(pending);
    }
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
