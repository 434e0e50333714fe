// An identity for a test, on a real disk and a real engine, in a folder of its own.

import { openSql } from '@cairn/engines';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import type { Identity } from '../src/core/identity.ts';
import { type IdentityOptions, openIdentity } from '../src/core/open-identity.ts';
import identityStore, { type IdentitySql } from '../src/store/store.ts';
import { account } from './principals.ts';

export const testRoot = { accessKeyId: 'ROOTROOTROOT', secretKey: 'root-secret-of-the-tests' };

export type TestIdentity = {
  readonly identity: Identity;
  readonly sql: IdentitySql;
  readonly options: IdentityOptions;
};

export type TestOptions = Partial<IdentityOptions> & {
  /** SQLite in the folder unless given. */
  readonly url?: string;
  readonly directory?: string;
};

/** Closed, and its folder removed, after the test; an `sql` that is given stays open. */
export async function openTestIdentity(test: TestContext, given: TestOptions = {}): Promise<TestIdentity> {
  const cleanUps: (() => Promise<void>)[] = [];
  test.after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });
  const later: TestContext = { after: (cleanUp) => void cleanUps.push(cleanUp) };

  const { url = 'file:', directory = await temporaryDirectory(later), ...more } = given;
  const options = { ...optionsIn(directory), ...more };
  const { world } = options;
  const sql =
    given.sql ?? (await openSql(identityStore, { url, world, file: `${directory}/identity.sqlite` }));
  if (given.sql === undefined) later.after(() => sql.close());
  const identity = await openIdentity({ ...options, sql });
  later.after(() => identity.close());
  return { identity, sql, options: { ...options, sql } };
}

function optionsIn(directory: string): Omit<IdentityOptions, 'sql'> {
  return {
    world: realWorld(),
    account,
    keyFile: `${directory}/master.key`,
    rootCredentialsFile: `${directory}/root-credentials`,
    rootCredentials: testRoot,
    acceptsLocalProviders: true,
  };
}

/** A policy document that allows, for tests which need any. */
export function allowing(...actions: string[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: actions, Resource: '*' },
  });
}

export function basic({ accessKeyId, secretKey }: { accessKeyId: string; secretKey: string }): string {
  return `Basic ${Buffer.from(`${accessKeyId}:${secretKey}`).toString('base64')}`;
}
