// `cairn object-storage quota`: bounds of what a bucket, or all buckets of a user together, may hold.

import type { QuotaState } from '@cairn/object-storage';
import type { Command } from 'commander';
import { runCall } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { table } from '../../output/table.ts';

type Subject = { readonly bucket?: string | undefined; readonly user?: string | undefined };
type Limits = { readonly bytes?: number; readonly objects?: number };

export function addQuotaCommands(noun: Command, context: CommandContext): void {
  const quota = noun.command('quota').description('Quotas of buckets and of users.');
  const call = { system: 'object-storage', path: ['quota'] };

  addSubject(quota.command('set').description('Bounds bytes, objects or both, and counts what is there.'))
    .option('--bytes <number>', 'bytes at most, as 10485760, 10MiB or 10GB', bytesOf)
    .option('--objects <number>', 'objects and noncurrent versions at most', countOf)
    .action(({ bucket, user, bytes, objects, ...options }: ClientOptions & Subject & Limits) =>
      runCall(context, options, {
        ...call,
        method: 'PUT',
        body: { bucket, user, bytesMax: bytes, objectsMax: objects },
        text: () => `set the quota of ${named({ bucket, user })}\n`,
      }),
    );

  addSubject(quota.command('show').description('Shows a quota and what counts for it.')).action(
    ({ bucket, user, ...options }: ClientOptions & Subject) =>
      runCall<QuotaState>(context, options, {
        ...call,
        method: 'GET',
        query: { bucket, user },
        text: quotaText,
      }),
  );

  addSubject(quota.command('remove').description('Takes a quota away.')).action(
    ({ bucket, user, ...options }: ClientOptions & Subject) =>
      runCall(context, options, {
        ...call,
        method: 'DELETE',
        query: { bucket, user },
        text: () => `removed the quota of ${named({ bucket, user })}\n`,
      }),
  );
}

function addSubject(command: Command): Command {
  return addClientOptions(
    command
      .option('--bucket <name>', 'of a bucket')
      .option(
        '--user <name>',
        'of all buckets of this owner together; root owns as the account: 000000000000',
      ),
  );
}

function named({ bucket, user }: Subject): string {
  return bucket === undefined ? `user ${user}` : `bucket ${bucket}`;
}

const units: Readonly<Record<string, number>> = {
  ...{ '': 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
};

function bytesOf(text: string): number {
  const [, number, unit] = /^(\d+)\s*([KMGT]i?B|)$/.exec(text) ?? [];
  const bytes = number === undefined ? Number.NaN : Number(number) * units[unit!]!;
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new CommandFailed('usage', `'${text}' is no number of bytes: give one as 1000000, 10MiB or 10GB`);
}

function countOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CommandFailed('usage', `'${text}' is no number of objects`);
}

function quotaText({ bytes, objects, bytesMax, objectsMax, counted }: QuotaState): string {
  const rows = [
    { what: 'bytes', used: bytes, most: bytesMax },
    { what: 'objects', used: objects, most: objectsMax },
  ];
  const shown = table(rows, [
    { title: 'WHAT', value: ({ what }) => what },
    { title: 'USED', value: ({ used }) => used },
    { title: 'AT MOST', value: ({ most }) => most },
  ]);
  return counted ? shown : `${shown}what was there before is being counted\n`;
}
