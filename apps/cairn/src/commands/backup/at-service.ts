// Runs a command on what Cairn's backup service knows of a repository beside its objects; no password is needed.

import { openServiceAdministration, type ServiceAdministration } from '@cairn/backup';
import { realWorld } from '@cairn/world';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { explained, repositoryUrl, requireAccessKey, warnOfSecret } from './with-repository.ts';

export function isAtService(url: string): boolean {
  return /^cairns?:/i.test(url);
}

/** `what` says, of a repository elsewhere, what only the service does. */
export async function atService<Result>(
  context: CommandContext,
  { repo, what }: { readonly repo: string | undefined; readonly what: string },
  work: (service: ServiceAdministration) => Promise<Result>,
): Promise<Result> {
  const url = repositoryUrl(context, repo);
  if (!isAtService(url)) {
    const message = `only a repository at Cairn's backup service (cairn://HOST/REPOSITORY) ${what}`;
    throw new CommandFailed('usage', message);
  }
  requireAccessKey(context, url);
  warnOfSecret(context, url);
  return explained(url, async () => {
    const service = await openServiceAdministration({ url, world: realWorld() });
    try {
      return await work(service);
    } finally {
      service.close();
    }
  });
}
