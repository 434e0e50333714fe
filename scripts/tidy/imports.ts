// What a source file imports. The formatter leaves one shape for an import, so a pattern is enough where a parser would
// otherwise be needed; examples in comments never stand at the start of a line without their `//`.

import { builtinModules } from 'node:module';
import { lineAt } from './repository.ts';

export type Import = {
  readonly specifier: string;
  readonly line: number;
  /** `import type` and `export type`: gone when the program runs. */
  readonly typeOnly: boolean;
};

const patterns = [
  /^(?:import|export)\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|(?:\w+\s*,\s*)?\{[^}]*\}|\w+)\s+from\s+'([^']+)'/gm,
  /^import\s+'([^']+)'/gm,
  /^[^/\n]*\bimport\(\s*'([^']+)'/gm,
  /\bnew URL\(\s*'(\.[^']+\.ts)',\s*import\.meta\.url/gm,
];

export function importsOf(text: string): readonly Import[] {
  return patterns
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .map((match) => ({
      specifier: match[1]!,
      line: lineAt(text, match.index),
      typeOnly: /^(?:import|export)\s+type\s/.test(match[0]),
    }))
    .sort((a, b) => a.line - b.line);
}

export function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

export function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

/** `@scope/name/deep/file.js` is of the package `@scope/name`. */
export function packageNameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The path from the root that a relative import in `path` points to. */
export function resolveRelative(path: string, specifier: string): string {
  const parts = path.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
