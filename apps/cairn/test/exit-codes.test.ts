// The exit codes of the command are those of the service shell, whose errors are told by name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigurationError, UnusableStart, unusableStartExitCodes } from '@cairn/service';
import { exitCodeOf, exitCodes } from '../src/exit-codes.ts';

test('a start that fails has the exit code that the service shell gives it', () => {
  for (const [code, exitCode] of Object.entries(unusableStartExitCodes)) {
    const error = new UnusableStart(code as keyof typeof unusableStartExitCodes, 'a start failed');
    assert.equal(exitCodeOf(error), exitCode, code);
    if (code in exitCodes) assert.equal(exitCodes[code as keyof typeof exitCodes].code, exitCode, code);
  }
});

test('a wrong configuration is wrong usage', () => {
  assert.equal(exitCodeOf(new ConfigurationError([])), exitCodes.usage.code);
});
