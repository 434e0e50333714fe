// A bucket's logging configuration as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
//
//   <BucketLoggingStatus>
//     <LoggingEnabled>                                             without it nothing is logged
//       <TargetBucket>bucket</TargetBucket>
//       <TargetPrefix>prefix</TargetPrefix>
//       <TargetGrants>                                             optional
//         <Grant><Grantee>...</Grantee><Permission>READ</Permission></Grant>     FULL_CONTROL, READ, WRITE
//       </TargetGrants>
//       <TargetObjectKeyFormat>                                    optional, one of:
//         <SimplePrefix/>                                          the default
//         <PartitionedPrefix><PartitionDateSource>EventTime|DeliveryTime</PartitionDateSource></PartitionedPrefix>
//       </TargetObjectKeyFormat>
//     </LoggingEnabled>
//   </BucketLoggingStatus>

import type { Grant } from '../../core/object-storage.ts';
import type { GranteeName } from '../access/grantees.ts';
import { type LoggingRules, type LogKeyFormat, partitionDateSources } from '../access-log/logging-rules.ts';
import { grantsMax } from '../limits.ts';
import { grantElements, granteeOf } from './access-control-policy.ts';
import { parseXml, type XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, textOf, trimmedTextOf } from './xml-schema.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

export type RequestedLogging = Omit<LoggingRules, 'grants'> & {
  readonly grants: readonly { readonly grantee: GranteeName; readonly permission: Grant['permission'] }[];
};

/** Undefined for an empty one. Throws MalformedXML. */
export function parseBucketLoggingStatus(bytes: Uint8Array): RequestedLogging | undefined {
  const root = requireRoot(parseXml(bytes), 'BucketLoggingStatus');
  const enabled = elementsOf(root, { LoggingEnabled: 'optional' }).LoggingEnabled[0];
  if (enabled === undefined) return undefined;
  const { TargetBucket, TargetPrefix, TargetGrants, TargetObjectKeyFormat } = elementsOf(enabled, {
    TargetBucket: 'one',
    TargetPrefix: 'one',
    TargetGrants: 'optional',
    TargetObjectKeyFormat: 'optional',
  });
  return {
    targetBucket: trimmedTextOf(TargetBucket[0])!,
    targetPrefix: textOf(TargetPrefix[0]!),
    grants: grantsIn(TargetGrants[0]),
    keyFormat: keyFormatOf(TargetObjectKeyFormat[0]),
  };
}

const targetPermissions = ['FULL_CONTROL', 'READ', 'WRITE'] as const;

function grantsIn(node: XmlNode | undefined): RequestedLogging['grants'] {
  const grants = node === undefined ? [] : elementsOf(node, { Grant: 'many' }).Grant;
  if (grants.length > grantsMax) throw malformed();
  return grants.map((grant) => {
    const { Grantee, Permission } = elementsOf(grant, { Grantee: 'one', Permission: 'one' });
    const name = trimmedTextOf(Permission[0]);
    const permission = targetPermissions.find((known) => known === name);
    if (permission === undefined) throw malformed();
    return { grantee: granteeOf(Grantee[0]!), permission };
  });
}

function keyFormatOf(node: XmlNode | undefined): LogKeyFormat {
  if (node === undefined) return { kind: 'simple' };
  const { SimplePrefix, PartitionedPrefix } = elementsOf(node, {
    SimplePrefix: 'optional',
    PartitionedPrefix: 'optional',
  });
  const [simple, partitioned] = [SimplePrefix[0], PartitionedPrefix[0]];
  if ((simple === undefined) === (partitioned === undefined)) throw malformed();
  if (partitioned === undefined) return { kind: 'simple' };
  const { PartitionDateSource } = elementsOf(partitioned, { PartitionDateSource: 'optional' });
  const name = trimmedTextOf(PartitionDateSource[0]) ?? 'DeliveryTime';
  const dateSource = partitionDateSources.find((known) => known === name);
  if (dateSource === undefined) throw malformed();
  return { kind: 'partitioned', dateSource };
}

export function bucketLoggingStatus(rules: LoggingRules | undefined): string {
  return xmlDocument(
    'BucketLoggingStatus',
    rules === undefined ? [] : [['LoggingEnabled', enabledElements(rules)]],
  );
}

function enabledElements({ targetBucket, targetPrefix, grants, keyFormat }: LoggingRules): XmlElement[] {
  const list = grants.map((grant): XmlElement => ['Grant', grantElements(grant)]);
  return [
    ['TargetBucket', targetBucket],
    ['TargetPrefix', targetPrefix],
    ...(list.length === 0 ? [] : [['TargetGrants', list] as XmlElement]),
    ['TargetObjectKeyFormat', [formatElement(keyFormat)]],
  ];
}

function formatElement(format: LogKeyFormat): XmlElement {
  if (format.kind === 'simple') return ['SimplePrefix', ''];
  return ['PartitionedPrefix', [['PartitionDateSource', format.dateSource]]];
}
