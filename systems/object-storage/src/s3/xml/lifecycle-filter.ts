// What a lifecycle rule covers, as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRuleFilter.html
//
//   <Prefix>logs/</Prefix>                               of the rule itself: the form of before 2016
//   <Filter>                                             empty for everything, or one of these
//     <Prefix>logs/</Prefix>
//     <Tag> <Key>class</Key> <Value>old</Value> </Tag>
//     <ObjectSizeGreaterThan>500</ObjectSizeGreaterThan>
//     <ObjectSizeLessThan>64000</ObjectSizeLessThan>
//     <And>...</And>                                     any of them, and more than one Tag
//   </Filter>
//
// Amazon refuses several of them without And. Here all have to hold, as in And, and as And they are given back: that is
// the one thing that can have been meant.

import { ObjectStorageError } from '../../errors.ts';
import type { LifecycleFilter, LifecycleRule } from '../../lifecycle/lifecycle-rules.ts';
import { keyBytesMax } from '../../limits.ts';
import { tagKeyLengthMax, tagValueLengthMax } from '../limits.ts';
import { integerOf } from './lifecycle-numbers.ts';
import type { XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, textOf } from './xml-schema.ts';
import type { XmlElement } from './xml-writer.ts';

export type FormedFilter = Pick<LifecycleRule, 'filter' | 'form'>;

/** One of the two, as the rule has them. Throws MalformedXML, InvalidRequest. */
export function filterOf(nodes: {
  readonly prefix: XmlNode | undefined;
  readonly filter: XmlNode | undefined;
}): FormedFilter {
  if ((nodes.prefix === undefined) === (nodes.filter === undefined)) throw malformed();
  if (nodes.prefix !== undefined) return { filter: { prefix: prefixOf([nodes.prefix]) }, form: 'prefix' };
  return formedFilter(nodes.filter!);
}

const predicates = {
  Prefix: 'optional',
  ObjectSizeGreaterThan: 'optional',
  ObjectSizeLessThan: 'optional',
} as const;

function formedFilter(node: XmlNode): FormedFilter {
  const outer = elementsOf(node, { ...predicates, Tag: 'optional', And: 'optional' });
  const [and] = outer.And;
  const inner = and && elementsOf(and, { ...predicates, Tag: 'many' });
  const all = <Name extends keyof typeof predicates | 'Tag'>(name: Name) => [
    ...outer[name],
    ...(inner?.[name] ?? []),
  ];
  const filter = {
    prefix: prefixOf(all('Prefix')),
    tags: tagsOf(all('Tag')),
    sizeGreaterThan: sizeOf(all('ObjectSizeGreaterThan'), Math.max),
    sizeLessThan: sizeOf(all('ObjectSizeLessThan'), Math.min),
  };
  const { sizeGreaterThan = -1, sizeLessThan = Number.POSITIVE_INFINITY } = filter;
  if (sizeLessThan <= sizeGreaterThan) {
    throw invalid("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
  }
  const several = predicateElements(filter).length > 1;
  return { filter, form: several || and !== undefined ? 'and' : 'filter' };
}

/** Of several prefixes the longest, which the others have to be the beginning of. */
function prefixOf(nodes: readonly XmlNode[]): string | undefined {
  const prefixes = nodes.map(textOf);
  const longest = prefixes.reduce<string | undefined>(
    (left, right) => (left === undefined || right.length > left.length ? right : left),
    undefined,
  );
  if (prefixes.some((prefix) => !longest!.startsWith(prefix))) throw malformed();
  if (Buffer.byteLength(longest ?? '') <= keyBytesMax) return longest;
  throw invalid(`The maximum size of a prefix is ${keyBytesMax}.`);
}

function tagsOf(nodes: readonly XmlNode[]): LifecycleFilter['tags'] {
  if (nodes.length === 0) return undefined;
  const tags = new Map<string, string>();
  for (const node of nodes) {
    const { Key, Value } = elementsOf(node, { Key: 'one', Value: 'one' });
    const [key, value] = [textOf(Key[0]!), textOf(Value[0]!)];
    if (key === '' || key.length > tagKeyLengthMax)
      throw new ObjectStorageError('InvalidTag', { message: invalidKey });
    if (value.length > tagValueLengthMax)
      throw new ObjectStorageError('InvalidTag', { message: invalidValue });
    if (tags.has(key)) throw invalid('Duplicate Tag Keys are not allowed.');
    tags.set(key, value);
  }
  return Object.fromEntries(tags);
}

const invalidKey = 'The TagKey you have provided is invalid';
const invalidValue = 'The TagValue you have provided is invalid';

function sizeOf(
  nodes: readonly XmlNode[],
  stricter: (...sizes: readonly number[]) => number,
): number | undefined {
  const sizes = nodes.map((node) => integerOf(node, { max: Number.MAX_SAFE_INTEGER }));
  if (sizes.length === 0) return undefined;
  const size = stricter(...sizes);
  if (size >= 0) return size;
  throw invalid("'ObjectSizeGreaterThan' and 'ObjectSizeLessThan' must not be negative.");
}

function invalid(message: string): ObjectStorageError {
  return new ObjectStorageError('InvalidRequest', { message });
}

/** Where it stood, in the form that it had. */
export function filterElements({ filter, form }: FormedFilter): XmlElement {
  if (form === 'prefix') return ['Prefix', filter.prefix];
  const elements = predicateElements(filter);
  return ['Filter', form === 'and' ? [['And', elements]] : elements];
}

function predicateElements({ prefix, tags, sizeGreaterThan, sizeLessThan }: LifecycleFilter): XmlElement[] {
  const all: readonly XmlElement[] = [
    ['Prefix', prefix],
    ...Object.entries(tags ?? {}).map(
      ([key, value]): XmlElement => [
        'Tag',
        [
          ['Key', key],
          ['Value', value],
        ],
      ],
    ),
    ['ObjectSizeGreaterThan', sizeGreaterThan],
    ['ObjectSizeLessThan', sizeLessThan],
  ];
  return all.filter(([, content]) => content !== undefined);
}
