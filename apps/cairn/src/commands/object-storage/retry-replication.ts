// `cairn object-storage retry-replication`: another try for what could not be replicated.

import type { Command } from 'commander';
import { runCall } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';

type Retry = { readonly buckets: number };

export function addRetryReplicationCommand(noun: Command, context: CommandContext): void {
  addClientOptions(
    noun
      .command('retry-replication')
      .description(
        'Tries again in the background what could not be replicated, in every bucket; `stats` tells what waits.',
      ),
  ).action((options: ClientOptions) =>
    runCall<Retry>(context, options, {
      system: 'object-storage',
      method: 'POST',
      path: ['retry-replication'],
      text: ({ buckets }) => `${buckets} buckets replicate and are looked at again\n`,
    }),
  );
}
