import { readDocument as read, writeOnce } from '../documents.ts';
import { OnnwardError } from '../errors.ts';
import type { ObjectStore } from '../ports.ts';
import type {
  CheckDocument,
  EndDocument,
  RegisterDocument,
  ResultDocument,
  StopDocument,
  SubmitDocument,
} from './documents.ts';
import { documentKey, parseTrainingId } from './keys.ts';
import type { OptimizationDocument } from './optimize/document.ts';
import type { Training } from './training.ts';

/** What is recorded of a training, under its name. All but `submit` are create-only, and the first one stands. */
export interface TrainingDocuments {
  readonly request: Training;
  readonly submit: SubmitDocument;
  readonly result: ResultDocument;
  readonly check: CheckDocument;
  readonly optimization: OptimizationDocument;
  readonly register: RegisterDocument;
  readonly stop: StopDocument;
  readonly end: EndDocument;
}

/** Undefined as long as it is not recorded. Throws `store.corrupt`. */
export const readDocument = <Name extends keyof TrainingDocuments>(
  store: ObjectStore,
  training: string,
  name: Name,
): Promise<TrainingDocuments[Name] | undefined> => read(store, documentKey(training, name));

/** Records it where nothing is recorded yet, and gives what stands: the first one wins. */
export const writeDocument = <Name extends keyof TrainingDocuments>(
  store: ObjectStore,
  training: string,
  name: Name,
  document: TrainingDocuments[Name],
): Promise<TrainingDocuments[Name]> => writeOnce(store, documentKey(training, name), document);

/** The same of what is to be made first, and is not made where it is recorded: a task that is done again. */
export async function documentOf<Name extends keyof TrainingDocuments>(
  store: ObjectStore,
  training: string,
  name: Name,
  make: () => Promise<TrainingDocuments[Name]>,
): Promise<TrainingDocuments[Name]> {
  const there = await readDocument(store, training, name);
  return there ?? writeDocument(store, training, name, await make());
}

/** Throws `training.not_found`. */
export async function readTraining(store: ObjectStore, training: string): Promise<Training> {
  const id = parseTrainingId(training);
  const found = id && (await readDocument(store, training, 'request'));
  // A trainer has a place to write below its training's own: what it says there of another model counts for nothing.
  if (found && (found.training !== training || found.model !== id.model)) throw forged(training);
  if (found) return found;
  throw new OnnwardError(`There is no training ${training}.`, {
    code: 'training.not_found',
    kind: 'not-found',
    fix: 'Run `onnward trainings` to see those there are.',
    fields: { training },
  });
}

const forged = (training: string): OnnwardError =>
  new OnnwardError(`request.json of ${training} is of another training or model: somebody has changed it.`, {
    code: 'store.corrupt',
    kind: 'corrupt',
    fix: 'Look at the versions of that object, and at who may write there; then train again.',
    fields: { training },
  });

/** What the agent has written last. Throws `training.no_result` where it has not. */
export async function readResult(store: ObjectStore, training: string): Promise<ResultDocument> {
  const result = await readDocument(store, training, 'result');
  if (result) return result;
  throw new OnnwardError(`The trainer of ${training} has left no result.`, {
    code: 'training.no_result',
    kind: 'conflict',
    fix: `Run \`onnward trainings ${training}\` to see how it stands.`,
    fields: { training },
  });
}
