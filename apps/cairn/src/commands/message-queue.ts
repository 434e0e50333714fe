// `cairn message-queue`, or `cairn queue`: topics, groups, records and queues, and the state of the store.

import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addCheckCommand } from './message-queue/check.ts';
import { addConsumeCommand } from './message-queue/consume.ts';
import { addDeadLetterCommands } from './message-queue/dlq.ts';
import { addGroupCommands } from './message-queue/groups.ts';
import { addInspectCommand } from './message-queue/inspect.ts';
import { addMessageCommands } from './message-queue/messages.ts';
import { addProduceCommand } from './message-queue/produce.ts';
import { addQueueCommands } from './message-queue/queues.ts';
import { addRepairCommand } from './message-queue/repair.ts';
import { addTopicCommands } from './message-queue/topics.ts';
import { addSystemNoun } from './system-noun.ts';

export function addMessageQueueCommands(program: Command, context: CommandContext): void {
  const noun = addSystemNoun(program, 'message-queue').description(
    'Topics, consumer groups and their lag, records, SQS queues and dead letters.',
  );
  addTopicCommands(noun, context);
  addGroupCommands(noun, context);
  addProduceCommand(noun, context);
  addConsumeCommand(noun, context);
  addMessageCommands(addQueueCommands(noun, context), context);
  addDeadLetterCommands(noun, context);
  addCheckCommand(noun, context);
  addInspectCommand(noun, context);
  addRepairCommand(noun, context);
}
