// An S3 endpoint with users of identity, as `cairn up` has them: root, who makes users and gives them policies and keys.

import { S3Client } from '@aws-sdk/client-s3';
import { openSql } from '@cairn/engines';
import { type Identity, identityStore, openIdentity, queryProtocol } from '@cairn/identity';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import type { S3Identity } from '../../src/s3/identity-port.ts';
import { region, type S3Endpoint, type StartOptions, startS3Endpoint } from '../clients/s3-endpoint.ts';

export const account = '000000000000';

export type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string };

export type S3WithUsers = S3Endpoint & {
  readonly identity: Identity;
  /** Amazon's client for root. */
  readonly root: S3Client;
  readonly rootCredentials: Credentials;
  /** Makes a user with a key, and the policies that are named. */
  user(name: string, ...policies: string[]): Promise<Credentials & { readonly client: S3Client }>;
};

type Options = StartOptions & {
  /** Puts something between the endpoint and identity. */
  readonly wrapIdentity?: (identity: Identity) => S3Identity;
};

export async function startS3WithUsers(
  t: TestContext,
  { wrapIdentity = (inner) => inner, ...options }: Options = {},
): Promise<S3WithUsers> {
  const world = realWorld();
  const directory = await temporaryDirectory(t);
  const sql = await openSql(identityStore, { url: 'file:', world, file: `${directory}/identity.sqlite` });
  t.after(() => sql.close());
  const rootCredentials = { accessKeyId: 'ROOTROOTROOTROOT', secretAccessKey: 'the-secret-of-root' };
  const identity = await openIdentity({
    world,
    sql,
    account,
    keyFile: `${directory}/master.key`,
    rootCredentialsFile: `${directory}/root-credentials`,
    rootCredentials: {
      accessKeyId: rootCredentials.accessKeyId,
      secretKey: rootCredentials.secretAccessKey,
    },
    acceptsLocalProviders: true,
  });
  t.after(() => identity.close());
  const { url, port, metrics, stop } = await startS3Endpoint(t, {
    ...options,
    identity: wrapIdentity(identity),
    queries: queryProtocol(identity),
  });
  const clientOf = (credentials: Credentials) => {
    const client = new S3Client({ endpoint: url, region, credentials, forcePathStyle: true, maxAttempts: 1 });
    t.after(async () => client.destroy());
    return client;
  };
  return {
    ...{ url, port, metrics, stop },
    identity,
    root: clientOf(rootCredentials),
    rootCredentials,
    async user(name, ...policies) {
      await identity.createUser({ name });
      for (const policy of policies) await identity.attachPolicy({ user: name, policy });
      const { accessKeyId, secretKey } = await identity.createAccessKey({ user: name });
      const credentials = { accessKeyId, secretAccessKey: secretKey };
      return { ...credentials, client: clientOf(credentials) };
    },
  };
}
