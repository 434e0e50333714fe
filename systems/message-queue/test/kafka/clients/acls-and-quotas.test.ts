// ACLs and quotas by the clients that have them.

import assert from 'node:assert/strict';
import test from 'node:test';
import { cleanUpAfter } from '@cairn/testing';
import { Admin } from '@platformatic/kafka';
import kafkajs from 'kafkajs';
import { testBatch } from '../batches.ts';
import { metadata, produce } from '../requests.ts';
import { startKafka } from '../start-kafka.ts';
import { TestClient } from '../test-client.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } =
  kafkajs;

test('kafkajs makes, finds and deletes ACLs', async (t) => {
  const { address, acls } = await startKafka(t, { onDisk: true });
  const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  cleanUpAfter(t, () => admin.disconnect());
  const acl = {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: 'orders',
    resourcePatternType: ResourcePatternTypes.PREFIXED,
    principal: 'User:ada',
    host: '*',
    operation: AclOperationTypes.ALL,
    permissionType: AclPermissionTypes.ALLOW,
  };
  await admin.createAcls({ acl: [acl, acl] });
  assert.equal(acls.rows.length, 1);
  const ofName = (resourceName: string) =>
    admin.describeAcls({ ...acl, resourceName, resourcePatternType: ResourcePatternTypes.MATCH });
  assert.deepEqual((await ofName('orders-eu')).resources[0]?.acls, [
    {
      principal: 'User:ada',
      host: '*',
      operation: AclOperationTypes.ALL,
      permissionType: AclPermissionTypes.ALLOW,
    },
  ]);
  assert.deepEqual((await ofName('invoices')).resources, []);
  const { filterResponses } = await admin.deleteAcls({ filters: [acl] });
  assert.equal(filterResponses[0]?.matchingAcls.length, 1);
  assert.equal(acls.rows.length, 0);
  await assert.rejects(admin.createAcls({ acl: [{ ...acl, principal: 'Group:staff' }] }), {
    type: 'INVALID_REQUEST',
  });
});

test('@platformatic/kafka sets a quota, which is enforced', async (t) => {
  const { address, port } = await startKafka(t, { onDisk: true });
  const admin = new Admin({ clientId: 'admin', bootstrapBrokers: [address], retries: 0 });
  cleanUpAfter(t, () => admin.close());
  const entities = [{ entityType: 'client-id', entityName: 'test' }] as never;
  await admin.alterClientQuotas({
    entries: [{ entities, ops: [{ key: 'producer_byte_rate', value: 100_000, remove: false }] }],
  });
  const described = await admin.describeClientQuotas({
    components: [{ entityType: 'client-id', matchType: 0, match: 'test' }] as never,
    strict: false,
  });
  assert.deepEqual(described[0]?.values, [{ key: 'producer_byte_rate', value: 100_000 }]);
  const client = await TestClient.connect(t, port);
  await client.ask('metadata', metadata(['a']));
  const beganMs = performance.now();
  const throttled = await client.ask(
    'produce',
    produce('a', { batch: testBatch({ payloadBytes: 130_000 }) }),
  );
  const throttleMs = throttled?.throttleTimeMs ?? -1;
  assert.ok(throttleMs >= 250 && throttleMs <= 400, `${throttleMs}`);
  await client.ask('metadata', metadata(['a']));
  assert.ok(performance.now() - beganMs >= 250, 'the connection is not served before');
});
