// One PostgreSQL server for a test file, with a fresh database for each test; undefined where it is not installed.

import { after } from 'node:test';
import { startPostgres } from '@cairn/testing';
import { Client } from 'pg';

const server = await startPostgres();
after(() => server?.stop());

/** For node:test's `skip`. */
export const postgresMissing = server === undefined && 'postgres is not installed';

let databases = 0;

/** The URL of a new, empty database. */
export async function freshDatabase(): Promise<string> {
  databases += 1;
  const name = `test_${databases}`;
  await asSuperuser(server!.url, (client) => client.query(`create database ${name}`));
  return new URL(`/${name}`, server!.url).href;
}

/** Runs `use` on a connection beside those of the engine. */
export async function asSuperuser<Output>(
  url: string,
  use: (client: Client) => Promise<Output>,
): Promise<Output> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
