import * as v from 'valibot';
import { invalid } from '../errors.ts';
import { DATATYPE_NAMES, type Datatype } from './datatypes.ts';
import type { Manifest } from './manifest.ts';

/** What a server tells of a model, and all that a client needs to ask it and to read its answers. */
export type ModelDescription = Pick<Manifest, 'signature' | 'labels' | 'preprocess'>;

/**
 * The `properties` of the Open Inference Protocol's model metadata: texts by name. Ours are JSON, and left out where the
 * manifest has nothing to say.
 */
export function propertiesOf({ labels, preprocess }: Pick<Manifest, 'labels' | 'preprocess'>) {
  const properties = {
    ...(labels && { labels: JSON.stringify(labels) }),
    ...(preprocess && { preprocess: JSON.stringify(preprocess) }),
  };
  return Object.keys(properties).length > 0 ? { properties } : {};
}

const tensor = v.object({
  name: v.string(),
  datatype: v.picklist(DATATYPE_NAMES as readonly [Datatype, ...Datatype[]]),
  shape: v.array(v.number()),
});

/** A property that is JSON of `schema`. */
const json = <Schema extends v.GenericSchema>(schema: Schema) => v.optional(v.pipe(v.string(), v.parseJson(), schema));

const metadata = v.object({
  inputs: v.array(tensor),
  outputs: v.array(tensor),
  properties: v.optional(
    v.object({
      labels: json(v.record(v.string(), v.array(v.string()))),
      preprocess: json(v.array(v.looseObject({ step: v.string() }))),
    }),
    {},
  ),
});

/** Reads the model metadata of any server of the protocol. Throws `metadata.unreadable`. */
export function parseMetadata(text: string): ModelDescription {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), metadata), text);
  if (!result.success) throw unreadable(result.issues[0]);
  const { inputs, outputs, properties } = result.output;
  return { signature: { inputs, outputs, unserved: [] }, ...properties };
}

function unreadable(issue: v.BaseIssue<unknown>) {
  const path = v.getDotPath(issue);
  const where = path === null ? 'it' : `"${path}"`;
  return invalid('metadata.unreadable', `the answer is no model metadata of the protocol: ${where}: ${issue.message}`, {
    fix: 'Check that the URL is that of a server of the Open Inference Protocol.',
  });
}
