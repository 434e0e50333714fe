// A bucket's replication configuration as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
//
//   <ReplicationConfiguration>
//     <Role>arn:aws:iam::...</Role>                      kept and shown: here the storage itself acts
//     <Rule>                                             1 to 1,000, all of the older form or none
//       <ID>name</ID>                                    optional, at most 255 characters, no two the same
//       <Priority>1</Priority>                           with Filter, which needs it; no two the same
//       <Filter>...</Filter>                             or, as it once was, <Prefix>logs/</Prefix>
//       <Status>Enabled</Status>                         or Disabled, as every Status
//       <DeleteMarkerReplication> <Status/> ...          needed with Filter; always on in the older form
//       <ExistingObjectReplication> <Status/> ...
//       <SourceSelectionCriteria>...                     of which nothing may be Enabled
//       <Destination>...</Destination>                   replication-destination-element.ts
//     </Rule>
//   </ReplicationConfiguration>

import type { StorageClass } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { ReplicationConfiguration, ReplicationRule } from '../../replication/replication-rules.ts';
import { replicationRulesMax } from '../limits.ts';
import { integerOf } from './lifecycle-numbers.ts';
import { destinationElement, destinationOf } from './replication-destination-element.ts';
import { replicationFilterElement, replicationFilterOf } from './replication-filter.ts';
import { madeRuleId, ruleIdOf } from './rule-id.ts';
import { statusElement, statusIn, statusOf, statusText } from './status.ts';
import { parseXml, type XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, trimmedTextOf } from './xml-schema.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

/** `placed`: storage classes that have a place. Throws MalformedXML, InvalidArgument, InvalidRequest, NotImplemented. */
export function parseReplicationConfiguration(
  bytes: Uint8Array,
  placed: readonly StorageClass[],
): ReplicationConfiguration {
  const root = requireRoot(parseXml(bytes), 'ReplicationConfiguration');
  const { Role, Rule } = elementsOf(root, { Role: 'one', Rule: 'many' });
  const role = trimmedTextOf(Role[0])!;
  if (role === '' || Rule.length === 0 || Rule.length > replicationRulesMax) throw malformed();
  const older = Rule.filter((node) => node.children.some(({ name }) => name === 'Prefix')).length;
  if (older !== 0 && older !== Rule.length) throw malformed();
  const rules = Rule.map((node, index) => ruleOf(node, { index, count: Rule.length, placed }));
  requireDifferent(
    rules.map(({ id }) => id),
    'Rule Id must be unique',
  );
  requireDifferent(
    rules.map(({ priority }) => priority),
    'Rule priorities must be unique',
  );
  return { role, rules };
}

function requireDifferent(values: readonly unknown[], message: string): void {
  if (new Set(values).size !== values.length) throw new ObjectStorageError('InvalidArgument', { message });
}

/** Of the older form the first of two rules goes first. */
function ruleOf(
  node: XmlNode,
  { index, count, placed }: { index: number; count: number; placed: readonly StorageClass[] },
): ReplicationRule {
  const elements = elementsOf(node, {
    ...{ ID: 'optional', Priority: 'optional', Prefix: 'optional', Filter: 'optional', Status: 'one' },
    ...{ SourceSelectionCriteria: 'optional', ExistingObjectReplication: 'optional' },
    ...{ Destination: 'one', DeleteMarkerReplication: 'optional' },
  });
  const [filterNode] = elements.Filter;
  const filter = replicationFilterOf({ prefix: elements.Prefix[0], filter: filterNode });
  const isOlder = filter.form === 'prefix';
  const priority = elements.Priority[0] && integerOf(elements.Priority[0], { max: 2 ** 31 - 1 });
  const marker = statusIn(elements.DeleteMarkerReplication[0]);
  if (isOlder && (priority !== undefined || marker !== undefined)) throw invalid(newerOnly);
  if (!isOlder && priority === undefined) throw invalid(`Priority ${neededWithFilter}`);
  if (!isOlder && marker === undefined) throw invalid(`DeleteMarkerReplication ${neededWithFilter}`);
  if (marker && filter.filter.tags !== undefined) throw invalid(noMarkersByTags);
  const existing = statusIn(elements.ExistingObjectReplication[0]);
  const { shown, ...destination } = destinationOf(elements.Destination[0]!, placed);
  const rule = {
    enabled: statusOf(elements.Status[0]!),
    priority: priority ?? count - index,
    ...{ ...filter, ...destination },
    deleteMarkers: isOlder || marker === true,
    existingObjects: existing === true,
    shown: { ...shown, ...criteriaOf(elements.SourceSelectionCriteria[0]), existingObjects: existing },
  };
  return { id: ruleIdOf(elements.ID[0]) ?? madeRuleId(rule, index), ...rule };
}

/** Nothing here is under KMS, and what is changed of a replica stays there. */
function criteriaOf(
  node: XmlNode | undefined,
): Pick<NonNullable<ReplicationRule['shown']>, 'replicaModifications' | 'encryptedObjects'> {
  if (node === undefined) return {};
  const elements = elementsOf(node, { SseKmsEncryptedObjects: 'optional', ReplicaModifications: 'optional' });
  const encryptedObjects = statusIn(elements.SseKmsEncryptedObjects[0]);
  const replicaModifications = statusIn(elements.ReplicaModifications[0]);
  if (encryptedObjects || replicaModifications)
    throw new ObjectStorageError('NotImplemented', { message: criteriaNotBuilt });
  return { encryptedObjects, replicaModifications };
}

const criteriaNotBuilt =
  'Replication of objects under aws:kms, and of changes of replicas, is not implemented.';
const neededWithFilter =
  'must be specified for this version of Cross Region Replication configuration schema.';
const newerOnly =
  'Priority and DeleteMarkerReplication cannot be used for this version of the Cross Region Replication configuration schema.';
const noMarkersByTags = 'Delete marker replication is not supported if any Tag filter is specified.';

function invalid(message: string): ObjectStorageError {
  return new ObjectStorageError('InvalidRequest', { message });
}

export function replicationConfiguration({ role, rules }: ReplicationConfiguration): string {
  return xmlDocument('ReplicationConfiguration', [
    ['Role', role],
    ...rules.map((rule): XmlElement => ['Rule', ruleElements(rule)]),
  ]);
}

function ruleElements(rule: ReplicationRule): XmlElement[] {
  const { id, priority, enabled, form, deleteMarkers, shown } = rule;
  const newer = form !== 'prefix';
  const criteria: XmlElement[] = [
    statusElement('SseKmsEncryptedObjects', shown?.encryptedObjects),
    statusElement('ReplicaModifications', shown?.replicaModifications),
  ];
  const hasCriteria = criteria.some(([, content]) => content !== undefined);
  return [
    ['ID', id],
    ['Priority', newer ? priority : undefined],
    replicationFilterElement(rule),
    ['Status', statusText(enabled)],
    ['SourceSelectionCriteria', hasCriteria ? criteria : undefined],
    statusElement('ExistingObjectReplication', shown?.existingObjects),
    destinationElement(rule),
    statusElement('DeleteMarkerReplication', newer ? deleteMarkers : undefined),
  ];
}
