// Replication configurations as XML: what is accepted, what comes back, and what is refused with which code.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectStorageError } from '../../errors.ts';
import { parseReplicationConfiguration, replicationConfiguration } from './replication-configuration.ts';

const bucket = '<Bucket>arn:aws:s3:::copies</Bucket>';
const status = '<Status>Enabled</Status>';
const newer = `${status}<Priority>1</Priority><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>`;
const configuration = (rules: string, role = '<Role>r</Role>') =>
  `<ReplicationConfiguration>${role}${rules}</ReplicationConfiguration>`;
const rule = (content: string, destination = bucket) =>
  `<Rule><ID>one</ID>${content}<Destination>${destination}</Destination></Rule>`;
const parse = (text: string) => parseReplicationConfiguration(Buffer.from(text), []);

function codeOf(text: string): string {
  try {
    parse(text);
    return 'accepted';
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return error.code;
  }
}

test('what is given comes back, and means what it says', () => {
  const filter = '<Filter><And><Prefix>a/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>';
  const destination = `${bucket}<Account>000000000000</Account><StorageClass>STANDARD_IA</StorageClass><AccessControlTranslation><Owner>Destination</Owner></AccessControlTranslation><ReplicationTime>${status}<Time><Minutes>15</Minutes></Time></ReplicationTime><Metrics>${status}<EventThreshold><Minutes>15</Minutes></EventThreshold></Metrics>`;
  const existing = `<ExistingObjectReplication>${status}</ExistingObjectReplication>`;
  const text = configuration(rule(`${newer}${filter}${existing}`, destination));
  const parsed = parse(text);
  const [only] = parsed.rules;
  assert.deepEqual(only!.filter, { prefix: 'a/', tags: [{ key: 'k', value: 'v' }] });
  assert.equal(only!.existingObjects, true);
  assert.equal(only!.deleteMarkers, false);
  assert.equal(only!.ownerTranslated, true);
  const shown = replicationConfiguration(parsed);
  for (const part of [destination, filter, existing]) assert(shown.includes(part), shown);
  assert.deepEqual(parse(shown), parsed);
});

test('the older form has a prefix of its own, replicates delete markers, and its first rule goes first', () => {
  const older = (id: string, prefix: string) =>
    rule(`${status}<Prefix>${prefix}</Prefix>`).replace('one', id);
  const parsed = parse(configuration(older('first', 'a') + older('second', '')));
  assert.deepEqual(
    parsed.rules.map(({ id, priority, deleteMarkers }) => [id, priority, deleteMarkers]),
    [
      ['first', 2, true],
      ['second', 1, true],
    ],
  );
  const shown = replicationConfiguration(parsed);
  assert(!shown.includes('Priority') && !shown.includes('DeleteMarkerReplication'));
  assert.deepEqual(parse(shown), parsed);
});

const refused: readonly (readonly [what: string, text: string, code: string])[] = [
  ['no role', configuration(rule(`${newer}<Filter/>`), ''), 'MalformedXML'],
  ['no rules', configuration(''), 'MalformedXML'],
  ['a status that is none', configuration(rule(`<Status>On</Status><Prefix/>`)), 'MalformedXML'],
  ['two of one id', configuration(rule(`${status}<Prefix>a</Prefix>`).repeat(2)), 'InvalidArgument'],
  [
    'two of one priority',
    configuration(rule(`${newer}<Filter/>`) + rule(`${newer}<Filter/>`).replace('one', 'two')),
    'InvalidArgument',
  ],
  [
    'both forms',
    configuration(rule(`${newer}<Filter/>`) + rule(`${status}<Prefix/>`).replace('one', 'two')),
    'MalformedXML',
  ],
  ['a filter without priority', configuration(rule(`${status}<Filter/>`)), 'InvalidRequest'],
  [
    'a filter that says nothing of delete markers',
    configuration(rule(`${status}<Priority>1</Priority><Filter/>`)),
    'InvalidRequest',
  ],
  ['a priority in the older form', configuration(rule(`${newer}<Prefix/>`)), 'InvalidRequest'],
  [
    'delete markers by tags',
    configuration(
      rule(`${newer.replace('Disabled', 'Enabled')}<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>`),
    ),
    'InvalidRequest',
  ],
  [
    'two conditions without And',
    configuration(rule(`${newer}<Filter><Prefix>a</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></Filter>`)),
    'MalformedXML',
  ],
  [
    'a destination that is no ARN',
    configuration(rule(`${newer}<Filter/>`, '<Bucket>copies</Bucket>')),
    'InvalidArgument',
  ],
  [
    'a storage class that is none',
    configuration(rule(`${newer}<Filter/>`, `${bucket}<StorageClass>ICE</StorageClass>`)),
    'InvalidStorageClass',
  ],
  [
    'replicas under KMS',
    configuration(
      rule(
        `${newer}<Filter/>`,
        `${bucket}<EncryptionConfiguration><ReplicaKmsKeyID>k</ReplicaKmsKeyID></EncryptionConfiguration>`,
      ),
    ),
    'NotImplemented',
  ],
  [
    'changes of replicas',
    configuration(
      rule(
        `${newer}<Filter/><SourceSelectionCriteria><ReplicaModifications>${status}</ReplicaModifications></SourceSelectionCriteria>`,
      ),
    ),
    'NotImplemented',
  ],
];

for (const [what, text, code] of refused) {
  test(`refused: ${what}`, () => assert.equal(codeOf(text), code));
}
