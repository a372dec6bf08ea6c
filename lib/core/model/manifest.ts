import * as v from 'valibot';
import { DATATYPE_NAMES, type Datatype } from './datatypes.ts';

const text = v.pipe(v.string(), v.minLength(1));
const size = v.pipe(v.number(), v.integer(), v.minValue(0));
const dimension = v.pipe(v.number(), v.integer(), v.minValue(-1));
const datatype = v.picklist(DATATYPE_NAMES as readonly [Datatype, ...Datatype[]]);

const tensorSpec = v.looseObject({
  name: text,
  datatype,
  shape: v.array(dimension),
  dimensions: v.optional(v.array(v.string())),
});

/** A tensor in a document: `raw` is base64 of little-endian elements, exact to the bit; `data` is the text of BYTES. */
const recordedTensor = v.looseObject({
  name: text,
  datatype,
  shape: v.array(size),
  raw: v.optional(v.string()),
  data: v.optional(v.array(v.string())),
});

/** What Onnward knows of a version. Objects are loose: fields of a later Onnward, or of the user, survive a round trip. */
export const manifestSchema = v.looseObject({
  format: v.literal(1),
  name: text,
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  /** Path of the ONNX graph among `files`. */
  graph: text,
  files: v.pipe(
    v.array(v.looseObject({ path: text, sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), size })),
    v.minLength(1),
  ),
  signature: v.looseObject({
    inputs: v.array(tensorSpec),
    outputs: v.array(tensorSpec),
    unserved: v.array(v.looseObject({ name: v.string(), reason: text, cure: text })),
  }),
  task: v.optional(text),
  /** Class names by output tensor, in the order of its last dimension. */
  labels: v.optional(v.record(v.string(), v.array(v.string()))),
  /** Steps that turn a user's input (an image file) into the tensor, in order. */
  preprocess: v.optional(v.array(v.looseObject({ step: text }))),
  golden: v.optional(v.array(v.looseObject({ inputs: v.array(recordedTensor), outputs: v.array(recordedTensor) }))),
  metrics: v.optional(v.record(v.string(), v.number())),
  baseline: v.optional(v.record(v.string(), v.unknown())),
  provenance: v.record(v.string(), v.unknown()),
  /** How it is served by default; a server's own configuration wins. */
  serving: v.optional(
    v.looseObject({
      threads: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
      exact: v.optional(v.boolean()),
      maxQueue: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
      maxConcurrency: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
      deadlineMs: v.optional(v.pipe(v.number(), v.minValue(1))),
    }),
  ),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;
export type RecordedTensor = v.InferOutput<typeof recordedTensor>;
