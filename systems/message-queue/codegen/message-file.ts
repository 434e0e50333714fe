// The file of one message: its types, its decoder, its encoder.

import { decoderOf } from './decoder.ts';
import { encoderOf } from './encoder.ts';
import { isNullable, isOptional, typeOf } from './field-type.ts';
import type { Field, MessageSchema, Struct } from './schema.ts';

export function messageFile(schema: MessageSchema): string {
  const { valid, flexible } = schema;
  const flexibleFrom = flexible.to < flexible.from ? 'none is flexible' : `flexible from ${flexible.from}`;
  const body = [
    ...schema.structs.toReversed().map((struct) => structType(struct, schema)),
    ...schema.structs.toReversed().map((struct) => decoderOf(struct, schema)),
    ...schema.structs.toReversed().map((struct) => encoderOf(struct, schema)),
  ].join('\n\n');
  return `// ${schema.name}, versions ${valid.from} to ${valid.to}, ${flexibleFrom}.
//
// Written by \`npm run kafka-messages\` from Apache Kafka's ${schema.name}.json (Apache License 2.0). Not to be edited.

${importsOf(body)}

${body}
`;
}

function structType(struct: Struct, schema: MessageSchema): string {
  const members = struct.fields.map((field) => `${comment(field)}readonly ${member(field, struct, schema)};`);
  return `export type ${struct.name} = {\n${members.join('\n')}\n};`;
}

function comment(field: Field): string {
  const about = field.about.replace(/\s+/g, ' ').trim();
  return about === '' ? '' : `/** ${about} */\n`;
}

function member(field: Field, struct: Struct, schema: MessageSchema): string {
  const isRecords = field.type === 'records';
  const type = `${typeOf(field)}${isNullable(field, struct) || isRecords ? ' | null' : ''}`;
  return isOptional(field, struct, schema) ? `${field.name}?: ${type} | undefined` : `${field.name}: ${type}`;
}

function importsOf(body: string): string {
  const used = (names: readonly string[]) => names.filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  const elements = [...new Set(body.match(/\b(?:read|write)[A-Z]\w+(?=, | : )/g) ?? [])].sort();
  const reads = elements.filter((name) => name.startsWith('read') && name !== 'readOnly');
  const writes = elements.filter((name) => name.startsWith('write'));
  const values = used(['noBytes', 'zeroUuid']);
  const types = used(['Records', 'Uuid']);
  return [
    `import { ${[...reads, 'type Reader'].join(', ')} } from '../wire/reader.ts';`,
    ...(values.length + types.length === 0
      ? []
      : [
          `import { ${[...values, ...types.map((name) => `type ${name}`)].join(', ')} } from '../wire/values.ts';`,
        ]),
    `import { ${[...writes, 'type Writer'].join(', ')} } from '../wire/writer.ts';`,
  ].join('\n');
}
