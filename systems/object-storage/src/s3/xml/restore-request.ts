// What RestoreObject is asked for.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
//
//   <RestoreRequest>
//     <Days>7</Days>
//     <GlacierJobParameters> <Tier>Standard</Tier> </GlacierJobParameters>      or <Tier> by itself: how fast, which is
//   </RestoreRequest>                                                           the same here for all
//
// A select (Type, SelectParameters, OutputLocation) is refused.

import { ObjectStorageError } from '../../errors.ts';
import { integerOf } from './lifecycle-numbers.ts';
import { parseXml, type XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, trimmedTextOf } from './xml-schema.ts';

const tiers = new Set(['Standard', 'Bulk', 'Expedited']);

/** Throws MalformedXML, InvalidArgument, NotImplemented. */
export function parseRestoreRequest(bytes: Uint8Array): { readonly days: number } {
  const root = requireRoot(parseXml(bytes), 'RestoreRequest');
  const { Days, GlacierJobParameters, Tier, ...others } = elementsOf(root, {
    ...{ Days: 'optional', GlacierJobParameters: 'optional', Tier: 'optional', Description: 'optional' },
    ...{ Type: 'optional', SelectParameters: 'optional', OutputLocation: 'optional' },
  });
  const { Type, SelectParameters, OutputLocation } = others;
  if (Type.length + SelectParameters.length + OutputLocation.length > 0) {
    throw new ObjectStorageError('NotImplemented', {
      message: 'A select of an archived object is not implemented.',
    });
  }
  const inner = GlacierJobParameters.flatMap((node) => elementsOf(node, { Tier: 'one' }).Tier);
  for (const tier of [...Tier, ...inner]) requireTier(tier);
  if (Days[0] === undefined) throw malformed();
  const days = integerOf(Days[0]);
  if (days > 0) return { days };
  throw new ObjectStorageError('InvalidArgument', {
    message: 'restoration days should be at least 1',
    fields: { ArgumentName: 'Days', ArgumentValue: String(days) },
  });
}

function requireTier(node: XmlNode): void {
  if (!tiers.has(trimmedTextOf(node)!)) throw malformed();
}
