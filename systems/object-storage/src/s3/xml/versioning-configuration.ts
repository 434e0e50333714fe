// PutBucketVersioning's request, and GetBucketVersioning's answer, which is the same document.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
//
//   <VersioningConfiguration>
//     <Status>Enabled</Status>             or Suspended; the answer has none until it is enabled for the first time
//     <MfaDelete>Disabled</MfaDelete>      optional
//   </VersioningConfiguration>

import type { Versioning } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { parseXml } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, trimmedTextOf } from './xml-schema.ts';
import { xmlDocument } from './xml-writer.ts';

const statuses = { enabled: 'Enabled', suspended: 'Suspended' } as const satisfies Record<Versioning, string>;

export function versioningConfiguration(versioning: Versioning | undefined): string {
  return xmlDocument('VersioningConfiguration', [['Status', versioning && statuses[versioning]]]);
}

/** Throws MalformedXML, IllegalVersioningConfigurationException, and AccessDenied for a second factor: there is none. */
export function parseVersioningConfiguration(bytes: Uint8Array): Versioning {
  const root = requireRoot(parseXml(bytes), 'VersioningConfiguration');
  const { Status, MfaDelete } = elementsOf(root, { Status: 'optional', MfaDelete: 'optional' });
  requireNoSecondFactor(trimmedTextOf(MfaDelete[0]));
  switch (trimmedTextOf(Status[0])) {
    case undefined:
      throw new ObjectStorageError('IllegalVersioningConfigurationException');
    case statuses.enabled:
      return 'enabled';
    case statuses.suspended:
      return 'suspended';
    default:
      throw malformed();
  }
}

function requireNoSecondFactor(mfaDelete: string | undefined): void {
  if (mfaDelete === undefined || mfaDelete === 'Disabled') return;
  if (mfaDelete !== 'Enabled') throw malformed();
  throw new ObjectStorageError('AccessDenied', {
    message: 'MFA delete cannot be enabled: no user here has a second factor. Object lock protects versions.',
  });
}
