// The engine behind `postgres://`: any database that speaks PostgreSQL's protocol, shared by any number of processes.
//
// Every procedure is one serializable transaction, run again when the server says that it lost a race. A connection
// that is lost, or does not answer, while it commits leaves open whether it did: the caller gets `unavailable`, and has to
// look. One that is lost before takes the transaction back, at the latest when the server has heard nothing for as long as
// it is waited for.

import type { Clock, World } from '@cairn/world';
import { driveAsync, procedureOf } from '../drive.ts';
import { portError } from '../failure.ts';
import type { Sql, SqlDurability } from '../sql.ts';
import { SqlError } from '../sql-error.ts';
import type { Step, Transaction } from '../statement/statement.ts';
import type { Procedure, Store } from '../store.ts';
import { answeredWithin, UnansweredError } from './answered-within.ts';
import { ConflictRetry } from './conflict-retry.ts';
import {
  ConnectionLostError,
  isRefusedCommit,
  postgresErrorCode,
  postgresReadErrorCode,
} from './postgres-error.ts';
import { migratePostgres } from './postgres-migrations.ts';
import { type PostgresConnection, PostgresPool } from './postgres-pool.ts';

export type PostgresOptions = {
  readonly world: World;
  /** `postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?PARAMETERS]`, as libpq reads it. */
  readonly url: string;
  readonly durability: SqlDurability;
  readonly poolSizeMax: number;
};

export async function openPostgres(store: Store, options: PostgresOptions): Promise<Sql<Store>> {
  const { world, durability, poolSizeMax } = options;
  const { url, answerMs } = withAnswerTime(options.url, store);
  const attempted = `open the database of "${store.name}" at ${withoutSecrets(url, store)}`;
  const schema = store.name.replaceAll('-', '_');
  const pool = new PostgresPool({
    url,
    schema,
    durability,
    sizeMax: poolSizeMax,
    clock: world.clock,
    answerMs,
  });
  try {
    // A migration takes as long as there are rows, and waits for another process that is at it.
    await pool.withPatientConnection((connection) => migratePostgres(connection, store, schema));
    return new PostgresSql(store, { world, pool, schema, answerMs });
  } catch (error) {
    await pool.close();
    throw portError(error, { attempted, codeOf: postgresErrorCode });
  }
}

/** Takes the parameter `query_timeout`, in milliseconds, out of the URL: node-postgres would count pauses of this process. */
function withAnswerTime(text: string, store: Store): { readonly url: string; readonly answerMs: number } {
  const parameters = URL.canParse(text) ? new URL(text).searchParams : new URLSearchParams();
  const timeout = parameters.get('query_timeout');
  if (timeout === null) return { url: text, answerMs: answerMsDefault };
  // The time is counted in ticks, and none may be shorter than the clock's own.
  if (!/^[1-9]\d{2,8}$/.test(timeout)) {
    const detail = 'query_timeout in its URL must be a number of milliseconds, at least 100';
    throw new SqlError('failed', { attempted: `open the database of "${store.name}"`, detail });
  }
  const url = new URL(text);
  url.searchParams.delete('query_timeout');
  return { url: url.href, answerMs: Number(timeout) };
}

/** What of a URL may be printed. A malformed one is not quoted at all: the password may be anywhere in it. */
function withoutSecrets(url: string, store: Store): string {
  if (!URL.canParse(url)) {
    const detail = 'its URL is malformed; wanted is postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE';
    throw new SqlError('invalid-url', { attempted: `open the database of "${store.name}"`, detail });
  }
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** How long a statement may take, unless the URL says otherwise: who waits longer has mostly gone. */
const answerMsDefault = 30_000;

class PostgresSql implements Sql<Store> {
  readonly #store: Store;
  readonly #schema: string;
  readonly #pool: PostgresPool;
  readonly #retry: ConflictRetry;
  readonly #clock: Clock;
  readonly #answerMs: number;
  readonly #scans: ReadonlySet<string>;
  /** Calls under way: the pool forgets callers that wait for a connection when it ends, so `close` waits for them. */
  readonly #running = new Set<Promise<unknown>>();
  /** Reading procedures that yield more than one statement, and so need a transaction to see one state. */
  readonly #multiStep = new Set<string>();
  /** Statements that ran in a read only transaction. */
  readonly #reading = new WeakSet<Step['statement']>();
  #closing: Promise<void> | undefined;

  constructor(store: Store, options: { world: World; pool: PostgresPool; schema: string; answerMs: number }) {
    const { world, pool, schema, answerMs } = options;
    this.#store = store;
    this.#clock = world.clock;
    this.#answerMs = answerMs;
    this.#scans = new Set(store.scans);
    this.#schema = schema;
    this.#pool = pool;
    this.#retry = new ConflictRetry(world);
  }

  write(name: string, input: unknown): Promise<unknown> {
    return this.#run(`run the write "${name}"`, () => {
      const procedure = procedureOf(this.#store, 'writes', name);
      return this.#retry.write(() =>
        this.#pool.withConnection((connection) => this.#transact(connection, 'begin', procedure(input))),
      );
    });
  }

  read(name: string, input: unknown): Promise<unknown> {
    return this.#read('read', name, input);
  }

  lookup(name: string, input: unknown): Promise<unknown> {
    return this.#read('lookup', name, input);
  }

  /** Indexes that the server gave up, and pages whose checksums were wrong; amcheck and pg_checksums look deeper. */
  check(): Promise<readonly string[]> {
    return this.#run(`check the schema "${this.#schema}"`, () =>
      this.#pool.withPatientConnection(async (connection) => {
        const findings = await connection.query(
          `select format('index %s is invalid', c.relname) as finding
             from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = $1 and not i.indisvalid
           union all
           select format('%s pages had a wrong checksum when they were read', checksum_failures)
             from pg_stat_database where datname = current_database() and checksum_failures > 0`,
          [this.#schema],
        );
        return findings.map(({ finding }) => String(finding));
      }),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** A server that is frozen under a scan would be waited for by nobody else. */
  async #close(): Promise<void> {
    const ended = Promise.allSettled(this.#running);
    await answeredWithin(ended, { clock: this.#clock, withinMs: this.#answerMs }).catch(ignoreUnanswered);
    await this.#pool.close();
  }

  #read(method: 'read' | 'lookup', name: string, input: unknown): Promise<unknown> {
    const read = () => {
      const procedure = procedureOf(this.#store, 'reads', name);
      return this.#retry.read(() => this.#readOnce(name, procedure, input));
    };
    return this.#run(`run the ${method} "${name}"`, read, postgresReadErrorCode);
  }

  async #run<Output>(
    attempted: string,
    run: () => Promise<Output>,
    codeOf = postgresErrorCode,
  ): Promise<Output> {
    if (this.#closing !== undefined) throw new SqlError('closed', { attempted });
    const running = Promise.try(run);
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      const mayHaveHappened = error instanceof ConnectionLostError && error.mayHaveCommitted;
      throw portError(error, { attempted, codeOf, mayHaveHappened });
    } finally {
      this.#running.delete(running);
    }
  }

  /**
   * A procedure of a single statement is spared the round trips of `begin` and `commit`, once the statement has proved
   * in a read only transaction that it does not write, and until the procedure yields a second one.
   */
  async #readOnce(name: string, procedure: Procedure, input: unknown): Promise<unknown> {
    if (this.#scans.has(name))
      return this.#pool.withPatientConnection((connection) =>
        this.#transact(connection, 'begin read only', procedure(input)),
      );
    if (!this.#multiStep.has(name)) {
      const transaction = procedure(input);
      const first = transaction.next();
      if (first.done) return first.value;
      if (this.#reading.has(first.value.statement)) {
        const result = await this.#pool.withConnection((connection) => connection.execute(first.value));
        const last = transaction.next(result);
        if (last.done) return last.value;
        this.#multiStep.add(name);
      }
    }
    return this.#pool.withConnection((connection) =>
      this.#transact(connection, 'begin read only', procedure(input)),
    );
  }

  async #transact(
    connection: PostgresConnection,
    begin: 'begin' | 'begin read only',
    transaction: Transaction<unknown>,
  ): Promise<unknown> {
    await connection.query(begin);
    try {
      const output = await driveAsync(transaction, async (step) => {
        const result = await connection.execute(step);
        if (begin === 'begin read only') this.#reading.add(step.statement);
        return result;
      });
      await commit(connection);
      return output;
    } catch (error) {
      await connection.rollback();
      throw error;
    }
  }
}

function ignoreUnanswered(error: unknown): void {
  if (!(error instanceof UnansweredError)) throw error;
}

async function commit(connection: PostgresConnection): Promise<void> {
  try {
    await connection.query('commit');
  } catch (error) {
    if (isRefusedCommit(error)) throw error;
    const message = 'whether the transaction was committed is unknown';
    throw new ConnectionLostError(message, { cause: error, mayHaveCommitted: true });
  }
}
