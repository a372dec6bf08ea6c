import { readDocument } from '../../documents.ts';
import { OnnwardError } from '../../errors.ts';
import type { ObjectStore } from '../../ports.ts';
import { actionKey, actionsPrefix, parseActionId } from '../keys.ts';
import type { ActionDecision, ActionEnd, ActionRequest } from '../monitor/documents.ts';

/** So many of the last ones say all that matters for the next one. */
const LAST = 200;

/** An action as it stands. */
export interface ActionStatus {
  readonly request: ActionRequest;
  readonly state: 'open' | 'waiting' | ActionEnd['state'];
  /** @default - nobody has decided, or nobody has to */
  readonly decision?: ActionDecision;
  /** @default - it is under way */
  readonly end?: ActionEnd;
}

/** The numbers of the actions of a model, ascending. */
async function numbersOf(store: ObjectStore, model: string): Promise<number[]> {
  const folders = await Array.fromAsync(store.folders(actionsPrefix(model)));
  return folders.map((folder) => Number.parseInt(folder, 10)).filter((number) => number > 0);
}

/** The last actions of a model, the latest first. */
export async function listActions(store: ObjectStore, model: string, most = LAST): Promise<readonly ActionStatus[]> {
  const numbers = (await numbersOf(store, model)).slice(-most).reverse();
  const found = await Promise.all(numbers.map((number) => statusOf(store, model, number)));
  return found.filter((status) => status !== undefined);
}

/** Throws `action.not_found`. */
export async function actionStatus(store: ObjectStore, id: string): Promise<ActionStatus> {
  const parsed = parseActionId(id);
  const status = parsed && (await statusOf(store, parsed.model, parsed.number));
  if (status) return status;
  throw new OnnwardError(`There is no action ${id}.`, {
    code: 'action.not_found',
    kind: 'not-found',
    fix: `Run \`onnward monitor ${parsed?.model ?? 'NAME'}\` to see those there are.`,
    fields: { action: id },
  });
}

async function statusOf(store: ObjectStore, model: string, number: number): Promise<ActionStatus | undefined> {
  const read = <T extends object>(name: string) => readDocument<T>(store, actionKey(model, number, name));
  const [request, decision, end] = await Promise.all([
    read<ActionRequest>('request'),
    read<ActionDecision>('decision'),
    read<ActionEnd>('end'),
  ]);
  if (!request) return undefined;
  const isWaiting = request.kind === 'approve' && !decision;
  return {
    request,
    state: end?.state ?? (isWaiting ? 'waiting' : 'open'),
    ...(decision && { decision }),
    ...(end && { end }),
  };
}
