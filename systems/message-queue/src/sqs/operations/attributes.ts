// Attributes of queues, and the permissions that are statements of the policy among them.

import { type AttributeMap, attributeRules, effectiveAttributes } from '../../queues/queue-attributes.ts';
import type { QueueDefinition } from '../../queues/queue-definition.ts';
import { QueueError } from '../../queues/queue-error.ts';
import type { Operation, OperationCall } from '../operation.ts';

const observed = [
  'QueueArn',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;
type Observed = (typeof observed)[number];

export const getQueueAttributes: Operation = async (input, call) => {
  const definition = await call.queue(input, 'GetQueueAttributes');
  const names = input.texts('AttributeNames');
  for (const name of names)
    if (name !== 'All' && !observed.includes(name as Observed) && !Object.hasOwn(attributeRules, name))
      throw new QueueError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  if (names.length === 0) return {};
  const values: Readonly<Record<string, string | undefined>> = {
    ...(await observedOf(definition, call)),
    ...effectiveAttributes(definition.attributes, definition.settings),
  };
  const chosen = names.includes('All') ? Object.keys(values) : names;
  const entries = chosen.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]);
  return entries.length > 0 ? { Attributes: Object.fromEntries(entries) } : {};
};

async function observedOf(
  definition: QueueDefinition,
  { queues }: OperationCall,
): Promise<Readonly<Record<Observed, string>>> {
  const { waiting, inFlight, delayed } = (await queues.queue(definition)).counts();
  const seconds = (timeMs: number): string => String(Math.floor(timeMs / 1_000));
  return {
    QueueArn: definition.arn,
    CreatedTimestamp: seconds(definition.createdMs),
    LastModifiedTimestamp: seconds(definition.modifiedMs),
    ApproximateNumberOfMessages: String(waiting),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
}

export const setQueueAttributes: Operation = async (input, call) => {
  const { name } = await call.queue(input, 'SetQueueAttributes');
  await call.queues.setAttributes(name, input.textMap('Attributes'));
  return {};
};

type Statement = { readonly Sid?: string };
type Policy = { readonly Version: string; readonly Statement: readonly Statement[] };

const actionsMax = 7;

export const addPermission: Operation = async (input, call) => {
  const { name, arn } = await call.queue(input, 'AddPermission');
  const label = input.required('Label');
  const [accounts, actions] = [input.texts('AWSAccountIds'), input.texts('Actions')];
  if (!/^[\w-]{1,80}$/.test(label) || accounts.length === 0 || actions.length === 0)
    throw new QueueError('InvalidParameterValue', 'A permission has a label, accounts and actions.');
  if (actions.length > actionsMax)
    throw new QueueError(
      'OverLimit',
      `${actions.length} Actions were found, maximum allowed is ${actionsMax}.`,
    );
  const statement = {
    Sid: label,
    Effect: 'Allow',
    Principal: { AWS: accounts.map((account) => `arn:aws:iam::${account}:root`) },
    Action: actions.map((action) => `SQS:${action}`),
    Resource: arn,
  };
  await call.queues.setPolicy(name, (text) => {
    const policy = policyOf(text);
    if (policy.Statement.some(({ Sid }) => Sid === label))
      throw new QueueError(
        'InvalidParameterValue',
        `Value ${label} for parameter Label is invalid. Reason: Already exists.`,
      );
    return JSON.stringify({ ...policy, Statement: [...policy.Statement, statement] });
  });
  return {};
};

export const removePermission: Operation = async (input, call) => {
  const { name } = await call.queue(input, 'RemovePermission');
  const label = input.required('Label');
  await call.queues.setPolicy(name, (text) => {
    const policy = policyOf(text);
    const kept = policy.Statement.filter(({ Sid }) => Sid !== label);
    if (kept.length === policy.Statement.length)
      throw new QueueError(
        'InvalidParameterValue',
        `Value ${label} for parameter Label is invalid. Reason: can't find label.`,
      );
    return kept.length === 0 ? '' : JSON.stringify({ ...policy, Statement: kept });
  });
  return {};
};

/** One that is stored was parsed before. A single statement may stand without a list. */
function policyOf(text: string | undefined): Policy {
  if (text === undefined) return { Version: '2012-10-17', Statement: [] };
  const policy = JSON.parse(text) as AttributeMap & {
    Version: string;
    Statement: Statement | readonly Statement[];
  };
  return { ...policy, Statement: [policy.Statement].flat() as readonly Statement[] };
}
