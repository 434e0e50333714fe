// Which backup service this is: several may keep their agents' reports in one database, each of its own repositories, which
// may be called alike. The id lies in the folder that the repositories' documents are in, and goes where it goes.

import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { z } from 'zod';
import { DurableDocument } from '../index/durable-document.ts';

const idBytes = 16;

/** Made when there is none, or when what is there is damaged: then agents report anew after their next run. */
export async function serviceId(options: {
  readonly world: World;
  readonly directory: string;
  readonly telemetry: Pick<Telemetry, 'log'>;
}): Promise<string> {
  const { world, directory, telemetry } = options;
  const schema = z.strictObject({ id: z.string().min(1) });
  const document = new DurableDocument({ world, directory, file: 'service.json', schema });
  const found = await document.readOrRemove((error) =>
    telemetry.log.error('the id of the backup service is damaged, and made anew', { error }),
  );
  if (found !== undefined) return found.id;
  const id = Buffer.from(world.random.bytes(idBytes)).toString('hex');
  await document.write({ id });
  return id;
}
