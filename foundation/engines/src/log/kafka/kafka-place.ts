// Where a cluster is, and how to be let in.
//
//   kafka://HOST[:PORT][,HOST[:PORT]...]     plain
//   kafkas://...                             TLS
//
// Brokers that are asked at first, on port 9092 unless it is said. Settings are put behind a `?`, with `&` between them:
//
//   idempotence=off   for a cluster that has no idempotent producers, or does not let us be one: a record may be there
//                     twice then, when an answer was lost
//   sni=on            for a cluster behind something that tells brokers apart by their names in TLS; all of them must
//                     have names, since Node refuses addresses there
//
// Credentials are never in the URL: they are given, or KAFKA_USERNAME, KAFKA_PASSWORD and KAFKA_SASL_MECHANISM of the
// environment; without a name nobody logs in.

import type { ConnectionOptions } from '@platformatic/kafka';
import {
  type LogCredentials,
  type OpenLogOptions,
  type SaslMechanism,
  saslMechanisms,
} from '../log-engine.ts';
import { LogError } from '../log-error.ts';

export type KafkaPlace = {
  readonly bootstrapBrokers: string[];
  readonly idempotent: boolean;
} & Pick<ConnectionOptions, 'sasl' | 'tls' | 'tlsServerName'>;

const broker = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:@/?#[\],]+)(?::\d{1,5})?$/;
const withoutIdempotence = 'idempotence=off';
const withServerName = 'sni=on';
const known: ReadonlySet<string> = new Set([withoutIdempotence, withServerName]);
const defaultPort = 9092;
const defaultMechanism = 'SCRAM-SHA-512' satisfies SaslMechanism;

/** Throws LogError `invalid-url`, which repeats nothing of a URL that may hold a secret. */
export function kafkaPlace({ url, credentials, authorities }: OpenLogOptions): KafkaPlace {
  const [, scheme, rest = ''] = /^(kafkas?):\/\/(.*)$/s.exec(url) ?? [];
  if (rest.includes('@')) throw invalid('credentials do not belong in it');
  const [hosts = '', query = ''] = rest.split('?', 2);
  const brokers = hosts.replace(/\/$/, '').split(',');
  if (scheme === undefined || !brokers.every((each) => broker.test(each)))
    throw invalid('wanted is kafka://HOST:PORT[,HOST:PORT...], or kafkas:');
  const settings = new Set(query.split('&').filter((setting) => setting !== ''));
  if (!settings.isSubsetOf(known)) throw invalid(`the settings are ${[...known].join(' and ')}`);
  const login = credentials ?? fromEnvironment();
  return {
    idempotent: !settings.has(withoutIdempotence),
    bootstrapBrokers: brokers.map((each) => (/:\d+$/.test(each) ? each : `${each}:${defaultPort}`)),
    ...(login !== undefined && {
      sasl: { ...login, mechanism: login.mechanism ?? defaultMechanism },
    }),
    ...(scheme === 'kafkas' && {
      tls: authorities === undefined ? {} : { ca: authorities },
      tlsServerName: settings.has(withServerName),
    }),
  };
}

function fromEnvironment(): LogCredentials | undefined {
  const { KAFKA_USERNAME: username, KAFKA_PASSWORD: password = '', KAFKA_SASL_MECHANISM: name } = process.env;
  if (username === undefined || username === '') return undefined;
  const mechanism = saslMechanisms.find((each) => each === name);
  if (name !== undefined && mechanism === undefined)
    throw invalid(`KAFKA_SASL_MECHANISM is none of ${saslMechanisms.join(', ')}`);
  return { username, password, mechanism };
}

function invalid(detail: string): LogError {
  return new LogError('invalid-url', { attempted: 'open a log in a Kafka cluster', detail });
}
