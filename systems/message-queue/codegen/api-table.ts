// The table of APIs: which messages a key has, and in which versions.

import { fileName } from './file-name.ts';
import type { MessageSchema } from './schema.ts';

export function apiTable(schemas: readonly MessageSchema[]): string {
  const requests = schemas
    .filter((schema) => schema.kind === 'request')
    .toSorted((a, b) => (a.apiKey ?? 0) - (b.apiKey ?? 0));
  const imports = requests
    .map(({ name }) => [name, name.replace(/Request$/, 'Response')] as const)
    .flatMap(([request, response]) => [
      `import { decode${request} } from './${fileName(request)}';`,
      `import { encode${response} } from './${fileName(response)}';`,
    ]);
  const rows = requests.map(({ name, apiKey, valid, flexible }) => {
    const api = name.replace(/Request$/, '');
    const from = flexible.from <= flexible.to ? flexible.from : 'Number.POSITIVE_INFINITY';
    return `${api[0]!.toLowerCase()}${api.slice(1)}: {
      key: ${apiKey}, versionMin: ${valid.from}, versionMax: ${valid.to}, flexibleFrom: ${from},
      decodeRequest: decode${name}, encodeResponse: encode${api}Response,
    },`;
  });
  return `// Every API of Kafka that the broker knows, by name: its key, the versions of Kafka 4.3, and its codecs.
//
// Written by \`npm run kafka-messages\`. Not to be edited.

${imports.join('\n')}

export const apis = {
${rows.join('\n')}
} as const;
`;
}
