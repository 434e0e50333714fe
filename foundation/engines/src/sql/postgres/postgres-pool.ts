// Connections to one PostgreSQL database, each set up for one store: its schema, its isolation, its durability.

import { DatabaseError, Pool, type PoolClient } from 'pg';
import type { SqlDurability } from '../sql.ts';
import type { Step, StepResult } from '../statement/statement.ts';
import { ConnectionLostError, isStalePlan, postgresErrorCode } from './postgres-error.ts';
import { postgresTypes, UnreadableValueError } from './postgres-values.ts';

const connectTimeoutMs = 10_000;

export type PostgresPoolOptions = {
  readonly url: string;
  readonly schema: string;
  readonly durability: SqlDurability;
  readonly sizeMax: number;
};

/**
 * Every transaction is serializable, those of a single statement too. For `synced` only `off` is overruled: what the
 * operator set beyond `on` (waiting for standbys) stays in force.
 */
const setUpText = `select
  set_config('search_path', $1, false),
  set_config('default_transaction_isolation', 'serializable', false),
  set_config('synchronous_commit', case
    when $2 = 'os' then 'off'
    when current_setting('synchronous_commit') = 'off' then 'on'
    else current_setting('synchronous_commit') end, false)`;

export class PostgresPool {
  readonly #pool: Pool;

  constructor({ url, schema, durability, sizeMax }: PostgresPoolOptions) {
    this.#pool = new Pool({
      connectionString: url,
      application_name: `cairn ${schema}`,
      max: sizeMax,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      types: postgresTypes,
      onConnect: async (client) => void (await client.query(setUpText, [`"${schema}"`, durability])),
    });
    // A connection that breaks says so by an event, which ends the process if nobody listens. Idle, the pool drops it;
    // in use, the statement under way fails, and that is what counts.
    this.#pool.on('error', ignore);
    this.#pool.on('connect', (client) => client.on('error', ignore));
  }

  /** Runs `use` with a connection of its own. One that failed in a way that may last is closed afterwards. */
  async withConnection<Output>(use: (connection: PostgresConnection) => Promise<Output>): Promise<Output> {
    const client = await this.#connect();
    const connection = new PostgresConnection(client);
    try {
      return await use(connection);
    } finally {
      client.release(connection.broken);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
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
  #broken = false;

  constructor(client: PoolClient) {
    this.#client = client;
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
      const { rows, rowCount } = await this.#client.query(query);
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
