// A bucket's block of public access, and whether a bucket is public, as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html, API_GetBucketPolicyStatus.html
//
//   <PublicAccessBlockConfiguration>
//     <BlockPublicAcls>, <IgnorePublicAcls>, <BlockPublicPolicy>, <RestrictPublicBuckets>     true or false; all optional
//   </PublicAccessBlockConfiguration>

import type { PublicAccessBlock } from '../access/public-access-block.ts';
import { parseXml, type XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, trimmedTextOf } from './xml-schema.ts';
import { xmlDocument } from './xml-writer.ts';

/** Throws MalformedXML. */
export function parsePublicAccessBlock(bytes: Uint8Array): PublicAccessBlock {
  const root = requireRoot(parseXml(bytes), 'PublicAccessBlockConfiguration');
  const elements = elementsOf(root, {
    BlockPublicAcls: 'optional',
    IgnorePublicAcls: 'optional',
    BlockPublicPolicy: 'optional',
    RestrictPublicBuckets: 'optional',
  });
  return {
    blockPublicAcls: flagOf(elements.BlockPublicAcls[0]),
    ignorePublicAcls: flagOf(elements.IgnorePublicAcls[0]),
    blockPublicPolicy: flagOf(elements.BlockPublicPolicy[0]),
    restrictPublicBuckets: flagOf(elements.RestrictPublicBuckets[0]),
  };
}

function flagOf(node: XmlNode | undefined): boolean {
  const text = trimmedTextOf(node)?.toLowerCase() ?? 'false';
  if (text !== 'true' && text !== 'false') throw malformed();
  return text === 'true';
}

export function publicAccessBlockConfiguration(block: PublicAccessBlock): string {
  return xmlDocument('PublicAccessBlockConfiguration', [
    ['BlockPublicAcls', block.blockPublicAcls],
    ['IgnorePublicAcls', block.ignorePublicAcls],
    ['BlockPublicPolicy', block.blockPublicPolicy],
    ['RestrictPublicBuckets', block.restrictPublicBuckets],
  ]);
}

export function policyStatus(isPublic: boolean): string {
  return xmlDocument('PolicyStatus', [['IsPublic', isPublic]]);
}
