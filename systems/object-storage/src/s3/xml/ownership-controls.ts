// A bucket's ownership controls as XML: one rule.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
//
//   <OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>

import { isObjectOwnership, type ObjectOwnership } from '../access/object-ownership.ts';
import { parseXml } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, trimmedTextOf } from './xml-schema.ts';
import { xmlDocument } from './xml-writer.ts';

/** Throws MalformedXML. */
export function parseOwnershipControls(bytes: Uint8Array): ObjectOwnership {
  const root = requireRoot(parseXml(bytes), 'OwnershipControls');
  const { Rule } = elementsOf(root, { Rule: 'one' });
  const { ObjectOwnership } = elementsOf(Rule[0]!, { ObjectOwnership: 'one' });
  const text = trimmedTextOf(ObjectOwnership[0])!;
  if (!isObjectOwnership(text)) throw malformed();
  return text;
}

export function ownershipControls(ownership: ObjectOwnership): string {
  return xmlDocument('OwnershipControls', [['Rule', [['ObjectOwnership', ownership]]]]);
}
