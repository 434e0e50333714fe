// The attributes of a queue: what may be set, to what, and what holds when nothing was set.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
//
// Encryption keys are refused: a queue that says it is encrypted and is not would be worse than none.

import { messageBytesMax, queueAttributeCharactersMax } from '../limits.ts';
import { QueueError } from './queue-error.ts';

type AttributeRule = {
  readonly default?: string;
  readonly isValid: (value: string) => boolean;
  readonly onlyFifo?: true;
};

const between =
  (min: number, max: number) =>
  (value: string): boolean =>
    /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max;
const oneOf =
  (...values: readonly string[]) =>
  (value: string): boolean =>
    values.includes(value);

export const attributeRules = {
  DelaySeconds: { default: '0', isValid: between(0, 900) },
  MaximumMessageSize: { default: String(messageBytesMax), isValid: between(1_024, messageBytesMax) },
  MessageRetentionPeriod: { default: '345600', isValid: between(60, 1_209_600) },
  ReceiveMessageWaitTimeSeconds: { default: '0', isValid: between(0, 20) },
  VisibilityTimeout: { default: '30', isValid: between(0, 43_200) },
  Policy: { isValid: isJsonObject },
  RedrivePolicy: { isValid: (value) => parseRedrivePolicy(value) !== undefined },
  RedriveAllowPolicy: { isValid: isRedriveAllowPolicy },
  FifoQueue: { isValid: oneOf('true'), onlyFifo: true },
  ContentBasedDeduplication: { default: 'false', isValid: oneOf('true', 'false'), onlyFifo: true },
  DeduplicationScope: { default: 'queue', isValid: oneOf('queue', 'messageGroup'), onlyFifo: true },
  FifoThroughputLimit: {
    default: 'perQueue',
    isValid: oneOf('perQueue', 'perMessageGroupId'),
    onlyFifo: true,
  },
  SqsManagedSseEnabled: { default: 'false', isValid: oneOf('false') },
} as const satisfies Record<string, AttributeRule>;

export type SettableAttribute = keyof typeof attributeRules;

/** What holds of a queue, parsed. */
export type QueueSettings = {
  readonly isFifo: boolean;
  readonly delayMs: number;
  readonly messageBytesMax: number;
  readonly retentionMs: number;
  readonly waitMs: number;
  readonly visibilityMs: number;
  readonly isDeduplicatedByContent: boolean;
  readonly deduplicationScope: 'queue' | 'messageGroup';
  readonly redrive: RedrivePolicy | undefined;
};

export type RedrivePolicy = { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number };

export type AttributeMap = Readonly<Partial<Record<SettableAttribute, string>>>;

/** What a client wants set; an empty document takes one away. Throws InvalidAttributeName, InvalidAttributeValue. */
export function checkedAttributes(
  attributes: Readonly<Record<string, string>>,
  { isFifo }: { isFifo: boolean },
): AttributeMap {
  for (const [name, value] of Object.entries(attributes)) {
    const rule: AttributeRule | undefined = ruleOf(name);
    if (rule === undefined || (rule.onlyFifo && !isFifo))
      throw new QueueError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    if (value.length > queueAttributeCharactersMax || !isValidFor(rule, name, value))
      throw new QueueError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
  }
  return attributes as AttributeMap;
}

/** Whether they may be those of a queue, of any length: there were times when nothing bounded it. */
export function arePossible(attributes: AttributeMap, { isFifo }: { isFifo: boolean }): boolean {
  return Object.entries(attributes).every(([name, value]) => {
    const rule: AttributeRule | undefined = ruleOf(name);
    return rule !== undefined && (isFifo || !rule.onlyFifo) && isValidFor(rule, name, value);
  });
}

/** An empty document takes one away. */
function isValidFor(rule: AttributeRule, name: string, value: string): boolean {
  return (value === '' && isDocument(name)) || rule.isValid(value);
}

function ruleOf(name: string): AttributeRule | undefined {
  return Object.hasOwn(attributeRules, name) ? attributeRules[name as SettableAttribute] : undefined;
}

function isDocument(name: string): boolean {
  return name === 'Policy' || name === 'RedrivePolicy' || name === 'RedriveAllowPolicy';
}

/** Those that hold, with what holds by default. */
export function effectiveAttributes(set: AttributeMap, { isFifo }: { isFifo: boolean }): AttributeMap {
  const entries = Object.entries(attributeRules).flatMap(([name, rule]) => {
    const { default: byDefault, onlyFifo }: AttributeRule = rule;
    const value = set[name as SettableAttribute] ?? (onlyFifo && !isFifo ? undefined : byDefault);
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}

export function settingsOf(set: AttributeMap): QueueSettings {
  const isFifo = set.FifoQueue === 'true';
  const value = { ...effectiveAttributes(set, { isFifo }) };
  return {
    isFifo,
    delayMs: Number(value.DelaySeconds) * 1_000,
    messageBytesMax: Number(value.MaximumMessageSize),
    retentionMs: Number(value.MessageRetentionPeriod) * 1_000,
    waitMs: Number(value.ReceiveMessageWaitTimeSeconds) * 1_000,
    visibilityMs: Number(value.VisibilityTimeout) * 1_000,
    isDeduplicatedByContent: value.ContentBasedDeduplication === 'true',
    deduplicationScope: value.DeduplicationScope === 'messageGroup' ? 'messageGroup' : 'queue',
    redrive: value.RedrivePolicy === undefined ? undefined : parseRedrivePolicy(value.RedrivePolicy),
  };
}

/** Undefined for what is none. Clients send the count as a number or as text. */
export function parseRedrivePolicy(text: string): RedrivePolicy | undefined {
  const document = objectOf(text);
  if (document === undefined) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = document;
  const count = Number(maxReceiveCount);
  if (typeof deadLetterTargetArn !== 'string' || !Number.isInteger(count) || count < 1 || count > 1_000)
    return undefined;
  return { deadLetterTargetArn, maxReceiveCount: count };
}

export type RedriveAllowPolicy = { readonly permission: string; readonly sources: readonly string[] };

export function parseRedriveAllowPolicy(text: string): RedriveAllowPolicy | undefined {
  const { redrivePermission, sourceQueueArns = [] } = objectOf(text) ?? {};
  const isKnown = ['allowAll', 'denyAll', 'byQueue'].includes(redrivePermission as string);
  const isList = Array.isArray(sourceQueueArns) && sourceQueueArns.every((arn) => typeof arn === 'string');
  if (!isKnown || !isList || sourceQueueArns.length > 10) return undefined;
  if ((redrivePermission === 'byQueue') !== sourceQueueArns.length > 0) return undefined;
  return { permission: redrivePermission as string, sources: sourceQueueArns };
}

function isRedriveAllowPolicy(text: string): boolean {
  return parseRedriveAllowPolicy(text) !== undefined;
}

function isJsonObject(text: string): boolean {
  return objectOf(text) !== undefined;
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
