// The type of `cairn.config.ts`. The shell knows no systems, so the app says which there are and what each takes:
//
//   export const defineConfig = defineConfigOf<{ 'object-storage': ObjectStorageConfig; identity: IdentityConfig }>();
//   export default defineConfig({ host: '127.0.0.1', 'object-storage': { s3: { port: 9000 } } });

import type { DeepPartial, EngineUrls, SettingsInput } from './settings.ts';

export type ConfigurationInput<Systems extends object> = SettingsInput & {
  readonly [Name in keyof Systems]?: DeepPartial<Systems[Name]> & { readonly engines?: EngineUrls };
};

/** Types a configuration file for a set of systems; at run time it hands back what it is given. */
export function defineConfigOf<Systems extends object>() {
  return (configuration: ConfigurationInput<Systems>): ConfigurationInput<Systems> => configuration;
}

/** The same for any systems: settings are checked by the compiler, systems' keys at start. */
export const defineConfig = defineConfigOf<Record<string, object>>();
