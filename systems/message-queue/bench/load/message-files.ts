// Files of messages for kcat, one a line: each is written once in a run, and removed at its end.

import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, removeFolder } from '../servers/temporary-folder.ts';

type Wanted = { readonly messages: number; readonly messageBytes: number };

const files = new Map<string, Promise<string>>();
let folder: Promise<string> | undefined;

export function messageFile(wanted: Wanted): Promise<string> {
  const name = `${wanted.messages}-of-${wanted.messageBytes}`;
  return files.getOrInsertComputed(name, () => write(name, wanted));
}

export async function removeMessageFiles(): Promise<void> {
  if (folder !== undefined) await removeFolder(await folder);
}

async function write(name: string, { messages, messageBytes }: Wanted): Promise<string> {
  folder ??= makeFolder('messages');
  const path = join(await folder, name);
  const line = `${'x'.repeat(messageBytes)}\n`;
  const linesAtOnce = Math.ceil(mebibyte / line.length);
  const file = await open(path, 'w');
  for (let left = messages; left > 0; left -= linesAtOnce)
    await file.writeFile(line.repeat(Math.min(left, linesAtOnce)));
  await file.close();
  return path;
}

const mebibyte = 1024 * 1024;
