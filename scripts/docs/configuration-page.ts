// docs/configuration.md from the schemas: every key there is, with its variable, what it wants and its default.

import type { ConfigurationKey } from '@cairn/service';
import { generatedNotice } from './generated-notice.ts';

const introduction = `Each value comes from the first of these that has it: \`--set key=value\` (and the flags \`--data\`, \`--host\`), the
environment, the configuration file (\`--config\`, else \`cairn.config.ts\` in the working folder), the default here. An
unknown key is an error that names its nearest neighbour. \`cairn config\` prints what is in force and where it came from.

\`\`\`ts
// cairn.config.ts
export default { host: '127.0.0.1', 'object-storage': { s3: { port: 9000 } } };
\`\`\`

An engine may be another for one system: \`object-storage.engines.sql\` goes before \`engines.sql\`.

Credentials are not configuration: \`CAIRN_ROOT_ACCESS_KEY\`, \`CAIRN_ROOT_SECRET_KEY\`, \`CAIRN_ACCESS_KEY\`,
\`CAIRN_SECRET_KEY\`. \`CAIRN_SERVER\` tells commands where the server is; \`CAIRN_DATA\` gives the default of \`data\`.`;

export function configurationPage(keys: readonly ConfigurationKey[], systems: readonly string[]): string {
  const ownerOf = (key: string): string => systems.find((name) => key.startsWith(`${name}.`)) ?? '';
  const sections = ['', ...systems].map((owner) =>
    section(
      owner,
      // Every system has the same engines as the process: told once, in the introduction.
      keys.filter(({ key }) => ownerOf(key) === owner && !key.startsWith(`${owner}.engines.`)),
    ),
  );
  return ['# Configuration', generatedNotice, introduction, ...sections, ''].join('\n\n');
}

function section(owner: string, keys: readonly ConfigurationKey[]): string {
  const rows = keys.map(
    ({ key, variable, wanted, description, default: value }) =>
      `| \`${key}\` | \`${variable}\` | ${cell(wanted)} | ${defaultText(value)} | ${cell(description)} |`,
  );
  return [
    owner === '' ? '## The process' : `## ${owner}`,
    ['| key | variable | wants | default | what it does |', '| --- | --- | --- | --- | --- |', ...rows].join(
      '\n',
    ),
  ].join('\n\n');
}

function defaultText(value: unknown): string {
  return value === undefined ? '' : `\`${cell(typeof value === 'string' ? value : JSON.stringify(value))}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
