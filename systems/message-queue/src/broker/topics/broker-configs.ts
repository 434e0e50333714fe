// What is set of the broker while it runs (KIP-226), by the names that brokers have for it: for this broker, or for all of its
// cluster, which here is the same broker. Of a setting of topics counts, where the topic does not set it,
//
//   this broker's    the cluster's    what it was started with    the default
//
// The cluster always has `min.insync.replicas`, as with Kafka from 4.1 on (KIP-966), and no broker has its own.

import type { Telemetry } from '@cairn/telemetry';
import type { MetadataSql } from '../../metadata/store.ts';
import {
  definitionOf,
  type SettingDefinition,
  type SettingName,
  settingNames,
} from './setting-definitions.ts';
import { faultOfValue, type SettingTexts } from './topic-settings.ts';
import { TopicsError } from './topics-error.ts';

export type ConfigLevel = 'broker' | 'cluster';
export type ConfigLayer = ConfigLevel | 'started' | 'default';
/** What is set at a level, by the names of brokers. */
export type BrokerTexts = Readonly<Record<string, string>>;

const minInSync = 'min.insync.replicas';
const always: Readonly<Record<ConfigLevel, BrokerTexts>> = {
  broker: {},
  cluster: { [minInSync]: definitionOf(minInSync).default },
};
const rows = { broker: 'broker-configuration', cluster: 'cluster-configuration' } as const;

/** What a broker may be set to without an effect on topics, and only itself. */
const ownDefinitions: Readonly<Record<string, SettingDefinition>> = {
  'sasl.kerberos.min.time.before.relogin': {
    ...{ type: 'long', default: '60000', min: 0 },
    documentation: 'Accepted without effect: Kerberos is not offered.',
  },
};

const settingsByName: ReadonlyMap<string, SettingName> = new Map(
  settingNames.flatMap((setting) => {
    const { brokerName } = definitionOf(setting);
    return brokerName === undefined ? [] : [[brokerName, setting] as const];
  }),
);

/** Names of what can be set while the broker runs. */
export const alterableNames: readonly string[] = [...settingsByName.keys(), ...Object.keys(ownDefinitions)];

/** Undefined: it cannot be set while the broker runs. */
export function alterableDefinition(name: string): SettingDefinition | undefined {
  const setting = settingsByName.get(name);
  if (setting !== undefined) return definitionOf(setting);
  return Object.hasOwn(ownDefinitions, name) ? ownDefinitions[name] : undefined;
}

/** Throws TopicsError, with the codes that Kafka has for it. */
export function requireBrokerTexts(
  level: ConfigLevel,
  texts: Readonly<Record<string, string | null>>,
): BrokerTexts {
  const names = Object.keys(texts);
  const fixed = names.filter((name) => alterableDefinition(name) === undefined);
  if (fixed.length > 0)
    throw new TopicsError('INVALID_REQUEST', `Cannot update these configs dynamically: ${fixed.join(', ')}`);
  const own = names.filter((name) => level === 'cluster' && !settingsByName.has(name));
  if (own.length > 0)
    throw new TopicsError(
      'INVALID_REQUEST',
      `Cannot update these configs at default cluster level, broker id must be specified: ${own.join(', ')}`,
    );
  if (level === 'broker' && names.includes(minInSync))
    throw new TopicsError(
      'INVALID_CONFIG',
      `${minInSync} is the cluster's: it cannot be altered for a broker`,
    );
  for (const [name, value] of Object.entries(texts)) {
    const fault = value === null ? 'wanted is a value' : faultOfValue(alterableDefinition(name)!, value);
    if (fault !== undefined)
      throw new TopicsError('INVALID_REQUEST', `the configuration ${name} cannot be '${value}': ${fault}`);
  }
  return texts as BrokerTexts;
}

export type BrokerConfigsOptions = {
  readonly sql: MetadataSql;
  readonly log: Telemetry['log'];
  /** What the broker was started with, by the names of topics. */
  readonly started?: SettingTexts | undefined;
};

export class BrokerConfigs {
  readonly #options: BrokerConfigsOptions;
  readonly #texts: Record<ConfigLevel, BrokerTexts> = { broker: {}, cluster: {} };
  #defaults: SettingTexts = {};

  private constructor(options: BrokerConfigsOptions) {
    this.#options = options;
    this.#defaults = this.defaultsWith(this.#texts);
  }

  /** A row that is damaged sets nothing, until a repair has restored it. */
  static async open(options: BrokerConfigsOptions): Promise<BrokerConfigs> {
    const configs = new BrokerConfigs(options);
    for (const { name, value, isIntact } of await options.sql.read('listSettings', {}))
      for (const level of ['broker', 'cluster'] as const) {
        if (name !== rows[level]) continue;
        if (isIntact) configs.#keep(level, JSON.parse(value) as BrokerTexts);
        else
          options.log.error('what is set of the broker is not in force: its row is damaged', { row: name });
      }
    return configs;
  }

  /** What counts where a topic sets nothing, by the names of topics. */
  get defaults(): SettingTexts {
    return this.#defaults;
  }

  textsOf(level: ConfigLevel): BrokerTexts {
    return { ...always[level], ...this.#texts[level] };
  }

  /** What is always set at a level. */
  requiredOf(level: ConfigLevel): readonly string[] {
    return Object.keys(always[level]);
  }

  /** What `defaults` would be. */
  defaultsWith(change: Readonly<Partial<Record<ConfigLevel, BrokerTexts>>>): SettingTexts {
    const texts = { ...this.#texts, ...change };
    const merged = { ...always.cluster, ...texts.cluster, ...texts.broker };
    const alive = Object.entries(merged).flatMap(([name, value]) => {
      const setting = settingsByName.get(name);
      return setting === undefined ? [] : [[setting, value]];
    });
    return { ...this.#options.started, ...Object.fromEntries(alive) };
  }

  /** Where the value of a name of brokers may be from: the one in force first, the default last. */
  layersOf(name: string): readonly { readonly layer: ConfigLayer; readonly value: string }[] {
    const setting = settingsByName.get(name);
    const started = setting && this.#options.started?.[setting];
    const layers = [
      { layer: 'broker', value: this.textsOf('broker')[name] },
      { layer: 'cluster', value: this.textsOf('cluster')[name] },
      { layer: 'started', value: started },
      { layer: 'default', value: alterableDefinition(name)?.default },
    ] as const;
    return layers.flatMap(({ layer, value }) => (value === undefined ? [] : [{ layer, value }]));
  }

  /** Resolves when it is durable: it is in force then. */
  async put(level: ConfigLevel, texts: BrokerTexts): Promise<void> {
    const sorted = Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1));
    const value = sorted.length === 0 ? undefined : JSON.stringify(Object.fromEntries(sorted));
    await this.#options.sql.write('putSetting', { name: rows[level], value });
    this.#keep(level, texts);
  }

  #keep(level: ConfigLevel, texts: BrokerTexts): void {
    this.#texts[level] = texts;
    this.#defaults = this.defaultsWith({});
  }
}
