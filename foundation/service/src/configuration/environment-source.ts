// `CAIRN_*` variables: upper snake case, `__` between levels.
//
//   CAIRN_OBJECT_STORAGE__S3__PORT                  object-storage.s3.port
//   CAIRN_OBJECT_STORAGE__LIFECYCLE__DAY_SECONDS    object-storage.lifecycle.daySeconds
//   CAIRN_OBJECT_STORAGE__WEBHOOKS__THUMB_NAIL      object-storage.webhooks.thumbNail     (names of a map's entries)

import { type Assignment, type Assignments, assignText, isProblem, type Spelling } from './assignment.ts';
import type { ConfigurationProblem } from './configuration-error.ts';
import type { KeyGroup, KeyNode } from './key-tree.ts';

/** Variables of commands: where a server is and who asks. CAIRN_DATA gives the default of `data`, below the file. */
const commandVariables = new Set(['CAIRN_ACCESS_KEY', 'CAIRN_SECRET_KEY', 'CAIRN_SERVER', 'CAIRN_DATA']);
/** Credentials; `__` behind the name would make it a system's key. */
const credentialVariables = /^CAIRN_(ROOT|BACKUP)_(?!_)/;

export type Environment = Readonly<Record<string, string | undefined>>;

export function assignmentsOfEnvironment(root: KeyNode, environment: Environment): Assignments {
  const assignments: Assignment[] = [];
  const problems: ConfigurationProblem[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !isConfiguration(variable)) continue;
    const segments = variable.slice('CAIRN_'.length).split('__');
    const origin = `environment ${variable}`;
    const result = assignText(root, { segments, text, origin }, variableSpelling);
    if (isProblem(result)) problems.push(result);
    else assignments.push(result);
  }
  return { assignments, problems };
}

/** The variable that sets a key. */
export function variableOf(path: readonly string[]): string {
  return variableSpelling.spell(path);
}

function isConfiguration(variable: string): boolean {
  return (
    variable.startsWith('CAIRN_') && !commandVariables.has(variable) && !credentialVariables.test(variable)
  );
}

const variableSpelling: Spelling = {
  spell: (path) => `CAIRN_${path.map(upperSnake).join('__')}`,
  match: (group: KeyGroup, segment: string) => {
    for (const [name, node] of group.children) {
      if (upperSnake(name) === segment) return { name, node };
    }
    if (group.entries === undefined || segment === '') return undefined;
    return { name: camelCase(segment), node: group.entries };
  },
};

function upperSnake(name: string): string {
  return name
    .replaceAll('-', '_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase();
}

function camelCase(segment: string): string {
  return segment.toLowerCase().replaceAll(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
