// Answers about settings, all of them at their defaults: location, access control, tags.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html, API_GetBucketAcl.html,
// API_GetObjectTagging.html

import { ownerElements } from './elements.ts';
import { xmlDocument } from './xml-writer.ts';

/** The oldest region has no name here. */
export function locationConstraint(region: string): string {
  return xmlDocument('LocationConstraint', region === 'us-east-1' ? '' : region);
}

const grantee = 'Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"';

/** The owner may do everything; everything else is up to policies. */
export function accessControlPolicy(owner: string): string {
  return xmlDocument('AccessControlPolicy', [
    ['Owner', ownerElements(owner)],
    [
      'AccessControlList',
      [
        [
          'Grant',
          [
            [grantee, ownerElements(owner)],
            ['Permission', 'FULL_CONTROL'],
          ],
        ],
      ],
    ],
  ]);
}

/** Of an object without tags. */
export function tagging(): string {
  return xmlDocument('Tagging', [['TagSet', '']]);
}
