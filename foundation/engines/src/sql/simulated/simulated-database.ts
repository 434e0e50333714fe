// The durable part of the simulated engine: what the processes of a simulated machine leave behind in one database.
//
// It keeps SQLite's promise and no more. A batch is applied whole at one instant or not at all, so a crash never shows
// half of one. What was applied survives a killed process. A power loss takes back, as the seed says, a suffix of what
// was applied with durability `os` since the last sync; to rebuild the state before the suffix, the calls since then
// are kept and run again on a copy from then.

import type { Crash, SimulatedMachine } from '@cairn/world/simulated';
import type { SqlDurability } from '../sql.ts';
import { type Outcome, type ProcedureCall, writeBatch } from '../sqlite/batch.ts';
import { checkSqlite } from '../sqlite/check-sqlite.ts';
import { SqliteConnection } from '../sqlite/sqlite-connection.ts';
import { migrateSqlite } from '../sqlite/sqlite-migrations.ts';
import type { Store } from '../store.ts';
import { drawFailedBatch, noSqlFaults, type SimulatedSqlFaults } from './simulated-faults.ts';

/** How often an `os` batch is followed by a checkpoint, which syncs: after one in so many. */
const batchesPerCheckpoint = 40;

/** A change that can be made again, on a copy of the database as it was before. */
type Change = (connection: SqliteConnection) => void;

const databases = new WeakMap<SimulatedMachine, Map<string, SimulatedDatabase>>();

/** The machine's database of that name; made empty when it is first asked for. */
export function simulatedDatabase(machine: SimulatedMachine, name: string): SimulatedDatabase {
  const onMachine = databases.getOrInsertComputed(machine, () => new Map());
  return onMachine.getOrInsertComputed(name, () => new SimulatedDatabase(machine));
}

export class SimulatedDatabase {
  readonly faults: SimulatedSqlFaults = { ...noSqlFaults };
  readonly #machine: SimulatedMachine;
  #connection = SqliteConnection.openInMemory();
  /** What a power loss can take back: the state at the last sync, and what was done since. */
  #unsynced: { readonly base: Uint8Array; readonly changes: Change[] } | undefined;

  constructor(machine: SimulatedMachine) {
    this.#machine = machine;
    machine.onCrash((crash) => this.#crash(crash));
  }

  /** Runs reading steps: a statement that writes fails, as it does on a reading connection. */
  readOnly<Output>(run: (execute: SqliteConnection['execute']) => Output): Output {
    const connection = this.#connection;
    connection.exec('pragma query_only = on');
    try {
      return run(connection.execute);
    } finally {
      connection.exec('pragma query_only = off');
    }
  }

  check(): readonly string[] {
    return checkSqlite(this.#connection);
  }

  migrate(store: Store): void {
    migrateSqlite(this.#connection, store);
    this.#unsynced?.changes.push((connection) => migrateSqlite(connection, store));
  }

  /** Never throws: one outcome per call, in order. */
  apply(store: Store, calls: readonly ProcedureCall[], durability: SqlDurability): readonly Outcome[] {
    const failed = drawFailedBatch(this.faults, this.#machine.random);
    if (failed === undefined || failed.applied) {
      const outcomes = this.#commit(store, calls, durability);
      if (failed === undefined) return outcomes;
    }
    return calls.map(() => ({ ok: false, error: failed.failure }));
  }

  #commit(store: Store, calls: readonly ProcedureCall[], durability: SqlDurability): readonly Outcome[] {
    if (durability === 'os') this.#remember(store, calls);
    const outcomes = writeBatch(this.#connection, store, calls);
    if (durability === 'synced' || this.#machine.random.integer(batchesPerCheckpoint) === 0)
      this.#unsynced = undefined;
    return outcomes;
  }

  #remember(store: Store, calls: readonly ProcedureCall[]): void {
    this.#unsynced ??= { base: this.#connection.serialize(), changes: [] };
    for (const call of calls)
      this.#unsynced.changes.push((connection) => writeBatch(connection, store, [call]));
  }

  #crash({ powerLoss, random }: Crash): void {
    if (!powerLoss || this.#unsynced === undefined) return;
    const { base, changes } = this.#unsynced;
    const kept = changes.slice(0, random.integer(changes.length + 1));
    this.#unsynced = undefined;
    this.#connection.close();
    this.#connection = SqliteConnection.openInMemory(base);
    for (const change of kept) change(this.#connection);
  }
}
