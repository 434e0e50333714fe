// Puts the configuration together: defaults, then the file, then the environment, then flags, each over those before;
// then validates every system's part. All problems are told at once.

import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { SystemDefinition } from '../system-definition.ts';
import type { Assignment, Assignments } from './assignment.ts';
import { ConfigurationError, type ConfigurationProblem } from './configuration-error.ts';
import { assignmentsOfEnvironment, type Environment } from './environment-source.ts';
import { assignmentsOfFile, readConfigurationFile } from './file-source.ts';
import { assignmentsOfFlags, type ConfigurationFlags } from './flag-source.ts';
import { type KeyGroup, type KeyLeaf, type KeyNode, keyTree, nodeAt } from './key-tree.ts';
import { describeWanted, quote } from './leaf-text.ts';
import { masked } from './masking.ts';
import {
  type EnginePort,
  type EngineUrls,
  enginesSchema,
  type Settings,
  settingsSchema,
} from './settings.ts';
import { fillGroups, newValueTree, setValue, type ValueTree, valueAt } from './value-tree.ts';

export type Configuration = {
  /** The settings, and under each system's name what its schema made of its part. */
  readonly values: Settings & { readonly [system: string]: unknown };
  /** Where each key's value came from, by dotted key; a key that is not here has its default. */
  readonly origins: ReadonlyMap<string, string>;
  /** `<system>.engines` of each system. */
  readonly systemEngines: ReadonlyMap<string, EngineUrls>;
};

export type LoadConfigurationOptions = {
  /** All systems there are, mounted or not: their keys are known. */
  readonly definitions: readonly SystemDefinition[];
  readonly environment?: Environment;
  readonly flags?: ConfigurationFlags;
  /** `--config FILE`; without it `cairn.config.ts` in `directory`, when there. */
  readonly file?: string | undefined;
  /** The process's working folder when absent. */
  readonly directory?: string;
};

/** Fails with ConfigurationError, which holds every problem found. */
export async function loadConfiguration(options: LoadConfigurationOptions): Promise<Configuration> {
  const { definitions, environment = {}, flags = {}, directory = process.cwd() } = options;
  const tree = configurationTree(definitions);
  const file = await readConfigurationFile({ file: options.file, directory });
  const sources = [
    defaultsOf(environment),
    ...(file === undefined ? [] : [assignmentsOfFile(tree, file)]),
    assignmentsOfEnvironment(tree, environment),
    assignmentsOfFlags(tree, flags),
  ];
  const given = merge(sources);
  fillGroups(given.tree, tree);
  return validate(definitions, { tree, given, problems: sources.flatMap((source) => source.problems) });
}

/** The engine's URL for a system's port: `<system>.engines.<port>`, else `engines.<port>`. */
export function engineUrl(
  configuration: Configuration,
  wanted: { readonly system: string; readonly port: EnginePort },
): string | undefined {
  const own = configuration.systemEngines.get(wanted.system)?.[wanted.port];
  return own ?? configuration.values.engines[wanted.port];
}

/** Settings and systems as one tree of keys. */
export function configurationTree(definitions: readonly SystemDefinition[]): KeyGroup {
  const settings = keyTree(settingsSchema);
  const engines = keyTree(enginesSchema);
  assert(settings.kind === 'group');
  const children = new Map(settings.children);
  for (const { name, config } of definitions) {
    assert(!children.has(name), `two definitions, or a setting, are called '${name}'`);
    const own = keyTree(config);
    assert(own.kind === 'group', `the configuration of '${name}' is not an object`);
    assert(
      !own.children.has('engines'),
      `the configuration of '${name}' has a key 'engines', which the shell owns`,
    );
    children.set(name, { ...own, children: new Map([...own.children, ['engines', engines]]) });
  }
  return { ...settings, children };
}

type Given = { readonly tree: ValueTree; readonly origins: ReadonlyMap<string, string> };

function defaultsOf(environment: Environment): Assignments {
  const data = environment.CAIRN_DATA;
  const assignments: Assignment[] = [];
  if (data !== undefined) assignments.push({ path: ['data'], value: data, origin: 'environment CAIRN_DATA' });
  return { assignments, problems: [] };
}

function merge(sources: readonly Assignments[]): Given {
  const tree = newValueTree();
  const origins = new Map<string, string>();
  for (const { path, value, origin } of sources.flatMap((source) => source.assignments)) {
    setValue(tree, path, value);
    origins.set(path.join('.'), origin);
  }
  return { tree, origins };
}

function validate(
  definitions: readonly SystemDefinition[],
  input: {
    readonly tree: KeyGroup;
    readonly given: Given;
    readonly problems: readonly ConfigurationProblem[];
  },
): Configuration {
  const problems = [...input.problems];
  const parse = <Output>(
    schema: z.ZodType<Output>,
    value: unknown,
    at: readonly string[],
  ): Output | undefined => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    problems.push(...result.error.issues.map((issue) => problemOf(issue, { ...input, at })));
    return undefined;
  };

  const { tree: all, origins } = input.given;
  const systems: Record<string, unknown> = {};
  const systemEngines = new Map<string, EngineUrls>();
  for (const { name, config } of definitions) {
    const { engines, ...own } = all[name] as ValueTree;
    systems[name] = parse(config, own, [name]);
    systemEngines.set(name, parse(enginesSchema, engines, [name, 'engines']) ?? {});
  }
  const names = new Set(definitions.map((definition) => definition.name));
  const ownSettings = Object.fromEntries(Object.entries(all).filter(([name]) => !names.has(name)));
  const settings = parse(settingsSchema, ownSettings, []);
  if (problems.length > 0 || settings === undefined) throw new ConfigurationError(problems);
  return { values: { ...systems, ...settings } as Configuration['values'], origins, systemEngines };
}

function problemOf(
  issue: z.core.$ZodIssue,
  input: { readonly tree: KeyNode; readonly given: Given; readonly at: readonly string[] },
): ConfigurationProblem {
  const path = [...input.at, ...issue.path.map(String)];
  const key = path.join('.');
  const node = nodeAt(input.tree, path);
  const origin = originOf(input.given.origins, path);
  const value = valueAt(input.given.tree, path);
  const wanted = issue.code !== 'custom' && node?.kind === 'leaf' ? wantedAt(node) : issue.message;
  const state = value === undefined ? 'is not set' : `is ${quote(masked(value, node))}`;
  return { key, origin, message: `'${key}' ${state} (${origin}): wanted is ${wanted}` };
}

function wantedAt({ schema }: KeyLeaf): string {
  const description = schema.description === undefined ? '' : ` (${schema.description})`;
  return `${describeWanted(schema)}${description}`;
}

/** That of the key, or of the value that it lies in. */
function originOf(origins: ReadonlyMap<string, string>, path: readonly string[]): string {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(path.slice(0, length).join('.'));
    if (origin !== undefined) return origin;
  }
  return 'default';
}
