// `cairn up`: starts the systems in this process and serves until a signal comes.

import { setBatchPolicy, setTimeSlice } from '@cairn/native';
import { type RunningService, startService, stopOnSignals } from '@cairn/service';
import { realWorld } from '@cairn/world';
import type { Command } from 'commander';
import { giveFreedMemoryBack } from '../allocator.ts';
import { authenticatorOf } from '../authenticator.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailed } from '../exit-codes.ts';
import { loadCommandConfiguration } from '../load-command-configuration.ts';
import {
  addConfigurationOptions,
  addJsonOption,
  type ConfigurationOptions,
  type JsonOption,
} from '../output/command-options.ts';
import { systems } from '../systems.ts';

type UpOptions = JsonOption & ConfigurationOptions & { readonly only?: readonly string[] };

export function addUpCommand(program: Command, context: CommandContext): void {
  const command = program.command('up').summary('start the systems and serve until stopped');
  command
    .description(
      'Starts the systems on a data folder, prints a line per endpoint and then `ready`, and serves until SIGINT or ' +
        'SIGTERM. The first start prints the root credentials, once.',
    )
    .option(
      '--only <systems>',
      'start only these, separated by commas; identity comes with any',
      commaSeparated,
    );
  addJsonOption(addConfigurationOptions(command)).action((options) => up(context, options));
}

/** Of the loop that serves: requests are done in less, and who waits for one waits for no other thread's turn to end. */
const servingSliceMicroseconds = 300;

async function up(context: CommandContext, options: UpOptions): Promise<void> {
  setTimeSlice(servingSliceMicroseconds);
  setBatchPolicy('helper threads'); // V8's above all. Those that wait for the disk are started later, and stay as they are.
  const json = options.json === true;
  const configuration = await loadCommandConfiguration(context, options);
  const starting = startService({
    definitions: systems,
    only: options.only && ['identity', ...options.only],
    configuration,
    world: realWorld(),
    authenticator: authenticatorOf,
    print: json ? () => {} : (line) => context.print(`${line}\n`),
  });
  // Before `ready` is printed: who reads it may send the signal at once.
  const stopped = stopOnSignals(
    { stop: async () => (await starting).stop() },
    {
      onFirst: () =>
        context.printError('stopping: what is under way is finished; a second signal ends it at once\n'),
    },
  );
  stopped.catch(() => {}); // A start that fails is told by the next line, not twice.
  const service = await starting;
  if (json) printEvents(context, service);
  giveFreedMemoryBack();
  if ((await stopped) !== 0) throw new CommandFailed('no', 'not everything stopped in order: see the log');
}

/** The same lines for scripts: one JSON object per event. */
function printEvents(context: CommandContext, { notices, endpoints }: RunningService): void {
  const events = [
    ...notices.map((message) => ({ event: 'notice', message })),
    ...endpoints.map(({ system, protocol, url }) => ({ event: 'endpoint', system, protocol, url })),
    { event: 'ready' },
  ];
  for (const event of events) context.print(`${JSON.stringify(event)}\n`);
}

function commaSeparated(value: string): readonly string[] {
  return value.split(',').map((name) => name.trim());
}
