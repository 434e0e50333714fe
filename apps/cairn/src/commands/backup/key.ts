// `cairn backup key`: the passwords that open a repository.

import { addKey, type KeyDescription, type ListedKey, listKeys, removeKey, rotateKeys } from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { printResult } from '../../output/print-result.ts';
import { table } from '../../output/table.ts';
import { instantText } from '../../output/time.ts';
import { readPassword } from './password.ts';
import { addRepositoryOptions, type RepositoryOptions } from './repository-options.ts';
import { whoami, withRepository } from './with-repository.ts';

type AddOptions = RepositoryOptions & {
  readonly appendOnly?: boolean;
  readonly label?: string;
  readonly newPasswordFile?: string;
};

export function addKeyCommands(noun: Command, context: CommandContext): void {
  const key = noun.command('key').description('The passwords that open a repository.');
  addAdd(key, context);
  addRepositoryOptions(
    key
      .command('remove')
      .description('Removes a key. Who copied it before can still use it: rotate changes what it opens.')
      .argument('<id>', 'as list shows it'),
  )
    .option('--force', 'even the one in use')
    .action((id: string, options: RepositoryOptions & { readonly force?: boolean }) =>
      withRepository(context, options, async (repository) => {
        await removeKey(repository, id, { evenInUse: options.force ?? false });
        printResult(context, options, { result: { removed: id }, text: () => `removed key ${id}\n` });
      }),
    );
  addRepositoryOptions(key.command('list').description('Lists the keys.')).action(
    (options: RepositoryOptions) =>
      withRepository(context, options, async (repository) => {
        printResult(context, options, { result: await listKeys(repository), text: keysText });
      }),
  );
  addRepositoryOptions(
    key
      .command('rotate')
      .description(
        'Seals everything written from now on with a new key. The other passwords stop to open the repository and are named.',
      ),
  ).action((options: RepositoryOptions) =>
    withRepository(context, options, async (repository) => {
      const password = await readPassword(context, options);
      const { removed } = await rotateKeys(repository, { password, ...whoami() });
      const text = () =>
        `rotated${removed.length > 0 ? `; add again: ${removed.map(keyName).join(', ')}` : ''}\n`;
      printResult(context, options, { result: { removed }, text });
    }),
  );
}

function addAdd(key: Command, context: CommandContext): void {
  addRepositoryOptions(key.command('add').description('Adds a password.'))
    .option('--new-password-file <file>', 'the new one (default: CAIRN_BACKUP_NEW_PASSWORD, else a prompt)')
    .option('--label <text>', 'what it is for')
    .option(
      '--append-only',
      'may back up and restore, not forget or gc; only the service can force this on a client that cheats',
    )
    .action((options: AddOptions) =>
      withRepository(context, options, async (repository) => {
        const password = await readPassword(
          context,
          { passwordFile: options.newPasswordFile },
          {
            prompt: 'new password: ',
            confirm: true,
            variable: 'CAIRN_BACKUP_NEW_PASSWORD',
            options: '--new-password-file',
          },
        );
        const { label, appendOnly = false } = options;
        const id = await addKey(repository, {
          ...{ password, appendOnly, ...whoami() },
          ...(label !== undefined && { label }),
        });
        printResult(context, options, { result: { id }, text: () => `added key ${id}\n` });
      }),
    );
}

function keysText(keys: readonly ListedKey[]): string {
  const known = keys.filter((key): key is KeyDescription => !('problem' in key));
  const rows = table(known, [
    { title: 'key', value: ({ id, inUse }) => `${id}${inUse ? ' *' : ''}` },
    { title: 'label', value: ({ label }) => label },
    { title: 'created', value: ({ created }) => instantText(created) },
    { title: 'host', value: ({ host }) => host },
    { title: 'user', value: ({ user }) => user },
    { title: 'may', value: ({ appendOnly }) => (appendOnly ? 'append' : 'all') },
  ]);
  const hurt = keys.flatMap((key) => ('problem' in key ? [`cannot read ${key.id}: ${key.problem}\n`] : []));
  return `${rows}${hurt.join('')}`;
}

function keyName(key: ListedKey): string {
  return 'problem' in key || key.label === '' ? key.id : `${key.id} (${key.label})`;
}
