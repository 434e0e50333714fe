// Kafka's schema files as data: JSON with `//` comments, each a request, a response, a header or plain data.

import { intersect, isEmpty, noVersions, parseVersions, type VersionRange } from './version-range.ts';

export type MessageSchema = {
  readonly apiKey: number | undefined;
  readonly kind: 'request' | 'response' | 'header' | 'data';
  readonly name: string;
  readonly valid: VersionRange;
  readonly flexible: VersionRange;
  readonly root: Struct;
  /** By name, the root among them, each after those that it holds. */
  readonly structs: readonly Struct[];
};

/** `valid`: the versions in which it can occur. */
export type Struct = {
  readonly name: string;
  readonly valid: VersionRange;
  readonly fields: readonly Field[];
};

export type Field = {
  /** As members of objects are called. */
  readonly name: string;
  /** Of one element, when it is an array. */
  readonly type: string;
  readonly isArray: boolean;
  readonly isStruct: boolean;
  readonly versions: VersionRange;
  readonly nullable: VersionRange;
  readonly tagged: VersionRange;
  readonly tag: number | undefined;
  /** A client ID keeps the old form of a string in flexible headers. */
  readonly neverFlexible: boolean;
  readonly ignorable: boolean;
  readonly defaultText: string | undefined;
  readonly about: string;
};

type FieldJson = {
  readonly name: string;
  readonly type: string;
  readonly versions?: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly flexibleVersions?: string;
  readonly tag?: number;
  readonly ignorable?: boolean;
  readonly default?: unknown;
  readonly about?: string;
  readonly fields?: readonly FieldJson[];
};
type StructJson = {
  readonly name: string;
  readonly versions?: string;
  readonly fields: readonly FieldJson[];
};
type MessageJson = StructJson & {
  readonly apiKey?: number;
  readonly type: MessageSchema['kind'];
  readonly validVersions: string;
  readonly flexibleVersions: string;
  readonly commonStructs?: readonly StructJson[];
};

export function parseSchema(text: string): MessageSchema {
  const json = JSON.parse(text.replace(/^\s*\/\/.*$/gm, '')) as MessageJson;
  const valid = parseVersions(json.validVersions);
  const shared = new Map(json.commonStructs?.map((struct) => [struct.name, struct]));
  const structs = new Map<string, Struct>();

  const addStruct = (name: string, fields: readonly FieldJson[], within: VersionRange): Struct => {
    const parsed = fields
      .map((field) => parseField(field, shared.has(elementOf(field.type)) || field.fields !== undefined))
      .filter((field) => !isEmpty(intersect(field.versions, within)));
    for (const field of parsed.filter((field) => field.isStruct && !structs.has(field.type))) {
      // A shared struct occurs in several places: it is known in all versions of the message.
      const isShared = shared.has(field.type);
      const own = isShared
        ? shared.get(field.type)
        : fields.find((json) => elementOf(json.type) === field.type);
      addStruct(field.type, own?.fields ?? [], isShared ? valid : intersect(field.versions, within));
    }
    const struct = { name, valid: within, fields: parsed };
    structs.set(name, struct);
    return struct;
  };

  const root = addStruct(json.name, json.fields, valid);
  return {
    apiKey: json.apiKey,
    kind: json.type,
    name: json.name,
    valid,
    flexible: parseVersions(json.flexibleVersions),
    root,
    structs: [...structs.values()],
  };
}

function parseField(json: FieldJson, isStruct: boolean): Field {
  const versions = parseVersions(json.versions ?? '0+');
  return {
    name: memberName(json.name),
    type: elementOf(json.type),
    isArray: json.type.startsWith('[]'),
    isStruct,
    versions,
    nullable: json.nullableVersions === undefined ? noVersions : parseVersions(json.nullableVersions),
    tagged: json.taggedVersions === undefined ? noVersions : parseVersions(json.taggedVersions),
    tag: json.tag,
    neverFlexible: json.flexibleVersions === 'none',
    ignorable: json.ignorable === true,
    defaultText: json.default === undefined ? undefined : String(json.default).trim(),
    about: json.about ?? '',
  };
}

function elementOf(type: string): string {
  return type.replace(/^\[\]/, '');
}

function memberName(name: string): string {
  return name[0]!.toLowerCase() + name.slice(1);
}
