/** Writes protobuf messages, so that tests can say ONNX models field by field (numbers: onnx.proto3). */
export type Field = Uint8Array;

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}

export const integer = (field: number, value: number): Field =>
  Uint8Array.from([...varint(field * 8), ...varint(value)]);

export const bytes = (field: number, value: Uint8Array): Field =>
  Buffer.concat([Uint8Array.from([...varint(field * 8 + 2), ...varint(value.length)]), value]);

export const text = (field: number, value: string): Field => bytes(field, Buffer.from(value));

export const message = (field: number, ...fields: readonly Field[]): Field => bytes(field, Buffer.concat(fields));

/** A StringStringEntryProto in TensorProto.external_data. */
const entry = (key: string, value: string): Field => message(13, text(1, key), text(2, value));

/** The fields of a TensorProto whose data lies in `location`. */
export const externalTensor = (location: string): Field[] => [
  integer(2, 1),
  text(8, 'weights'),
  entry('offset', '0'),
  entry('location', location),
  integer(14, 1),
];

/** A ModelProto around the fields of its graph. */
export const model = (...graph: readonly Field[]): Uint8Array =>
  Buffer.concat([integer(1, 8), message(8, integer(2, 17)), message(7, ...graph)]);

/** A graph's output of a TypeProto's fields. */
export const output = (name: string, ...type: readonly Field[]): Field =>
  message(12, text(1, name), message(2, ...type));
