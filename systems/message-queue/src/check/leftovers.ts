// Files whose making a crash cut short: they hold nothing, under names that nothing reads.

import type { World } from '@cairn/world';

export async function leftoversOf({ disk }: World, directory: string): Promise<readonly string[]> {
  return (await disk.list(directory)).filter((name) =>
    /^(\d{12}(-\d+)?\.(segment|index|batches)|checkpoint(\.second)?|segments|remote)\.new$/.test(name),
  );
}
