import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newFolder } from '../../../../support/folders.ts';
import { example } from './place.ts';

/** The digits example, as bytes to be changed. */
export const digits = (): Buffer => readFileSync(join(example('digits'), 'model.onnx'));

/** A length-delimited field of a protobuf message: its tag, its length, its text. */
const field = (tag: number, words: string): Buffer => Buffer.concat([Buffer.of(tag, words.length), Buffer.from(words)]);

/** The numbers of an initializer: right before its name, which is field 8 of onnx.proto's TensorProto. */
function weights(model: Buffer, name: string, count: number): Buffer {
  const end = model.indexOf(field(0x42, name));
  if (end < 0) throw new Error(`there is no ${name}`);
  return model.subarray(end - 4 * count, end);
}

/** Every `each`th weight of the first layer is 0. */
export function damaged(each: number): Buffer {
  const model = digits();
  const layer = weights(model, 'coefficient', 64 * 128);
  for (let at = 0; at < layer.length; at += 4 * each) layer.writeFloatLE(0, at);
  return model;
}

/** What is added to the score of a digit. */
export function biased(digit: number, by: number): Buffer {
  const model = digits();
  const scores = weights(model, 'intercepts2', 10);
  scores.writeFloatLE(scores.readFloatLE(4 * digit) + by, 4 * digit);
  return model;
}

/** Another operator of just as many letters. */
export function renamed(from: string, to: string): Buffer {
  const model = digits();
  const node = field(0x22, from); // op_type, field 4 of NodeProto
  model.write(to, model.indexOf(node) + node.length - from.length);
  return model;
}

/** The same model with a long comment: field 6 of onnx.proto's ModelProto. */
export const commented = (characters: number): Buffer =>
  Buffer.concat([
    digits(),
    Buffer.from([0x32, (characters & 0x7f) | 0x80, characters >>> 7]),
    Buffer.alloc(characters, 'x'),
  ]);

/** A folder as an optimizer leaves it. */
export function leftFolder(variants: Readonly<Record<string, Buffer>>, leftOut: readonly object[] = []): string {
  const folder = newFolder();
  for (const [name, bytes] of Object.entries(variants)) {
    const path = join(folder, name, 'model.onnx');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  const entries = Object.entries(variants).map(([name, bytes]) => ({
    name,
    method: name,
    path: `${name}/model.onnx`,
    bytes: bytes.length,
    gzip_bytes: bytes.length - 10,
    note: `Made by ${name}.`,
    settings: { of: name },
  }));
  const document = { format: 1, original: { bytes: 9, gzip_bytes: 8 }, variants: entries, left_out: leftOut };
  writeFileSync(join(folder, 'variants.json'), JSON.stringify(document));
  return folder;
}
