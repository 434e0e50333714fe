// `cairn backup`: repositories, snapshots, their upkeep. Works on the repository itself; no server is needed. A command is
// loaded when it is named, and what it does when it runs, so that the short ones are short.

import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';

type AddCommand = (noun: Command, context: CommandContext) => void;

/** In the order of the help text. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  init: async () => (await import('./backup/init.ts')).addInitCommand,
  create: async () => (await import('./backup/create.ts')).addCreateCommand,
  list: async () => (await import('./backup/list.ts')).addListCommand,
  files: async () => (await import('./backup/files.ts')).addFilesCommand,
  find: async () => (await import('./backup/find.ts')).addFindCommand,
  diff: async () => (await import('./backup/diff.ts')).addDiffCommand,
  forget: async () => (await import('./backup/forget.ts')).addForgetCommand,
  restore: async () => (await import('./backup/restore.ts')).addRestoreCommand,
  dump: async () => (await import('./backup/dump.ts')).addDumpCommand,
  verify: async () => (await import('./backup/verify.ts')).addVerifyCommand,
  repair: async () => (await import('./backup/repair.ts')).addRepairCommand,
  gc: async () => (await import('./backup/gc.ts')).addGcCommand,
  inspect: async () => (await import('./backup/inspect.ts')).addInspectCommand,
  stats: async () => (await import('./backup/stats.ts')).addStatsCommand,
  serve: async () => (await import('./backup/serve.ts')).addServeCommand,
  tag: async () => (await import('./backup/transform.ts')).addTagCommand,
  rewrite: async () => (await import('./backup/transform.ts')).addRewriteCommand,
  copy: async () => (await import('./backup/transform.ts')).addCopyCommand,
  key: async () => (await import('./backup/key.ts')).addKeyCommands,
  schedule: async () => (await import('./backup/schedule.ts')).addScheduleCommand,
  agents: async () => (await import('./backup/agents.ts')).addAgentsCommands,
  destroy: async () => (await import('./backup/destroy.ts')).addDestroyCommand,
};

/** All of them, or `only` the one that is named so. */
export async function addBackupCommands(
  program: Command,
  context: CommandContext,
  only?: string,
): Promise<void> {
  const noun = program
    .command('backup')
    .description('Deduplicated, encrypted backups: repositories, snapshots, restore, verify, upkeep.');
  const one = only !== undefined && Object.hasOwn(commands, only) ? commands[only] : undefined;
  const wanted = one === undefined ? Object.values(commands) : [one];
  for (const add of await Promise.all(wanted.map((load) => load()))) add(noun, context);
}
