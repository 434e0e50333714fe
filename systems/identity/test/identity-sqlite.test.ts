// Identity on the embedded engine. All tests share one database and find it empty: starting the engine's threads takes
// longer than a test.

import { after } from 'node:test';
import { openSql } from '@cairn/engines';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import identityStore from '../src/store/store.ts';
import { groupsSuite } from './groups-suite.ts';
import { identitySuite } from './identity-suite.ts';
import { openIdProvidersSuite } from './open-id-providers-suite.ts';
import { openTestIdentity, type TestOptions } from './open-test-identity.ts';
import { policyVersionsSuite } from './policy-versions-suite.ts';
import { rolesSuite } from './roles-suite.ts';
import tamperingStore from './tampering-store.ts';

const directory = await temporaryDirectory({ after });
const engine = { url: `file:${directory}/identity.sqlite`, world: realWorld() };
const sql = await openSql(identityStore, engine);
const tampering = await openSql(tamperingStore, engine);
after(async () => {
  await sql.close();
  await tampering.close();
});

const open = async (t: TestContext, options: TestOptions = {}) => {
  await tampering.write('wipe', {});
  return openTestIdentity(t, { ...options, sql });
};

identitySuite('SQLite', open);
rolesSuite('SQLite', open);
groupsSuite('SQLite', open);
openIdProvidersSuite('SQLite', open);
policyVersionsSuite('SQLite', open);
