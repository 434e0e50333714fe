// All generated files by path below the root: one for each message, and the table of APIs.

import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiTable } from './api-table.ts';
import { fileName } from './file-name.ts';
import { messageFile } from './message-file.ts';
import { type MessageSchema, parseSchema } from './schema.ts';

export const messagesFolder = 'systems/message-queue/src/kafka/messages';

export function readSchemas(): readonly MessageSchema[] {
  return globSync('*.json', { cwd: join(import.meta.dirname, 'schemas') })
    .sort()
    .map((name) => parseSchema(readFileSync(join(import.meta.dirname, 'schemas', name), 'utf8')));
}

export function messageFiles(root: string): Readonly<Record<string, string>> {
  const schemas = readSchemas();
  const files = schemas.map((schema): [string, string] => [fileName(schema.name), messageFile(schema)]);
  return formatted(root, [...files, ['apis.ts', apiTable(schemas)]]);
}

/** All in one run of the formatter, in a folder of their own. */
function formatted(root: string, files: readonly [string, string][]): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-messages-'));
  try {
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
    const biome = join(root, 'node_modules/.bin/biome');
    const options = [`--config-path=${root}`, '--vcs-enabled=false'];
    execFileSync(biome, ['check', '--write', ...options, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    return Object.fromEntries(
      files.map(([name]) => [`${messagesFolder}/${name}`, readFileSync(join(folder, name), 'utf8')]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
