// Finds the master key that belongs to the database, or makes it at first start.
//
//   key file | database            |
//   absent   | no access keys      | make the file, then claim the database: a crash between leaves an unused key
//   absent   | has access keys     | refuse: their secrets cannot be read
//   damaged  | any                 | refuse
//   present  | claimed by it       | use it
//   present  | claimed by another  | without access keys claim it, else refuse: this is not its file
//
// Claiming and creating access keys are transactions on the same row, so of two processes that start at once on one
// database, one wins, and the other refuses at the latest when it would seal a secret under its own key.

import type { World } from '@cairn/world';
import { IdentityError } from '../errors.ts';
import { createKeyFile, readKeyFile } from '../secrets/key-file.ts';
import { SecretBox } from '../secrets/secret-box.ts';
import type { IdentitySql } from '../store/store.ts';

type Options = { readonly world: World; readonly sql: IdentitySql; readonly keyFile: string };

/** Throws UnusableKeyFile. */
export async function openSecretBox({ world, sql, keyFile }: Options): Promise<SecretBox> {
  const found = await readKeyFile(world, keyFile);
  const state = await sql.lookup('secretsState', {});
  if (found === undefined && state.accessKeys > 0) throw missing(keyFile, state);
  const masterKey = found ?? (await createKeyFile(world, keyFile));
  const claimed =
    state.keyId === masterKey.id ? state : await sql.write('claimKeyId', { keyId: masterKey.id });
  if (claimed.keyId !== masterKey.id) throw foreign(keyFile, { ...claimed, found: masterKey.id });
  return new SecretBox(masterKey);
}

type State = { readonly keyId: string | undefined; readonly accessKeys: number };

function missing(keyFile: string, { keyId, accessKeys }: State): IdentityError {
  return new IdentityError(
    'UnusableKeyFile',
    `could not read the secrets of ${accessKeys} access keys: they are encrypted under the key ${keyId}, and the key file ${keyFile} is missing. Put it back from a backup, or from the process that shares this database; "repair" disables the keys and starts anew.`,
  );
}

function foreign(keyFile: string, { keyId, accessKeys, found }: State & { found: string }): IdentityError {
  return new IdentityError(
    'UnusableKeyFile',
    `could not read the secrets of ${accessKeys} access keys: they are encrypted under the key ${keyId}, and the key file ${keyFile} holds ${found}. Put the right file in its place; processes that share a database share the key file.`,
  );
}
