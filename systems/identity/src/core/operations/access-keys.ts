// Operations on access keys.

import { IdentityError } from '../../errors.ts';
import { accessKeysPerUserMax } from '../../limits.ts';
import { newAccessKeyId, newSecretKey } from '../../secrets/random-names.ts';
import type { AccessKeyRow, CreateAccessKeyOutcome } from '../../store/access-keys.ts';
import { secretContext } from '../access/credentials.ts';
import type { AccessKeyInfo, AccessKeyName, Identity } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { noSuchUser, requireUserName } from './names.ts';

type AccessKeyOperations = Pick<
  Identity,
  'createAccessKey' | 'listAccessKeys' | 'ownerOfAccessKey' | 'setAccessKeyActive' | 'deleteAccessKey'
>;

export function accessKeyOperations(parts: CoreParts): AccessKeyOperations {
  const { world, sql, secretBox, caches } = parts;
  return {
    async createAccessKey({ user }) {
      requireUserName(user);
      const [id, secretKey] = [newAccessKeyId(world.random), newSecretKey(world.random)];
      const secret = secretBox.seal(secretKey, {
        context: secretContext({ id, user }),
        random: world.random,
      });
      const created_ms = Math.floor(world.clock.nowMs());
      const quota = { keysMax: accessKeysPerUserMax, keyId: secretBox.keyId };
      const outcome = await sql.write('createAccessKey', { id, user, secret, created_ms, ...quota });
      if (outcome !== 'created') throw refusal(outcome, user);
      return { user, accessKeyId: id, active: true, createdMs: created_ms, secretKey };
    },

    async listAccessKeys({ user }) {
      requireUserName(user);
      if ((await sql.lookup('findUser', { name: user })) === undefined) throw noSuchUser(user);
      return (await sql.read('listAccessKeys', { user })).map(infoOf);
    },

    async ownerOfAccessKey({ accessKeyId }) {
      if (!/^\w{1,128}$/.test(accessKeyId)) return undefined;
      const row = await sql.lookup('findAccessKey', { id: accessKeyId });
      return row && infoOf(row);
    },

    async setAccessKeyActive({ user, accessKeyId, active }) {
      requireKeyName({ user, accessKeyId });
      if (active) await requireReadable({ user, accessKeyId }, parts);
      try {
        if (!(await sql.write('setAccessKeyActive', { user, id: accessKeyId, active })))
          throw noSuchKey(accessKeyId);
      } finally {
        caches.credentials.forget(accessKeyId);
        if (!active) caches.tokens.forgetAll();
      }
    },

    async deleteAccessKey({ user, accessKeyId }) {
      requireKeyName({ user, accessKeyId });
      try {
        if (!(await sql.write('deleteAccessKey', { user, id: accessKeyId }))) throw noSuchKey(accessKeyId);
      } finally {
        caches.credentials.forget(accessKeyId);
        caches.tokens.forgetAll();
      }
    },
  };
}

async function requireReadable(
  { user, accessKeyId }: AccessKeyName,
  { sql, secretBox }: CoreParts,
): Promise<void> {
  const row = await sql.lookup('findAccessKey', { id: accessKeyId });
  if (row !== undefined)
    secretBox.open(row.secret, { context: secretContext({ id: accessKeyId, user: row.user }) });
  if (row?.user !== user) throw noSuchKey(accessKeyId);
}

function refusal(outcome: Exclude<CreateAccessKeyOutcome, 'created'>, user: string): IdentityError {
  if (outcome === 'NoSuchEntity') return noSuchUser(user);
  if (outcome === 'LimitExceeded')
    return new IdentityError(outcome, `Cannot exceed quota for AccessKeysPerUser: ${accessKeysPerUserMax}`);
  return new IdentityError(
    'UnusableKeyFile',
    'could not create an access key: the secrets of this database are encrypted under another key file by now. Restart with that key file.',
  );
}

function requireKeyName({ user, accessKeyId }: AccessKeyName): void {
  requireUserName(user);
  if (!/^\w{1,128}$/.test(accessKeyId)) throw noSuchKey(accessKeyId);
}

function noSuchKey(accessKeyId: string): IdentityError {
  const shown = JSON.stringify(accessKeyId.slice(0, 128)).slice(1, -1);
  return new IdentityError('NoSuchEntity', `The Access Key with id ${shown} cannot be found`);
}

export function infoOf({ id, user, active, created_ms, last_used_ms }: AccessKeyRow): AccessKeyInfo {
  const info = { user, accessKeyId: id, active: active === 1, createdMs: created_ms };
  return last_used_ms === null ? info : { ...info, lastUsedMs: last_used_ms };
}
