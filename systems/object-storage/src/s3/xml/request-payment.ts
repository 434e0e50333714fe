// Who pays for requests to a bucket. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html
//
//   <RequestPaymentConfiguration>
//     <Payer>BucketOwner</Payer>      or Requester
//   </RequestPaymentConfiguration>

import { parseXml } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, trimmedTextOf } from './xml-schema.ts';
import { xmlDocument } from './xml-writer.ts';

const payers = ['BucketOwner', 'Requester'] as const;
export type Payer = (typeof payers)[number];

/** Throws MalformedXML. */
export function parseRequestPayment(bytes: Uint8Array): Payer {
  const root = requireRoot(parseXml(bytes), 'RequestPaymentConfiguration');
  const text = trimmedTextOf(elementsOf(root, { Payer: 'one' }).Payer[0]);
  const payer = payers.find((known) => known === text);
  if (payer === undefined) throw malformed();
  return payer;
}

export function requestPayment(payer: Payer): string {
  return xmlDocument('RequestPaymentConfiguration', [['Payer', payer]]);
}
