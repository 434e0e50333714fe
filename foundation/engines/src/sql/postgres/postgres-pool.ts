// Connections to one PostgreSQL database, each set up for one store: its schema, its isolation, its durability.

import type { Clock } from '@cairn/world';
import { type Client, DatabaseError, Pool, type PoolClient } from 'pg';
import type { SqlDurability } from '../sql.ts';
import type { Step, StepResult } from '../statement/statement.ts';
import { answeredWithin, UnansweredError } from './answered-within.ts';
import { ConnectionLostError, isStalePlan, postgresErrorCode } from './postgres-error.ts';
import { postgresTypes, UnreadableValueError } from './postgres-values.ts';

const connectTimeoutMsMax = 10_000;
const closeTimeoutMs = 2_000;
/** After this silence the kernel asks whether the server's machine is still there, also while a scan is waited for. */
const keepAliveDelayMs = 10_000;

export type PostgresPoolOptions = {
  readonly url: string;
  readonly schema: string;
  readonly durability: SqlDurability;
  readonly sizeMax: number;
  readonly clock: Clock;
  /** A connection is not waited for longer than a statement may be. */
  readonly answerMs: number;
};

/** The pool's types do not know what a client consists of. */
type PooledClient = PoolClient & Pick<Client, 'connection'>;

/**
 * Every transaction is serializable, those of a single statement too. For `synced` only `off` is overruled: what the
 * operator set beyond `on` (waiting for standbys) stays in force. What is given up here has to end at the server as well,
 * and nothing else may tell it: it would keep the rows of a transaction whose connection, and its end, were swallowed.
 *
 * A table of few rows is cheapest read as a whole, and a serializable transaction that did so is in conflict with whoever
 * changes any row of it: through an index it is with those of the same page. Generic plans are kept, so one that was made
 * while a table was small would stay.
 */
const setUpText = `select
  set_config('search_path', $1, false),
  set_config('default_transaction_isolation', 'serializable', false),
  set_config('synchronous_commit', case
    when $2 = 'os' then 'off'
    when current_setting('synchronous_commit') = 'off' then 'on'
    else current_setting('synchronous_commit') end, false),
  set_config('idle_in_transaction_session_timeout', $3, false),
  set_config('statement_timeout', $3, false),
  set_config('enable_seqscan', 'off', false)`;

const scanningText = `select
  set_config('enable_seqscan', $1, false),
  set_config('statement_timeout', $2, false)`;

export class PostgresPool {
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #answerMs: number;
  /** All that were made and have not ended. */
  readonly #clients = new Set<PooledClient>();

  constructor({ url, schema, durability, sizeMax, clock, answerMs }: PostgresPoolOptions) {
    this.#clock = clock;
    this.#answerMs = answerMs;
    const connectTimeoutMs = Math.min(connectTimeoutMsMax, answerMs);
    const settings = [`"${schema}"`, durability, `${answerMs}ms`];
    const setUp = (client: PoolClient) => client.query(setUpText, settings);
    this.#pool = new Pool({
      connectionString: url,
      application_name: `cairn ${schema}`,
      max: sizeMax,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveDelayMs,
      types: postgresTypes,
      onConnect: async (client) =>
        void (await answeredWithin(setUp(client as PoolClient), { clock, withinMs: connectTimeoutMs })),
    });
    // A connection that breaks says so by an event, which ends the process if nobody listens. Idle, the pool drops it;
    // in use, the statement under way fails, and that is what counts.
    this.#pool.on('error', ignore);
    this.#pool.on('connect', (client) => {
      client.on('error', ignore);
      this.#clients.add(client as PooledClient);
    });
    this.#pool.on('remove', (client) => this.#clients.delete(client as PooledClient));
  }

  /**
   * Runs `use` with a connection of its own, whose statements are each answered within `answerMs`. One that failed in a way
   * that may last is closed afterwards.
   */
  async withConnection<Output>(use: (connection: PostgresConnection) => Promise<Output>): Promise<Output> {
    return this.#lend(this.#answerMs, use);
  }

  /** The same for statements that take as long as there are rows, and may read tables as a whole. */
  async withPatientConnection<Output>(
    use: (connection: PostgresConnection) => Promise<Output>,
  ): Promise<Output> {
    return this.#lend(Number.POSITIVE_INFINITY, async (connection) => {
      await connection.query(scanningText, ['on', '0']);
      try {
        return await use(connection);
      } finally {
        await connection.release(scanningText, ['off', `${this.#answerMs}ms`]);
      }
    });
  }

  /** Connections that are in use after a while, or whose server does not say goodbye, are broken off. */
  async close(): Promise<void> {
    try {
      await answeredWithin(this.#pool.end(), { clock: this.#clock, withinMs: closeTimeoutMs });
    } catch (error) {
      if (!(error instanceof UnansweredError)) throw error;
      for (const client of this.#clients) client.connection.stream.destroy();
    }
  }

  async #lend<Output>(
    answerMs: number,
    use: (connection: PostgresConnection) => Promise<Output>,
  ): Promise<Output> {
    const client = await this.#connect();
    const connection = new PostgresConnection(client, { clock: this.#clock, withinMs: answerMs });
    try {
      return await use(connection);
    } finally {
      client.release(connection.broken);
    }
  }

  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      if (error instanceof DatabaseError) throw error;
      throw new ConnectionLostError('no connection could be made', { cause: error });
    }
  }
}

function ignore(): void {}

/** One connection while a caller has it. */
export class PostgresConnection {
  readonly #client: PoolClient;
  readonly #answer: { readonly clock: Clock; readonly withinMs: number };
  #broken = false;

  constructor(client: PoolClient, answer: { readonly clock: Clock; readonly withinMs: number }) {
    this.#client = client;
    this.#answer = answer;
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** Runs one statement of a procedure, prepared under the statement's own name. */
  readonly execute = async (step: Step): Promise<StepResult> => {
    const compiled = step.statement.compiledFor('postgres');
    const values = compiled.bind(step.parameters);
    return this.#run({ name: nameOf(step.statement), text: compiled.sql, values });
  };

  /** Runs a statement that is not a procedure's. */
  async query(text: string, values: unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    const { rows } = await this.#run({ text, values });
    return rows as readonly Record<string, unknown>[];
  }

  /** Ends the transaction after an error, whatever that was. */
  rollback(): Promise<void> {
    return this.release('rollback');
  }

  /** Gives back what an earlier statement took; a connection where that fails is closed, which gives it back too. */
  async release(text: string, values: unknown[] = []): Promise<void> {
    if (this.#broken) return;
    await this.#run({ text, values }).catch(() => {
      this.#broken = true;
    });
  }

  async #run(query: { name?: string; text: string; values?: unknown[] }): Promise<StepResult> {
    try {
      const { rows, rowCount } = await answeredWithin(this.#client.query(query), this.#answer);
      return { rows, changes: rowCount ?? 0 };
    } catch (error) {
      if (error instanceof UnreadableValueError) throw error;
      if (!(error instanceof DatabaseError)) {
        this.#broken = true;
        throw new ConnectionLostError('the connection was lost', { cause: error });
      }
      // A server that goes away says so in its last answer.
      if (isStalePlan(error) || postgresErrorCode(error) === 'unavailable') this.#broken = true;
      throw error;
    }
  }
}

/** Prepared statements are named by identity: one name per statement for all connections of this process. */
const names = new WeakMap<Step['statement'], string>();
let lastName = 0;

function nameOf(statement: Step['statement']): string {
  const known = names.get(statement);
  if (known !== undefined) return known;
  lastName += 1;
  const name = `cairn_${lastName}`;
  names.set(statement, name);
  return name;
}
