// The code that writes a struct. A field that a version lacks is left out; if it is not ignorable and says something, the
// message cannot be sent in that version, which is a mistake of the caller.

import { elementCodec, flexibleText } from './decoder.ts';
import { defaultOf, isNullable, isOptional } from './field-type.ts';
import type { Field, MessageSchema, Struct } from './schema.ts';
import { conditionOf, intersect, isEmpty, without } from './version-range.ts';

export function encoderOf(struct: Struct, schema: MessageSchema): string {
  const flexible = conditionOf(schema.flexible, struct.valid);
  const lines = [
    ...(typeof flexible === 'string' ? [`const flexible = ${flexible};`] : []),
    ...struct.fields.flatMap((field) => writeField(field, struct, schema, flexibleText(flexible))),
    ...writeTags(struct, schema, flexible),
  ];
  const version = lines.some((line) => /\bversion\b/.test(line)) ? 'version' : '_version';
  const message = lines.some((line) => /\bmessage\b/.test(line)) ? 'message' : '_message';
  const exported = struct === schema.root ? 'export ' : '';
  return `${exported}function encode${struct.name}(writer: Writer, ${message}: ${struct.name}, ${version}: number): void {\n${lines.join('\n')}\n}`;
}

/** The member, with its default where it may be left out. */
function memberOf(field: Field, struct: Struct, schema: MessageSchema): string {
  const member = `message.${field.name}`;
  const fallback = defaultOf(field, struct);
  if (!isOptional(field, struct, schema) || fallback === 'undefined') return member;
  // A null that is said is not one that was left out.
  const isSaid = isNullable(field, struct) && fallback !== 'null';
  return isSaid ? `(${member} === undefined ? ${fallback} : ${member})` : `(${member} ?? ${fallback})`;
}

function writeField(
  field: Field,
  struct: Struct,
  schema: MessageSchema,
  flexible: string,
): readonly string[] {
  const inPlace = without(field.versions, field.tagged);
  const condition = conditionOf(inPlace, struct.valid);
  const write = writeValue(field, struct, { value: memberOf(field, struct, schema), flexible });
  if (condition === true) return [write];
  const anywhere = conditionOf(field.versions, struct.valid);
  const refuse =
    field.ignorable || anywhere === true
      ? []
      : [
          `if (!(${anywhere}) && ${saysSomething(field, struct)}) writer.refuse('${struct.name}.${field.name}', version);`,
        ];
  return condition === false ? refuse : [`if (${condition}) ${write}`, ...refuse];
}

function saysSomething(field: Field, struct: Struct): string {
  const member = `message.${field.name}`;
  if (field.isArray) return `(${member}?.length ?? 0) > 0`;
  if (field.isStruct) return `${member} !== undefined`;
  if (field.type === 'bytes' || field.type === 'records') return `(${member}?.length ?? 0) > 0`;
  const fallback = defaultOf(field, struct);
  return `(${member} ?? ${fallback}) !== ${fallback}`;
}

function writeValue(field: Field, struct: Struct, how: { value: string; flexible: string }): string {
  const form = field.neverFlexible ? 'false' : how.flexible;
  const range = intersect(field.versions, struct.valid);
  const nullable = conditionOf(field.nullable, range);
  if (nullable === false || field.type === 'records') return `${writeCall(field, form, how.value, '')};`;
  const written = `${writeCall(field, form, how.value, 'nullable')};`;
  if (nullable === true) return written;
  return `{\nif (${how.value} === null && !(${nullable})) writer.refuse('${struct.name}.${field.name}', version);\n${written}\n}`;
}

function writeCall(field: Field, flexible: string, value: string, nullable: '' | 'nullable'): string {
  const method = (name: string) =>
    nullable === '' ? `writer.${name}` : `writer.nullable${name[0]!.toUpperCase()}${name.slice(1)}`;
  if (field.isArray) {
    const element = field.isStruct ? `encode${field.type}` : elementCodec('write', field.type, flexible);
    return `${method('array')}(${flexible}, ${value}, ${element}, version)`;
  }
  if (field.isStruct) {
    return nullable === ''
      ? `encode${field.type}(writer, ${value}, version)`
      : `writer.nullableStruct(${value}, encode${field.type}, version)`;
  }
  if (field.type === 'records') return `writer.nullableRecords(${flexible}, ${value})`;
  const takesForm = ['string', 'bytes'].includes(field.type);
  return `${method(field.type)}(${takesForm ? `${flexible}, ` : ''}${value})`;
}

function writeTags(struct: Struct, schema: MessageSchema, flexible: string | boolean): readonly string[] {
  if (flexible === false) return [];
  const tagged = struct.fields.filter((field) => !isEmpty(intersect(field.tagged, struct.valid)));
  const guard = (code: string) => (flexible === true ? code : `if (flexible) ${code}`);
  if (tagged.length === 0) return [guard('writer.noTaggedFields();')];
  const fields = tagged
    .toSorted((a, b) => (a.tag ?? 0) - (b.tag ?? 0))
    .map((field) => writeTag(field, struct, schema));
  return [guard(`writer.taggedFields((tags) => {\n${fields.join('\n')}\n});`)];
}

function writeTag(field: Field, struct: Struct, schema: MessageSchema): string {
  const { name, tag } = field;
  const within = conditionOf(field.tagged, struct.valid);
  const conditions = [
    ...(typeof within === 'string' ? [within] : []),
    ...(isNullable(field, struct) && defaultOf(field, struct) !== 'null' ? [`${name} !== null`] : []),
    saysSomething(field, struct).replaceAll(`message.${name}`, name),
  ];
  const write = writeValue(field, struct, { value: name, flexible: 'true' });
  return `const ${name} = ${memberOf(field, struct, schema)};
if (${conditions.join(' && ')}) tags.field(${tag}, (writer) => { ${write} });`;
}
