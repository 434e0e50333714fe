// What a replication rule covers, as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRuleFilter.html
//
//   <Prefix>logs/</Prefix>                               of the rule itself: the form of before 2018
//   <Filter>                                             empty for everything, or one of these
//     <Prefix>logs/</Prefix>
//     <Tag> <Key>class</Key> <Value>old</Value> </Tag>
//     <And> <Prefix/> <Tag/> ... </And>                  a prefix and tags, or several tags
//   </Filter>

import { ObjectStorageError } from '../../errors.ts';
import { keyBytesMax } from '../../limits.ts';
import type { ReplicationFilter, ReplicationRule } from '../../replication/replication-rules.ts';
import { objectTags } from '../tags/tag-set.ts';
import type { XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, textOf } from './xml-schema.ts';
import type { XmlElement } from './xml-writer.ts';

type FormedFilter = Pick<ReplicationRule, 'filter' | 'form'>;

/** Neither of the two covers everything, as an empty prefix of the older form does. Throws MalformedXML, InvalidTag. */
export function replicationFilterOf(nodes: {
  readonly prefix: XmlNode | undefined;
  readonly filter: XmlNode | undefined;
}): FormedFilter {
  const { prefix, filter } = nodes;
  if (prefix !== undefined && filter !== undefined) throw malformed();
  if (filter === undefined) return { filter: { prefix: prefixOf(prefix) ?? '' }, form: 'prefix' };
  const outer = elementsOf(filter, { Prefix: 'optional', Tag: 'optional', And: 'optional' });
  if (filter.children.length > 1) throw malformed();
  const [and] = outer.And;
  if (and === undefined) return { filter: filterIn(outer), form: 'filter' };
  const inner = elementsOf(and, { Prefix: 'optional', Tag: 'many' });
  if (and.children.length < 2) throw malformed();
  return { filter: filterIn(inner), form: 'and' };
}

function filterIn(nodes: {
  readonly Prefix: readonly XmlNode[];
  readonly Tag: readonly XmlNode[];
}): ReplicationFilter {
  const tags = nodes.Tag.map((node) => {
    const { Key, Value } = elementsOf(node, { Key: 'one', Value: 'one' });
    return { key: textOf(Key[0]!), value: textOf(Value[0]!) };
  });
  return { prefix: prefixOf(nodes.Prefix[0]), tags: tags.length === 0 ? undefined : objectTags(tags) };
}

function prefixOf(node: XmlNode | undefined): string | undefined {
  const prefix = node && textOf(node);
  if (Buffer.byteLength(prefix ?? '') <= keyBytesMax) return prefix;
  throw new ObjectStorageError('InvalidRequest', {
    message: `The maximum size of a prefix is ${keyBytesMax}.`,
  });
}

/** Where it stood, in the form that it had. */
export function replicationFilterElement({ filter, form }: FormedFilter): XmlElement {
  if (form === 'prefix') return ['Prefix', filter.prefix];
  const { prefix, tags = [] } = filter;
  const elements: XmlElement[] = [
    ['Prefix', prefix],
    ...tags.map(
      ({ key, value }): XmlElement => [
        'Tag',
        [
          ['Key', key],
          ['Value', value],
        ],
      ],
    ),
  ];
  return ['Filter', form === 'and' ? [['And', elements]] : elements];
}
