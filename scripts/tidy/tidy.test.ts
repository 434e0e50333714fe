// The rules of the house, run on this repository. What each rule means and that it fires is tested beside it.

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { checkAnatomy, checkManifests } from './anatomy.ts';
import { checkCycles } from './cycles.ts';
import { checkDeclaredAreUsed, checkUsedAreDeclared } from './dependencies.ts';
import { checkLayers, checkUseTable } from './layers.ts';
import { checkLinks } from './links.ts';
import { checkLockFile, checkPortability } from './portability.ts';
import { checkDependencyLines, checkFirstCommands, checkReadmeLength, checkSystemsTable } from './readmes.ts';
import { checkErrorCodes, checkMetrics } from './reference.ts';
import { describeViolations, type Rule, readRepository } from './repository.ts';
import {
  checkDepth,
  checkEarlyTests,
  checkLeftovers,
  checkNames,
  checkOpening,
  checkSkips,
} from './source-files.ts';

const rules: Readonly<Record<string, Rule>> = {
  'the table of who may use whom names every package and never points up': checkUseTable,
  'imports point down, and sideways only where the table says so': checkLayers,
  'what a package imports it declares': checkUsedAreDeclared,
  'what a package declares it uses': checkDeclaredAreUsed,
  'no file imports itself through others': checkCycles,
  'files are named after concepts': checkNames,
  'sources lie at most two folders below src': checkDepth,
  'every source file opens with a comment': checkOpening,
  'nothing is left to be done later': checkLeftovers,
  'no test is narrowed by hand': checkSkips,
  'early tests run': checkEarlyTests,
  'nothing names a machine or a registry': checkPortability,
  'the lock file records no download address': checkLockFile,
  'every system has the anatomy of a system': checkAnatomy,
  'every manifest has the same form': checkManifests,
  'links of documents lead somewhere': checkLinks,
  'READMEs of packages are short': checkReadmeLength,
  'every dependency has its line in a README': checkDependencyLines,
  'README lists every system': checkSystemsTable,
  'README opens with the two commands': checkFirstCommands,
  'every error code of a system is explained': checkErrorCodes,
  'every metric is documented': checkMetrics,
};

const repository = readRepository(resolve(import.meta.dirname, '../..'));

for (const [name, rule] of Object.entries(rules)) {
  test(name, () => {
    const violations = rule(repository);
    assert.ok(violations.length === 0, `\n${describeViolations(violations)}`);
  });
}
