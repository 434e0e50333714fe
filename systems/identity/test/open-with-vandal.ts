// An identity for a test whose database someone else can change as well.

import { openSql } from '@cairn/engines';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { openIdentity } from '../src/core/open-identity.ts';
import { openTestIdentity } from './open-test-identity.ts';
import tamperingStore from './tampering-store.ts';

/** `reopen` opens identity once more, remembering nothing. */
export async function openWithVandal(t: TestContext) {
  const directory = await temporaryDirectory(t);
  const opened = await openTestIdentity(t, { directory });
  const url = `file:${directory}/identity.sqlite`;
  const vandal = await openSql(tamperingStore, { url, world: opened.options.world });
  t.after(() => vandal.close());
  return { ...opened, vandal, reopen: () => openIdentity(opened.options) };
}
