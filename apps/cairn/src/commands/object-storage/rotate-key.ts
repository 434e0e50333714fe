// `cairn object-storage rotate-key`: a new master key for what is encrypted.

import type { MasterKeyRotation } from '@cairn/object-storage';
import type { Command } from 'commander';
import { runCall } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';

export function addRotateKeyCommand(noun: Command, context: CommandContext): void {
  addClientOptions(
    noun
      .command('rotate-key')
      .description(
        'Makes a new master key and rewraps the keys of all objects under it in the background; `stats` tells when that is done.',
      ),
  ).action((options: ClientOptions) =>
    runCall<MasterKeyRotation>(context, options, {
      system: 'object-storage',
      method: 'POST',
      path: ['rotate-key'],
      text: rotationText,
      verdict: ({ lostMasterKeys }) => {
        if (lostMasterKeys.length > 0) throw new CommandFailed('no', 'some objects cannot be read any more');
      },
    }),
  );
}

function rotationText({ masterKey, lostMasterKeys }: MasterKeyRotation): string {
  const lost = lostMasterKeys.map(
    (id) => `lost: master key ${id}; \`check\` names what is encrypted under it\n`,
  );
  return `master key ${masterKey} is the newest; keys of objects are being rewrapped\n${lost.join('')}`;
}
