// The first source above the defaults: `cairn.config.ts`, a module whose default export is the configuration.

import { access } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { reasonOf } from '../unusable-start.ts';
import { type Assignment, type Assignments, dottedSpelling, unknownAt } from './assignment.ts';
import { ConfigurationError, type ConfigurationProblem } from './configuration-error.ts';
import { childOf, type KeyNode } from './key-tree.ts';
import { quote } from './leaf-text.ts';

const configurationFileName = 'cairn.config.ts';

/**
 * The file's default export; undefined when no file was named and the folder has none.
 * Fails with ConfigurationError when it cannot be loaded.
 */
export async function readConfigurationFile(options: {
  readonly file: string | undefined;
  readonly directory: string;
}): Promise<{ readonly value: unknown; readonly origin: string } | undefined> {
  const file = path.resolve(options.directory, options.file ?? configurationFileName);
  if (!(await exists(file))) {
    if (options.file === undefined) return undefined;
    throw fileError(file, 'there is no such file');
  }
  const module = await importModule(file);
  if (module.default === undefined)
    throw fileError(file, 'it has no default export; wanted is defineConfig({ ... })');
  return { value: module.default, origin: file };
}

/** Every key that the file sets, checked against the tree. */
export function assignmentsOfFile(
  root: KeyNode,
  file: { readonly value: unknown; readonly origin: string },
): Assignments {
  const assignments: Assignment[] = [];
  const problems: ConfigurationProblem[] = [];
  const visit = (node: KeyNode, value: unknown, at: readonly string[]): void => {
    if (value === undefined) return;
    if (node.kind === 'leaf') {
      assignments.push({ path: at, value, origin: file.origin });
      return;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      problems.push(notAGroup(at, value, file.origin));
      return;
    }
    for (const [name, entry] of Object.entries(value)) {
      const child = childOf(node, name);
      const key = [...at, name].join('.');
      if (child !== undefined) visit(child, entry, [...at, name]);
      else problems.push(unknownAt(root, { path: at, key, origin: file.origin, spelling: dottedSpelling }));
    }
  };
  visit(root, file.value, []);
  return { assignments, problems };
}

function notAGroup(at: readonly string[], value: unknown, origin: string): ConfigurationProblem {
  const key = at.join('.');
  const name = key === '' ? 'the configuration' : `'${key}'`;
  return {
    key,
    origin,
    message: `${name} is ${quote(value)} (${origin}): wanted is an object with its keys`,
  };
}

async function importModule(file: string): Promise<{ readonly default?: unknown }> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    throw fileError(file, reasonOf(error), error);
  }
}

function fileError(file: string, reason: string, cause?: unknown): ConfigurationError {
  const message = `could not load configuration file ${file}: ${reason}`;
  return new ConfigurationError([{ key: '', origin: file, message }], { cause });
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
