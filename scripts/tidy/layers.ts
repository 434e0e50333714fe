// Imports point down only: apps -> systems -> foundation, and sideways only where docs/architecture.md says so, in the
// table whose heading is `| package | may use |`. A package is imported by its name, so through its
// src/index.ts, or by the name of another entry of its manifest.

import { importsOf, isRelative, packageNameOf, resolveRelative } from './imports.ts';
import { isTestOrBench, layers, type Package, packageOf, packagesOf } from './packages.ts';
import { type Repository, sourcesOf, type Violation } from './repository.ts';

const architecturePath = 'docs/architecture.md';
const testKits = ['foundation/testing', 'foundation/bench'];

/** Package folder -> package folders that it may use. */
export type UseTable = ReadonlyMap<string, readonly string[]>;

export function readUseTable(architecture: string): UseTable {
  const table = new Map<string, readonly string[]>();
  const lines = architecture.split('\n');
  const heading = lines.findIndex((line) => /^\|\s*package\s*\|\s*may use\s*\|/.test(line));
  if (heading === -1) return table;
  for (const line of lines.slice(heading + 2)) {
    const [, name = '', uses = ''] = line.split('|');
    if (!line.startsWith('|')) break;
    table.set(unquoted(name), uses.split(',').map(unquoted).filter(Boolean));
  }
  return table;
}

function unquoted(cell: string): string {
  return cell.replaceAll('`', '').trim();
}

/** The table names every package and nothing else, and never points up. */
export function checkUseTable(repository: Repository): readonly Violation[] {
  const folders = packagesOf(repository).map(({ folder }) => folder);
  const table = readUseTable(repository.get(architecturePath) ?? '');
  const broken: string[] = [];
  for (const folder of folders) if (!table.has(folder)) broken.push(`the table lacks a row for ${folder}`);
  for (const [folder, uses] of table) {
    if (!folders.includes(folder)) broken.push(`the table names ${folder}, which is no package`);
    for (const used of uses) {
      if (!folders.includes(used)) broken.push(`${folder} may use ${used}, which is no package`);
      if (layerIndex(used) > layerIndex(folder)) broken.push(`${folder} may not use ${used}: it lies above`);
    }
  }
  return broken.map((message) => ({ path: architecturePath, message }));
}

function layerIndex(folder: string): number {
  return layers.indexOf(folder.split('/')[0] as (typeof layers)[number]);
}

export function checkLayers(repository: Repository): readonly Violation[] {
  const packages = packagesOf(repository);
  const table = readUseTable(repository.get(architecturePath) ?? '');
  const violations: Violation[] = [];
  for (const [path, text] of sourcesOf(repository)) {
    const from = packageOf(path, packages);
    for (const { specifier, line, typeOnly } of importsOf(text)) {
      const message = isRelative(specifier)
        ? relativeFault(path, specifier, packages)
        : from && packageFault({ path, from, specifier, typeOnly, packages, table });
      if (message !== undefined) violations.push({ path, line, message });
    }
  }
  return violations;
}

function relativeFault(path: string, specifier: string, packages: readonly Package[]): string | undefined {
  const target = packageOf(resolveRelative(path, specifier), packages);
  if (target === undefined || target === packageOf(path, packages)) return undefined;
  return `'${specifier}' reaches into ${target.folder}: import '${target.name}' instead`;
}

function packageFault(options: {
  path: string;
  from: Package;
  specifier: string;
  typeOnly: boolean;
  packages: readonly Package[];
  table: UseTable;
}): string | undefined {
  const { path, from, specifier, typeOnly, packages, table } = options;
  const target = packages.find(({ name }) => name === packageNameOf(specifier));
  if (target === undefined || target === from) return undefined;
  if (!target.entries.includes(specifier))
    return `'${specifier}' reaches into ${target.folder}: import '${target.name}'`;
  if (/\/simulated$/.test(specifier) && !typeOnly && !isTestOrBench(path))
    return `'${specifier}' is for tests: a program that imports it loads it`;
  if (isTestOrBench(path) && testKits.includes(target.folder)) return undefined;
  if (table.get(from.folder)?.includes(target.folder)) return undefined;
  return `${from.folder} may not use ${target.folder}: ${architecturePath} does not list it`;
}
