// Attributes of messages: what they may be, and the digests by which clients verify them.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html

import { hash } from 'node:crypto';
import { messageAttributesMax } from '../limits.ts';
import { QueueError } from '../queues/queue-error.ts';
import type { Attributes, AttributeValue } from '../queues/stored-message.ts';
import type { Input } from './input.ts';
import type { OutputMembers } from './operation.ts';

export function messageAttributesOf(input: Input, member: string): Attributes {
  if (!input.has(member)) return none;
  const values = input.inputMap(member);
  if (values.size > messageAttributesMax)
    throw invalid(
      `Number of message attributes [${values.size}] exceeds the allowed maximum [${messageAttributesMax}].`,
    );
  return Object.fromEntries([...values].map(([name, value]) => [name, attributeOf(name, value)]));
}

const none: Attributes = {};

function attributeOf(name: string, input: Input): AttributeValue {
  if (!/^(?!aws\.|amazon\.)(?!.*\.\.)(?!\.)[\w.-]{1,256}(?<!\.)$/i.test(name))
    throw invalid(`Message (user) attribute name '${name}' is invalid.`);
  const type = input.text('DataType') ?? '';
  const base = /^(String|Number|Binary)(?:\.[^\0]{1,249})?$/.exec(type)?.[1];
  if (base === undefined)
    throw invalid(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  requireCharacters(type);
  const value = base === 'Binary' ? bytesOf(input) : input.text('StringValue');
  if (value === undefined || value.length === 0)
    throw invalid(`Message (user) attribute '${name}' must contain a non-empty value of type '${base}'.`);
  if (base === 'Number' && !isNumber(value as string))
    throw invalid(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  if (typeof value === 'string') requireCharacters(value);
  return { type, value };
}

/** Whatever may be said of a text in two ways makes the search for it quadratic: here a digit has one place only. */
function isNumber(text: string): boolean {
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text.trim());
}

function bytesOf(input: Input): Uint8Array | undefined {
  const text = input.text('BinaryValue');
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}

/** XML 1.0's, which the query protocol has to carry. Throws QueueError InvalidMessageContents. */
export function requireCharacters(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ones that are refused.
  if (!/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text) && text.isWellFormed()) return;
  throw new QueueError(
    'InvalidMessageContents',
    'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.',
  );
}

/** Names, types and values count. */
export function attributeBytes(attributes: Attributes): number {
  let bytes = 0;
  for (const name in attributes) {
    const { type, value } = attributes[name]!;
    bytes += Buffer.byteLength(name) + Buffer.byteLength(type) + Buffer.byteLength(value);
  }
  return bytes;
}

/** Undefined for none. Over names in order: length and bytes of name and type, the kind of value, length and bytes of it. */
export function attributesDigest(attributes: Attributes): string | undefined {
  if (attributes === none) return undefined;
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const pieces = names.flatMap((name) => {
    const { type, value } = attributes[name]!;
    const kind = typeof value === 'string' ? 1 : 2;
    return [
      ...sized(Buffer.from(name)),
      ...sized(Buffer.from(type)),
      Buffer.from([kind]),
      ...sized(Buffer.from(value as string)),
    ];
  });
  return hash('md5', Buffer.concat(pieces), 'hex');
}

function sized(bytes: Buffer): readonly Buffer[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}

/** Those that a receiver asked for: by name, by `prefix.*`, or all. */
export function chosenAttributes(attributes: Attributes, names: readonly string[]): Attributes {
  if (names.length === 0) return none;
  const isChosen = (name: string): boolean =>
    names.some((wanted) => {
      if (wanted === 'All' || wanted === '.*' || wanted === name) return true;
      return wanted.endsWith('.*') && name.startsWith(wanted.slice(0, -1));
    });
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isChosen(name)));
}

export function attributesOutput(attributes: Attributes): OutputMembers | undefined {
  if (attributes === none) return undefined;
  const entries = Object.entries(attributes);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.map(([name, { type: DataType, value }]) => [
      name,
      typeof value === 'string'
        ? { StringValue: value, DataType }
        : { BinaryValue: Buffer.from(value).toString('base64'), DataType },
    ]),
  );
}

function invalid(message: string): QueueError {
  return new QueueError('InvalidParameterValue', message);
}
