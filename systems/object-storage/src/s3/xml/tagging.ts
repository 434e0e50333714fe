// The tags of an object or a bucket as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
//
//   <Tagging>
//     <TagSet>
//       <Tag><Key>key</Key><Value>value</Value></Tag>      any number here; ../tags/tag-set.ts has the limits
//     </TagSet>
//   </Tagging>

import type { ObjectTag } from '../../core/object-storage.ts';
import { parseXml, type XmlNode } from './xml-reader.ts';
import { elementsOf, requireRoot, textOf } from './xml-schema.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

/** Throws MalformedXML. */
export function parseTagging(bytes: Uint8Array): readonly ObjectTag[] {
  const root = requireRoot(parseXml(bytes), 'Tagging');
  const { TagSet } = elementsOf(root, { TagSet: 'one' });
  return tagsIn(TagSet[0]!);
}

/** Of a node that holds nothing but tags. */
export function tagsIn(node: XmlNode): readonly ObjectTag[] {
  return elementsOf(node, { Tag: 'many' }).Tag.map((tag) => {
    const { Key, Value } = elementsOf(tag, { Key: 'one', Value: 'one' });
    return { key: textOf(Key[0]!), value: textOf(Value[0]!) };
  });
}

export function tagging(tags: readonly ObjectTag[]): string {
  const elements = tags.map(
    ({ key, value }): XmlElement => ['Tag', [tagText('Key', key), tagText('Value', value)]],
  );
  return xmlDocument('Tagging', [['TagSet', elements]]);
}

function tagText(name: string, text: string): XmlElement {
  return [name, text];
}
