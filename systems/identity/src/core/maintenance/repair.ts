// Makes a database usable again whose secrets were lost in part: switches off the keys that cannot be read.
//
// Only for a database that nobody else has open. Whoever still has the old key file puts it back instead.

import type { World } from '@cairn/world';
import { IdentityError } from '../../errors.ts';
import { createKeyFile, type MasterKey, readKeyFile } from '../../secrets/key-file.ts';
import { SecretBox } from '../../secrets/secret-box.ts';
import type { IdentitySql } from '../../store/store.ts';
import { withIdentityErrors } from '../store-failures.ts';
import { unreadableKeys } from './check.ts';

export type RepairOptions = { readonly world: World; readonly sql: IdentitySql; readonly keyFile: string };

/** What it did, one line each; none when nothing was to do. Damaged policies are left for their owners to replace. */
export async function repairIdentity(options: RepairOptions): Promise<readonly string[]> {
  const sql = withIdentityErrors(options.sql);
  const actions: string[] = [];
  const masterKey = await usableKey(options, actions);
  const { keyId } = await sql.read('secretsState', {});
  if (keyId !== masterKey.id) {
    await sql.write('adoptKeyId', { keyId: masterKey.id });
    actions.push(`made ${masterKey.id} the key of this database, instead of ${keyId ?? 'none'}`);
  }
  for await (const { id, user, problem } of unreadableKeys({ sql, secretBox: new SecretBox(masterKey) })) {
    await sql.write('setAccessKeyActive', { id, user, active: false });
    actions.push(`disabled the access key ${id} of ${user}: ${problem}`);
  }
  return actions;
}

/** The key of the file; a new one when there is none. A damaged file is put aside, not lost. */
async function usableKey({ world, keyFile }: RepairOptions, actions: string[]): Promise<MasterKey> {
  const found = await readKeyFile(world, keyFile).catch(async (error) => {
    if (!(error instanceof IdentityError)) throw error;
    await world.disk.rename(keyFile, `${keyFile}.damaged`);
    actions.push(`put the damaged key file aside as ${keyFile}.damaged`);
    return undefined;
  });
  if (found !== undefined) return found;
  const made = await createKeyFile(world, keyFile);
  actions.push(`made a new key file ${keyFile} with the key ${made.id}`);
  return made;
}
