// What a command proves itself with: an access key from the environment, else root's from the data folder.

import { join } from 'node:path';
import { readRootCredentials } from '@cairn/identity';
import { realWorld } from '@cairn/world';
import type { CommandContext } from '../command-context.ts';
import { CommandFailed } from '../exit-codes.ts';

export type Authorization = {
  /** The value of the header of that name. */
  readonly header: string;
  /** Where the access key stands, for messages. */
  readonly origin: string;
};

/** Given the data folder to look in last, if any. Rejects with CommandFailed. */
export type FindAuthorization = (folder: string | undefined) => Promise<Authorization>;

const pairs = [
  { id: 'CAIRN_ACCESS_KEY', secret: 'CAIRN_SECRET_KEY' },
  { id: 'CAIRN_ROOT_ACCESS_KEY', secret: 'CAIRN_ROOT_SECRET_KEY' },
] as const;

export function findAuthorization(environment: CommandContext['environment']): FindAuthorization {
  return async (folder) => {
    for (const pair of pairs) {
      const id = environment[pair.id];
      const secret = environment[pair.secret];
      const origin = `${pair.id} and ${pair.secret}`;
      if (id && secret) return { header: basic(id, secret), origin };
      if (id || secret) {
        const message = `could not take credentials from the environment: ${origin} come together`;
        throw new CommandFailed('usage', message);
      }
    }
    const origin = folder && join(folder, 'identity/root-credentials');
    const root = origin && (await readRootCredentials(realWorld().disk, origin));
    if (root) return { header: basic(root.accessKeyId, root.secretKey), origin };
    const message =
      'no credentials: set CAIRN_ACCESS_KEY and CAIRN_SECRET_KEY, or name the data folder with --data';
    throw new CommandFailed('unauthenticated', message);
  };
}

/** Whether the environment holds what would be taken before a folder's. */
export function hasCredentials(environment: CommandContext['environment']): boolean {
  return pairs.some((pair) => environment[pair.id] || environment[pair.secret]);
}

function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}
