// The code that reads a struct: each field in its place in the versions that have it, then the tagged ones.

import { defaultOf, isAlways } from './field-type.ts';
import type { Field, MessageSchema, Struct } from './schema.ts';
import { conditionOf, intersect, isEmpty, without } from './version-range.ts';

export function decoderOf(struct: Struct, schema: MessageSchema): string {
  const flexible = conditionOf(schema.flexible, struct.valid);
  const lines = [
    ...(typeof flexible === 'string' ? [`const flexible = ${flexible};`] : []),
    ...struct.fields.flatMap((field) => readField(field, struct, flexibleText(flexible))),
    ...readTags(struct, flexible),
    `return { ${struct.fields.map((field) => field.name).join(', ')} };`,
  ];
  const version = lines.some((line) => /\bversion\b/.test(line)) ? 'version' : '_version';
  const exported = struct === schema.root ? 'export ' : '';
  return `${exported}function decode${struct.name}(reader: Reader, ${version}: number): ${struct.name} {\n${lines.join('\n')}\n}`;
}

export function flexibleText(condition: string | boolean): string {
  return typeof condition === 'string' ? 'flexible' : String(condition);
}

function readField(field: Field, struct: Struct, flexible: string): readonly string[] {
  const inPlace = without(field.versions, field.tagged);
  const condition = conditionOf(inPlace, struct.valid);
  const read = readValue(field, struct, flexible);
  if (isAlways(field, struct)) return [`const ${field.name} = ${read};`];
  const declared = `let ${field.name}: ${struct.name}['${field.name}'] = ${defaultOf(field, struct)};`;
  return condition === false ? [declared] : [declared, `if (${condition}) ${field.name} = ${read};`];
}

/** An expression; `null` is taken only in the versions that have it. */
function readValue(field: Field, struct: Struct, flexible: string): string {
  const form = field.neverFlexible ? 'false' : flexible;
  const range = intersect(field.versions, struct.valid);
  const nullable = conditionOf(field.nullable, range);
  const calls = { plain: readCall(field, form, ''), nullable: readCall(field, form, 'nullable') };
  if (nullable === true) return calls.nullable;
  return nullable === false ? calls.plain : `${nullable} ? ${calls.nullable} : ${calls.plain}`;
}

function readCall(field: Field, flexible: string, nullable: '' | 'nullable'): string {
  const method = (name: string) =>
    nullable === '' ? `reader.${name}` : `reader.nullable${name[0]!.toUpperCase()}${name.slice(1)}`;
  if (field.isArray) {
    const element = field.isStruct ? `decode${field.type}` : elementCodec('read', field.type, flexible);
    return `${method('array')}(${flexible}, ${element}, version)`;
  }
  if (field.isStruct)
    return nullable === ''
      ? `decode${field.type}(reader, version)`
      : `reader.nullableStruct(decode${field.type}, version)`;
  if (field.type === 'records') return `reader.nullableRecords(${flexible})`;
  const takesForm = ['string', 'bytes'].includes(field.type);
  return `${method(field.type)}(${takesForm ? flexible : ''})`;
}

/** The function for elements that are no structs; those of strings are two. */
export function elementCodec(verb: 'read' | 'write', type: string, flexible: string): string {
  const name = `${type[0]!.toUpperCase()}${type.slice(1)}`;
  if (type !== 'string' || flexible === 'false') return `${verb}${name}`;
  return flexible === 'true' ? `${verb}Compact${name}` : `flexible ? ${verb}Compact${name} : ${verb}${name}`;
}

function readTags(struct: Struct, flexible: string | boolean): readonly string[] {
  if (flexible === false) return [];
  const tagged = struct.fields.filter((field) => !isEmpty(intersect(field.tagged, struct.valid)));
  const cases = tagged.map(
    (field) => `if (tag === ${field.tag}) ${field.name} = ${readValue(field, struct, 'true')};`,
  );
  const read =
    cases.length === 0
      ? 'reader.skipTaggedFields();'
      : `reader.taggedFields((tag) => {\n${cases.join('\nelse ')}\nelse return false;\nreturn true;\n});`;
  return [flexible === true ? read : `if (flexible) ${read}`];
}
