// The query protocol's parameters as the members that the JSON protocol has:
//
//   AttributeName.1=All                                       AttributeNames: ['All']
//   Attribute.1.Name=A & Attribute.1.Value=B                  Attributes: { A: 'B' }
//   SendMessageBatchRequestEntry.1.Id=a & ...                 Entries: [{ Id: 'a', ... }]
//
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html

import { sqsParametersMax } from '../limits.ts';
import { QueueError } from '../queues/queue-error.ts';
import type { InputMembers } from './input.ts';

type Rule =
  | { readonly member: string; readonly is: 'list' | 'entries' }
  | { readonly member: string; readonly is: 'map'; readonly key: string };

const map = (member: string, key = 'Name'): Rule => ({ member, is: 'map', key });
const list = (member: string): Rule => ({ member, is: 'list' });
const entries: Rule = { member: 'Entries', is: 'entries' };

const rules: Readonly<Record<string, Rule>> = {
  AWSAccountId: list('AWSAccountIds'),
  ActionName: list('Actions'),
  Attribute: map('Attributes'),
  AttributeName: list('AttributeNames'),
  ChangeMessageVisibilityBatchRequestEntry: entries,
  DeleteMessageBatchRequestEntry: entries,
  MessageAttribute: map('MessageAttributes'),
  MessageAttributeName: list('MessageAttributeNames'),
  MessageSystemAttribute: map('MessageSystemAttributes'),
  MessageSystemAttributeName: list('MessageSystemAttributeNames'),
  SendMessageBatchRequestEntry: entries,
  Tag: map('Tags', 'Key'),
  TagKey: list('TagKeys'),
};

const depthMax = 8;

type Tree = Map<string, Tree | string>;

/** Throws QueueError SerializationException. */
export function queryInput(parameters: URLSearchParams): InputMembers {
  const tree: Tree = new Map();
  let count = 0;
  for (const [name, value] of parameters) {
    if (++count > sqsParametersMax) throw malformed(`more than ${sqsParametersMax} parameters`);
    put(tree, name.split('.'), value);
  }
  return membersOf(tree);
}

function put(tree: Tree, path: readonly string[], value: string): void {
  if (path.length > depthMax) throw malformed(path.join('.'));
  let at = tree;
  for (const step of path.slice(0, -1)) {
    const next = at.getOrInsertComputed(step, () => new Map());
    if (typeof next === 'string') throw malformed(path.join('.'));
    at = next;
  }
  if (at.has(path.at(-1)!)) throw malformed(path.join('.'));
  at.set(path.at(-1)!, value);
}

function membersOf(tree: Tree): InputMembers {
  const members: Record<string, unknown> = Object.create(null);
  for (const [name, value] of tree) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (typeof value === 'string') members[name] = value;
    else if (rule === undefined) members[name] = membersOf(value);
    else members[rule.member] = memberOf(value, rule);
  }
  return { ...members };
}

function memberOf(tree: Tree, rule: Rule): unknown {
  const items = [...tree].sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item);
  if (rule.is === 'list') return items;
  const structures = items.map((item) => (typeof item === 'string' ? {} : membersOf(item)));
  if (rule.is !== 'map') return structures;
  const { key } = rule;
  const found = new Map(structures.map((structure) => [String(structure[key] ?? ''), structure.Value]));
  return Object.fromEntries(found);
}

function malformed(what: string): QueueError {
  return new QueueError('SerializationException', `The parameters are malformed: ${what}.`);
}
