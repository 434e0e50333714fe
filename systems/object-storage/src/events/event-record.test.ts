import assert from 'node:assert/strict';
import test from 'node:test';
import { eventRecord } from './event-record.ts';

const place = { sequence: 0x1ab, region: 'us-east-1' };
const shared = { bucket: 'photos', owner: 'anna', rule: 'new', atMs: 1_700_000_000_123 };

test('a record is what Amazon documents for a put', () => {
  const origin = { principal: 'bert', sourceIp: '10.0.0.1', requestId: 'R', hostId: 'H' };
  const put = { ...shared, event: 'ObjectCreated:Put', key: 'a b/ü+1.jpg', origin } as const;
  assert.deepEqual(eventRecord({ ...put, sizeBytes: 5, etag: 'e', versionId: 'v' }, place), {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-east-1',
    eventTime: '2023-11-14T22:13:20.123Z',
    eventName: 'ObjectCreated:Put',
    userIdentity: { principalId: 'AWS:bert' },
    requestParameters: { sourceIPAddress: '10.0.0.1' },
    responseElements: { 'x-amz-request-id': 'R', 'x-amz-id-2': 'H' },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'new',
      bucket: { name: 'photos', ownerIdentity: { principalId: 'anna' }, arn: 'arn:aws:s3:::photos' },
      object: {
        ...{ key: 'a+b%2F%C3%BC%2B1.jpg', size: 5, eTag: 'e', versionId: 'v' },
        sequencer: '000000000001AB',
      },
    },
  });
});

test('what no request caused was the service', () => {
  const record = eventRecord({ ...shared, event: 'LifecycleExpiration:Delete', key: 'k' }, place);
  assert.equal(record.eventVersion, '2.3');
  assert.equal(record.userIdentity.principalId, 's3.amazonaws.com');
  assert.equal(record.requestParameters.sourceIPAddress, 's3.amazonaws.com');
  assert.deepEqual(record.s3.object, { key: 'k', sequencer: '000000000001AB' });
});

test('sequencers are in the order of sequences, as text too', () => {
  const sequences = [1, 9, 10, 255, 256, 2 ** 32, 2 ** 53 - 1];
  const event = { ...shared, event: 'ObjectAcl:Put', key: 'k' } as const;
  const texts = sequences.map((sequence) => eventRecord(event, { ...place, sequence }).s3.object.sequencer);
  assert.deepEqual(texts.toSorted(), texts);
});
