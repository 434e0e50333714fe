// `cairn identity`: users, groups, their keys, their policies, their tokens, and the store that holds them.

import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addGroupCommands } from './identity/group.ts';
import { addKeyCommands } from './identity/key.ts';
import { addPolicyCommands } from './identity/policy.ts';
import { addProviderCommands } from './identity/provider.ts';
import { addRoleCommands } from './identity/role.ts';
import { addIdentityStoreCommands } from './identity/store.ts';
import { addTokenCommands } from './identity/token.ts';
import { addUserCommands } from './identity/user.ts';
import { addSystemNoun } from './system-noun.ts';

export function addIdentityCommands(program: Command, context: CommandContext): void {
  const noun = addSystemNoun(program, 'identity').description(
    'Users, groups, access keys, policies, roles, providers and tokens.',
  );
  addUserCommands(noun, context);
  addGroupCommands(noun, context);
  addKeyCommands(noun, context);
  addPolicyCommands(noun, context);
  addRoleCommands(noun, context);
  addProviderCommands(noun, context);
  addTokenCommands(noun, context);
  addIdentityStoreCommands(noun, context);
}
