// A bucket's default encryption as XML: one rule.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
//
//   <ServerSideEncryptionConfiguration>
//     <Rule>
//       <ApplyServerSideEncryptionByDefault>
//         <SSEAlgorithm>AES256</SSEAlgorithm>         aws:kms and aws:kms:dsse are refused
//         <KMSMasterKeyID>...</KMSMasterKeyID>        only with these
//       </ApplyServerSideEncryptionByDefault>
//       <BucketKeyEnabled>false</BucketKeyEnabled>    optional; means something only with them, and is given back
//       <BlockedEncryptionTypes>...                   optional: <EncryptionType>NONE</EncryptionType> only
//     </Rule>
//   </ServerSideEncryptionConfiguration>

import { ObjectStorageError } from '../../errors.ts';
import { noKms } from '../headers/encryption-headers.ts';
import { parseXml, type XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, trimmedTextOf } from './xml-schema.ts';
import { xmlDocument } from './xml-writer.ts';

/** `encryption` among a bucket's documents. */
export type DefaultEncryption = {
  readonly algorithm: 'AES256';
  readonly bucketKeyEnabled: boolean;
};

/** Throws MalformedXML, InvalidArgument, NotImplemented. */
export function parseEncryptionConfiguration(bytes: Uint8Array): DefaultEncryption {
  const root = requireRoot(parseXml(bytes), 'ServerSideEncryptionConfiguration');
  const { Rule } = elementsOf(root, { Rule: 'many' });
  if (Rule.length !== 1) throw malformed();
  const elements = elementsOf(Rule[0]!, {
    ApplyServerSideEncryptionByDefault: 'one',
    BucketKeyEnabled: 'optional',
    BlockedEncryptionTypes: 'optional',
  });
  requireNothingBlocked(elements.BlockedEncryptionTypes[0]);
  const algorithm = algorithmOf(elements.ApplyServerSideEncryptionByDefault[0]!);
  return { algorithm, bucketKeyEnabled: flagOf(elements.BucketKeyEnabled[0]) };
}

function algorithmOf(node: XmlNode): 'AES256' {
  const { SSEAlgorithm, KMSMasterKeyID } = elementsOf(node, {
    SSEAlgorithm: 'one',
    KMSMasterKeyID: 'optional',
  });
  const text = trimmedTextOf(SSEAlgorithm[0])!;
  if (text === 'aws:kms' || text === 'aws:kms:dsse') throw noKms(text);
  if (text !== 'AES256') throw malformed();
  if (KMSMasterKeyID.length === 0) return text;
  throw new ObjectStorageError('InvalidArgument', {
    message: 'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
    fields: { ArgumentName: 'ApplyServerSideEncryptionByDefault' },
  });
}

/** Blocking customers' keys is asked for by policies here; a setting that is not kept must not seem to be. */
function requireNothingBlocked(node: XmlNode | undefined): void {
  if (node === undefined) return;
  const { EncryptionType } = elementsOf(node, { EncryptionType: 'many' });
  if (EncryptionType.every((type) => trimmedTextOf(type) === 'NONE')) return;
  throw new ObjectStorageError('NotImplemented', {
    message: 'Blocked encryption types are not implemented: deny them in the policy of the bucket.',
  });
}

function flagOf(node: XmlNode | undefined): boolean {
  const text = trimmedTextOf(node) ?? 'false';
  if (text !== 'true' && text !== 'false') throw malformed();
  return text === 'true';
}

export function encryptionConfiguration({ algorithm, bucketKeyEnabled }: DefaultEncryption): string {
  return xmlDocument('ServerSideEncryptionConfiguration', [
    [
      'Rule',
      [
        ['ApplyServerSideEncryptionByDefault', [['SSEAlgorithm', algorithm]]],
        ['BucketKeyEnabled', String(bucketKeyEnabled)],
      ],
    ],
  ]);
}
