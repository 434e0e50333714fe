import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessNeeded, contentHashOf, type ObjectRequest, sessionOf } from './object-rules.ts';

const own = '0'.repeat(32);
const other = '1'.repeat(32);
const hash = 'ab'.repeat(32);
const owns = (id: string) => id === own;
const access = (operation: ObjectRequest['operation'], name: string, ifAbsent = false) =>
  accessNeeded({ operation, name, ifAbsent }, owns);

test('who may only append adds packs, index objects, sessions, and the commit of a session of its own', () => {
  for (const name of [
    `packs/ab/${hash}`,
    `index/${hash}`,
    `sessions/${own}`,
    `sessions/${other}`,
    `snapshots/${own}`,
    `tombstones/${own}`,
  ]) {
    assert.equal(access('put', name, true), 'append', name);
    assert.equal(access('put', name, false), 'put', `${name}, over what is there`);
  }
  assert.equal(access('put', `sessions/${own}.alive`), 'append');
  assert.equal(access('delete', `sessions/${own}`), 'append');
  assert.equal(access('delete', `sessions/${own}.alive`), 'append');
});

test('nothing else is appending', () => {
  for (const name of [
    'config',
    'config.copy',
    'keyring',
    'keyring.copy',
    'keyring.2.copy',
    `keys/${own}`,
    `condemned/${own}`,
    `condemned/${own}.waits`,
    `verdicts/${own}`,
    `snapshots/${other}`,
    `tombstones/${other}`,
    `sessions/${other}.alive`,
    `packs/ac/${hash}`,
    `packs/ab/${hash}x`,
    `packs/ab/${hash.toUpperCase()}`,
    `snapshots/${own}/x`,
    `sessions/${own}.alive.alive`,
    'anything',
  ]) {
    assert.equal(access('put', name, true), 'put', name);
    assert.equal(access('put', name, false), 'put', name);
  }
  for (const name of [
    'config',
    'config.copy',
    'keyring.copy',
    `packs/ab/${hash}`,
    `index/${hash}`,
    `snapshots/${own}`,
    `tombstones/${own}`,
    `sessions/${other}`,
    `sessions/${other}.alive`,
    `keys/${own}`,
  ]) {
    assert.equal(access('delete', name), 'delete', name);
  }
});

test('names say whose hash and whose session they are', () => {
  assert.equal(contentHashOf(`packs/ab/${hash}`), hash);
  assert.equal(contentHashOf(`index/${hash}`), hash);
  assert.equal(contentHashOf(`snapshots/${own}`), undefined);
  assert.equal(sessionOf(`sessions/${own}`), own);
  assert.equal(sessionOf(`sessions/${own}.alive`), own);
  assert.equal(sessionOf(`sessions/${own}.dead`), undefined);
});
