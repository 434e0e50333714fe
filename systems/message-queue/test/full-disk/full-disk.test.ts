// A real file system that runs full: a small one in memory, in a namespace of its own that vanishes with its process, so
// that no root is needed and nothing is left behind.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findProgram, temporaryDirectory, userNamespace, withoutUserNamespaces } from '@cairn/testing';

const run = promisify(execFile);

const unshare = findProgram('unshare');
const withoutNamespaces = await withoutUserNamespaces();

for (const [name, file] of [
  [
    'on a full disk producers are told to try again, consumers go on, and with room all go on',
    'fill-disk.ts',
  ],
  ['so it is in each of a hundred partitions that fill it at once', 'fill-partitions.ts'],
  [
    'regression: where others fill it to the last byte a start works, what is there is read, and removing makes room',
    'filled-by-others.ts',
  ],
  ['what is kept free lets retention, deletion and a start find the room to make room', 'make-room.ts'],
] as const)
  test(name, { skip: withoutNamespaces }, async (t) => {
    const directory = await temporaryDirectory(t);
    const script = fileURLToPath(new URL(`./${file}`, import.meta.url));
    const line = 'mount -t tmpfs -o size=96m tmpfs "$0" && exec "$1" "$2" "$0"';
    const command = ['sh', '-c', line, directory, process.execPath, script];
    const { stdout } = await run(unshare!, [...userNamespace, ...command]);
    assert.match(stdout, /^stored \d+, then \d+\n$/);
  });
