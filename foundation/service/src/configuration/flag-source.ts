// Flags, the last word: `--set system.key=value`, as often as one likes, and the few keys with a flag of their own.

import { type Assignment, type Assignments, assignText, dottedSpelling, isProblem } from './assignment.ts';
import type { ConfigurationProblem } from './configuration-error.ts';
import type { KeyNode } from './key-tree.ts';

export type ConfigurationFlags = {
  readonly data?: string | undefined;
  readonly host?: string | undefined;
  /** Each `system.key=value`; a later one wins. */
  readonly set?: readonly string[] | undefined;
};

export function assignmentsOfFlags(root: KeyNode, flags: ConfigurationFlags): Assignments {
  const assignments: Assignment[] = [];
  const problems: ConfigurationProblem[] = [];
  const assign = (key: string, text: string, origin: string): void => {
    const result = assignText(root, { segments: key.split('.'), text, origin }, dottedSpelling);
    if (isProblem(result)) problems.push(result);
    else assignments.push(result);
  };
  for (const setting of flags.set ?? []) {
    const equals = setting.indexOf('=');
    if (equals > 0) assign(setting.slice(0, equals), setting.slice(equals + 1), 'flag --set');
    else problems.push(malformed(setting));
  }
  if (flags.data !== undefined) assign('data', flags.data, 'flag --data');
  if (flags.host !== undefined) assign('host', flags.host, 'flag --host');
  return { assignments, problems };
}

function malformed(setting: string): ConfigurationProblem {
  const message = `could not read --set '${setting}': wanted is system.key=value, such as service.port=7001`;
  return { key: setting, origin: 'flag --set', message };
}
