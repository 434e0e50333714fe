// Writes a new system's skeleton into a repository and registers it. What it writes passes the whole gate as it is.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { registrations } from './register-system.ts';
import { InvalidSystemName, type SystemNames, systemNames } from './system-name.ts';

const templateFolder = join(import.meta.dirname, 'template');

/** Returns the paths that it wrote or changed. Throws InvalidSystemName, also when the system exists. */
export function writeSystem(root: string, name: string): readonly string[] {
  const names = systemNames(name);
  const folder = `systems/${name}`;
  if (existsSync(join(root, folder))) throw new InvalidSystemName(`could not make '${folder}': it exists`);
  const files = { ...skeletonFiles(root, names), ...registeredFiles(root, names) };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return Object.keys(files);
}

function skeletonFiles(root: string, names: SystemNames): Record<string, string> {
  const values = { ...names, zodVersion: zodVersionOf(root) };
  const templates = readdirSync(templateFolder, { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    templates
      .filter((path) => path.endsWith('.template'))
      .map((path) => [
        `systems/${names.name}/${filled(path.replace(/\.template$/, ''), values)}`,
        filled(readFileSync(join(templateFolder, path), 'utf8'), values),
      ]),
  );
}

function registeredFiles(root: string, names: SystemNames): Record<string, string> {
  return Object.fromEntries(
    registrations.map(({ path, edit }) => [path, edit(readFileSync(join(root, path), 'utf8'), names)]),
  );
}

/** The same as the rest of the house uses, so that there is one in node_modules. */
function zodVersionOf(root: string): string {
  return JSON.parse(readFileSync(join(root, 'foundation/service/package.json'), 'utf8')).dependencies.zod;
}

function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (placeholder, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`the template has an unknown placeholder ${placeholder}`);
    return value;
  });
}
