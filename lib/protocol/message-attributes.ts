/** An attribute of a type of its own, as others send them. */
export interface TypedAttribute {
  /** As SQS has it: `Number`, `Binary`, or any of its three with a label, `String.json`. */
  readonly type: string;
  /** Bytes of a binary type, else text. */
  readonly value: string | Uint8Array;
}

/** What stands beside a body: a text, which SQS calls `String`, or a value of another type. */
export type MessageAttribute = string | TypedAttribute;

/** Attributes by name. */
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** An attribute of this type and value; undefined when there is no value, as in none that SQS hands out. */
export function messageAttribute(
  type: string | undefined,
  value: string | Uint8Array | undefined,
): MessageAttribute | undefined {
  if (value === undefined) return undefined;
  const isText = typeof value === 'string' && (type === undefined || type === 'String');
  return isText ? value : { type: type ?? 'Binary', value };
}

/** The attribute's type and value, as SQS wants both. */
export function typedAttribute(attribute: MessageAttribute): TypedAttribute {
  return typeof attribute === 'string' ? { type: 'String', value: attribute } : attribute;
}

/** The attribute where it is a text, as those that this library writes are. */
export function textAttribute(attribute: MessageAttribute | undefined): string | undefined {
  return typeof attribute === 'string' ? attribute : undefined;
}

/** What SQS counts of attributes towards a message's size: name, type and value of each. */
export function attributeBytes(attributes: MessageAttributes): number {
  let bytes = 0;
  for (const [name, attribute] of Object.entries(attributes)) {
    const { type, value } = typedAttribute(attribute);
    bytes += Buffer.byteLength(name) + Buffer.byteLength(type) + Buffer.byteLength(value);
  }
  return bytes;
}
