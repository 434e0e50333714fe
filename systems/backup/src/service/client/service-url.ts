// URLs of repositories at the service: `cairn://HOST[:7000]/REPOSITORY`, `cairns://` with TLS. Credentials never are in it.

import { BlobsError } from '@cairn/engines/blobs';
import { repositoryName } from '../repositories/repository-name.ts';

export type ServicePlace = {
  /** `http://HOST:PORT` */
  readonly origin: string;
  readonly repository: string;
};

const portDefault = 7000;

/** Throws `BlobsError` `invalid-url`. */
export function parseServiceUrl(text: string): ServicePlace {
  const [, scheme, rest = ''] = /^(cairns?):\/\/(.+)$/.exec(text) ?? [];
  const protocol = scheme === 'cairns' ? 'https' : 'http';
  const url = URL.canParse(`${protocol}://${rest}`) ? new URL(`${protocol}://${rest}`) : undefined;
  if (scheme === undefined || url === undefined) throw invalid(wanted);
  if (url.username !== '' || url.password !== '') {
    throw invalid('it holds credentials, which belong into CAIRN_ACCESS_KEY and CAIRN_SECRET_KEY');
  }
  if (url.search !== '' || url.hash !== '') throw invalid(wanted);
  const repository = url.pathname.slice(1).replace(/\/$/, '');
  if (!repositoryName.test(repository))
    throw invalid(`'${repository}' is no name of a repository; ${wanted}`);
  // Not `url.port`, which leaves out the port that is usual for HTTP.
  const port = /:(\d+)(?:\/|$)/.exec(rest.replace(/^\[[^\]]*\]/, ''))?.[1] ?? portDefault;
  return { origin: `${protocol}://${url.hostname}:${port}`, repository };
}

function invalid(detail: string): BlobsError {
  return new BlobsError('invalid-url', { attempted: 'open a repository of the backup service', detail });
}

const wanted = 'wanted is cairn://HOST[:7000]/REPOSITORY, or cairns:// for TLS';
